"""Calls that may fail: errors and lost workers become reasons, interrupts and results pass."""

from __future__ import annotations

import os
import sys
import time

import pytest

from neurosim_rl.errors import ExecutionError
from neurosim_rl.evaluation.attempt import TRIES, Attempt, tried, tried_on
from neurosim_rl.evaluation.chunks import Patience
from neurosim_rl.execution import ProcessExecutor, SerialExecutor


def fail(error: BaseException) -> None:
    raise error


def test_a_result_has_no_failure() -> None:
    assert tried(divmod, 7, 2) == tried_on(SerialExecutor(), divmod, 7, 2) == Attempt((3, 1))


@pytest.mark.parametrize("error", [ValueError("it\nbroke"), SystemExit("it\nbroke")])
def test_an_error_becomes_one_line_and_its_traceback(error: BaseException) -> None:
    failure = tried(fail, error).failure
    line, _, rest = failure.partition("\n")
    assert line == f"{type(error).__name__}: it broke"
    assert "raise error" in rest


def test_text_that_hdf5_cannot_hold_is_escaped() -> None:
    assert "\0" not in tried(fail, ValueError("half \0 a text")).failure


def test_an_interrupt_passes_also_where_compiled_code_hides_it() -> None:
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        tried(fail, KeyboardInterrupt())
    hidden = SystemError("returned a result with an exception set")
    hidden.__cause__ = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        tried(fail, hidden)


def test_an_executor_that_has_failed_ends_the_run() -> None:
    with pytest.raises(ExecutionError, match="no workers are left"):
        tried(fail, ExecutionError("no workers are left"))


def test_a_time_limit_interrupts_python_and_its_alarm_is_off_afterwards() -> None:
    assert tried(time.sleep, 600, limit_s=0.01).failure.startswith("TimeoutError: not done within 0.01 s")
    assert tried(divmod, 7, 2, limit_s=600).value == (3, 1)


def test_workers_give_results_errors_and_deaths() -> None:
    with ProcessExecutor(1) as executor:
        assert tried_on(executor, divmod, 7, 2).value == (3, 1)
        assert tried_on(executor, sys.exit, "enough").failure.startswith("SystemExit: enough")
        died = tried_on(executor, os._exit, 134)
        assert died.failure == f"WorkerLostError: its worker died or was stuck, {TRIES} times in a row"
        assert tried_on(executor, divmod, 7, 2).value == (3, 1)


def test_patience_ends_with_costly_failures_only_and_only_where_nothing_else_is_found() -> None:
    patience = Patience(2)
    for failure, is_ended in (("TimeLimitError: a\nb", False), ("WorkerLostError: c", True)):
        patience.note(failure)
        assert patience.ended == is_ended
    assert patience.reason == "WorkerLostError: c (not tried: all 2 before failed so)"
    for first in ("", "ValueError: cheap"):
        patience = Patience(1)
        patience.note(first)
        patience.note("TimeLimitError: a")
        assert not patience.ended
    endless = Patience(0)
    endless.note("TimeLimitError: a")
    assert not endless.ended
