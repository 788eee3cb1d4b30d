"""Interrupts that Python drops, and those it does not."""

import os
import signal
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from neurosim_rl.cli.signals import ended_by_signals, raise_if_interrupted
from neurosim_rl.execution import SerialExecutor
from tests.structure import ROOT


class Thing:
    pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_raises_at_once(number) -> None:
    with ended_by_signals(), pytest.raises(KeyboardInterrupt, match=r"^$"):
        signal.raise_signal(number)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_that_python_drops_is_remembered() -> None:
    with ended_by_signals():
        raise_if_interrupted()  # nothing came
        thing = Thing()
        keep = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGTERM))
        del thing  # the exception in the callback is dropped
        assert keep() is None
        with pytest.raises(KeyboardInterrupt, match=r"^$"):
            raise_if_interrupted()


def test_handlers_are_restored_and_the_next_command_starts_afresh() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt, match=r"^$"), ended_by_signals():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    with ended_by_signals():
        raise_if_interrupted()


def test_an_interrupt_in_source_text_that_was_handled_leaves_the_exit_code(tmp_path: Path) -> None:
    (tmp_path / "interrupted.py").write_text(
        "import sys\n"
        "from neurosim_rl.cli.signals import ended_by_signals\n"
        "try:\n"
        "    with ended_by_signals():\n"
        "        exec('import signal; signal.raise_signal(signal.SIGTERM)')\n"
        "except KeyboardInterrupt:\n"
        "    sys.exit(3)\n",
        encoding="utf-8",
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])}
    ended = subprocess.run([sys.executable, "-m", "interrupted"], env=environment, check=False)
    assert ended.returncode == 3


def test_an_interrupt_that_compiled_code_turned_into_another_error_is_no_failed_individual() -> None:
    def play() -> None:
        raise SystemError("returned a result with an exception set") from KeyboardInterrupt()

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        SerialExecutor().submit(play)
