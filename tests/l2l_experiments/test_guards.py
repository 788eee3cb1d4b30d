"""L2L's own runner with guards: every fault ends in a result or in one clear line, and leaves no process behind."""

from __future__ import annotations

import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import l2l.utils.runner
import pytest
from l2l.utils import environment
from l2l.utils.experiment import Experiment

from neurosim_rl.errors import EvaluationError, ExecutionError
from neurosim_rl.l2l_experiments import fast_runner, guarded_runner
from tests.l2l_experiments.faulty import Setup, run
from tests.l2l_experiments.scripts import PENALTY, Script, processes_of, started
from tests.waiting import wait_until

SLEEPING = Setup(faults={"0": "sleep"}, population=2, workers=1)
"""A worker that is in the middle of an individual until it is ended."""


@pytest.fixture
def sleeping(tmp_path: Path) -> Iterator[Script]:
    """A script whose worker sleeps."""
    with started(tmp_path / "run", SLEEPING) as script:
        wait_until(script.evaluated(0, 0), "a worker began", lambda: script.errors if script.ended else None)
        assert len(script.processes()) == 2
        yield script


def test_ctrl_c_ends_the_workers(sleeping: Script) -> None:
    sleeping.process.send_signal(signal.SIGINT)
    assert sleeping.wait() != 0
    assert "KeyboardInterrupt" in sleeping.errors
    assert sleeping.processes() == []


def test_sigterm_ends_the_workers(sleeping: Script) -> None:
    sleeping.process.send_signal(signal.SIGTERM)
    assert sleeping.wait() == 128 + signal.SIGTERM, sleeping.errors
    assert sleeping.processes() == []


def test_workers_end_when_the_script_is_killed(sleeping: Script) -> None:
    sleeping.process.kill()
    wait_until(lambda: sleeping.processes() == [], "the workers ended")


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (
            {"interpreter": f"{shlex.quote(sys.executable)} -I -S"},
            ExecutionError,
            r"worker (\d) \(individual \1 of generation 0\) is stuck: No module named 'l2l'",
        ),
        (
            {"faults": {"0": "raise an error", "1": "return nan"}},
            EvaluationError,
            "2 of 2 individuals of generation 0 could not be evaluated: generation 0, individual 0: ValueError: boom",
        ),
        (
            {"interpreter": "/bin/false"},
            ExecutionError,
            "3 workers ended before they began with an individual; the last with exit code 1",
        ),
        (
            {"interpreter": "sh -c 'sleep 600'", "options": {"start_limit_s": 0.5}},
            ExecutionError,
            r"worker (\d) \(individual \1 of generation 0\) has not started within 0 s: sh -c 'sleep",
        ),
    ],
    ids=["no modules", "hopeless", "no start", "no sign"],
)
def test_workers_that_cannot_work_end_the_experiment(
    changes: dict[str, Any], error: type[Exception], message: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=message):
        run(tmp_path, Setup(population=2, **changes))
    assert processes_of(tmp_path) == []


FAULTS = {
    "1": "raise an error",
    "2": "return nan",
    "3": "call sys exit",
    "4": "abort",
    "5": "exit with 0 once",
    "6": "kill itself once",
    "7": "sleep",
}


def test_faults_get_the_penalty_or_another_try_and_the_others_their_fitness(tmp_path: Path) -> None:
    """All faults in one generation: their workers start once, and one fault could spoil what follows another."""
    (tmp_path / "alone").mkdir()
    alone = run(tmp_path / "alone", Setup("fast", population=8, options={"workers": 1}))
    fitness = {index: value for _, index, _, value in alone}
    folder = tmp_path / "faulty"
    folder.mkdir()
    found = run(folder, Setup(faults=FAULTS, population=8, options={"tries": 2, "timeout_s": 2.0}))
    penalties = dict.fromkeys((1, 2, 3, 4, 7), PENALTY)
    assert {index: value for _, index, _, value in found} == {**fitness, **penalties}
    told = {
        1: "ValueError: boom",
        2: "its fitness is (nan,)",
        3: "SystemExit: 0",
        4: "it ended its worker 2 times, at last with exit code -6",
        7: "TimeoutError: the individual took longer than timeout_s = 2 s",
    }
    files = {index: folder / "L2L" / "faults" / f"generation-0-individual-{index}.txt" for index in told}
    for index, reason in told.items():
        assert reason in files[index].read_text()
    assert "in raise_an_error" in files[1].read_text()
    assert set((folder / "L2L" / "faults").glob("*.txt")) == set(files.values())
    assert processes_of(tmp_path) == []


@pytest.mark.parametrize("context", [guarded_runner(), fast_runner(1)], ids=["guarded", "fast"])
def test_nothing_of_l2l_stays_replaced(context: AbstractContextManager[None]) -> None:
    before = Experiment.run_experiment, environment.Runner, signal.getsignal(signal.SIGTERM)

    def fail() -> None:
        assert Experiment.run_experiment is not before[0]
        raise KeyError("user's mistake")

    with pytest.raises(KeyError, match="user's mistake"), context:
        fail()
    assert (Experiment.run_experiment, environment.Runner, signal.getsignal(signal.SIGTERM)) == before
    assert environment.Runner is l2l.utils.runner.Runner
