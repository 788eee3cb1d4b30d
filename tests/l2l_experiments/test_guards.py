"""L2L's own runner with guards: every fault ends in a result or in one clear line, and leaves no process behind."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import l2l.utils.runner
import pytest
from l2l.utils import environment
from l2l.utils.experiment import Experiment

from neurosim_rl.l2l_experiments import fast_runner, guarded_runner
from tests.l2l_experiments.faulty import Setup, run
from tests.l2l_experiments.scripts import PENALTY, Script, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]


@pytest.fixture(scope="module")
def fitness(tmp_path_factory: pytest.TempPathFactory) -> dict[int, float]:
    """What the individuals are worth, from our runner in this process."""
    evaluations = run(tmp_path_factory.mktemp("fitness"), Setup(runner="fast", workers=1))
    return {index: value for _, index, _, value in evaluations}


def test_ctrl_c_ends_the_workers(scripts: dict[str, Script]) -> None:
    end_by_signal(scripts["Ctrl-C"], signal.SIGINT, lambda code: code != 0)
    assert "KeyboardInterrupt" in scripts["Ctrl-C"].errors


def test_sigterm_ends_the_workers(scripts: dict[str, Script]) -> None:
    end_by_signal(scripts["SIGTERM"], signal.SIGTERM, lambda code: code == 128 + signal.SIGTERM)


def end_by_signal(script: Script, number: int, expected: Callable[[int], bool]) -> None:
    wait_until(script.evaluated(0, 1), 100, "a worker began")
    assert len(script.processes()) >= 3
    script.process.send_signal(number)
    assert expected(script.wait(60)), script.errors
    assert script.processes() == []


def test_workers_end_when_the_script_is_killed(scripts: dict[str, Script]) -> None:
    script = scripts["main killed"]
    wait_until(lambda: script.evaluated(0, 0)() and script.evaluated(0, 1)(), 100, "both workers began")
    script.process.kill()
    wait_until(lambda: script.processes() == [], 10, "the workers ended")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no modules", "ExecutionError: worker 0 (individual 0 of generation 0) is stuck: No module named 'l2l'"),
        ("hopeless", "EvaluationError: 2 of 2 individuals of generation 0 could not be evaluated: generation 0, indiv"),
        ("no start", "ExecutionError: 3 workers ended before they began with an individual; the last with exit code 1"),
        ("no sign", "ExecutionError: worker 0 (individual 0 of generation 0) has not started within 5 s: sh -c 'sleep"),
    ],
)
def test_workers_that_cannot_work_end_the_experiment(name: str, message: str, scripts: dict[str, Script]) -> None:
    script = scripts[name]
    assert script.wait() == 1
    assert script.errors.splitlines()[-1].startswith(message)
    assert time.monotonic() - script.started < 90
    assert script.processes() == []


def test_harmless_faults_get_the_penalty_and_the_others_their_fitness(
    scripts: dict[str, Script], fitness: dict[int, float]
) -> None:
    script = scripts["harmless"]
    assert script.wait() == 0, script.errors
    assert script.fitness == {(0, 0): fitness[0], (0, 1): PENALTY, (0, 2): PENALTY, (0, 3): PENALTY}
    assert "ValueError: boom" in script.fault_file(0, 1)
    assert "in raise_an_error" in script.fault_file(0, 1)
    assert "its fitness is (nan,)" in script.fault_file(0, 2)
    assert "SystemExit: 0" in script.fault_file(0, 3)
    assert script.processes() == []


def test_an_individual_that_ends_its_workers_gets_the_penalty(
    scripts: dict[str, Script], fitness: dict[int, float]
) -> None:
    script = scripts["abort"]
    assert script.wait() == 0, script.errors
    assert script.fitness == {(0, 0): fitness[0], (0, 1): PENALTY}
    assert "it ended its worker 2 times, at last with exit code -6" in script.fault_file(0, 1)
    assert script.processes() == []


@pytest.mark.parametrize("name", ["exit 0", "killed"])
def test_a_worker_that_ended_is_started_again(name: str, scripts: dict[str, Script], fitness: dict[int, float]) -> None:
    script = scripts[name]
    assert script.wait() == 0, script.errors
    assert script.fitness == {(0, 0): fitness[0], (0, 1): fitness[1]}
    assert script.processes() == []


def test_an_individual_that_takes_too_long_gets_the_penalty(
    scripts: dict[str, Script], fitness: dict[int, float]
) -> None:
    script = scripts["slow"]
    assert script.wait() == 0, script.errors
    assert script.fitness == {(0, 0): PENALTY, (0, 1): fitness[1]}
    assert "TimeoutError: the individual took longer than timeout_s = 1 s" in script.fault_file(0, 0)


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
