"""Our runner in L2L's experiments: the same bits as L2L's own, and faults cost only those who have them."""

from __future__ import annotations

import pickle
import signal
from pathlib import Path

import numpy as np
import pytest
from l2l.utils.experiment import Experiment

from neurosim_rl.errors import ConfigurationError, EvaluationError
from neurosim_rl.execution import ProcessExecutor
from tests.l2l_experiments.faulty import Setup, run
from tests.l2l_experiments.scripts import PENALTY, started
from tests.waiting import wait_until


def fitness(folder: Path, **changes) -> list[float]:
    """Return the fitness of the first generation."""
    folder.mkdir(exist_ok=True)
    return [value for g, _, _, value in run(folder, Setup(runner="fast", **changes)) if g == 0]


def test_individuals_that_fail_get_the_penalty_and_the_others_their_fitness(tmp_path: Path) -> None:
    faults = {"1": "raise an error", "2": "return nan", "3": "call sys exit", "4": "raise an error once"}
    alone = fitness(tmp_path / "harmless", population=6, options={"workers": 1})
    found = fitness(tmp_path / "faulty", population=6, faults=faults, options={"workers": 1})
    assert found == [alone[0], PENALTY, PENALTY, PENALTY, *alone[4:]]
    folder = tmp_path / "faulty" / "L2L" / "faults"
    assert sorted(path.name for path in folder.iterdir()) == [f"generation-0-individual-{k}.txt" for k in (1, 2, 3)]
    text = (folder / "generation-0-individual-1.txt").read_text()
    assert text.startswith("generation 0, individual 1: ValueError: boom\n")
    assert "individual.coords = [" in text
    assert "in raise_an_error" in text


def test_individuals_that_end_their_workers_get_the_penalty_and_no_one_else(tmp_path: Path) -> None:
    alone = fitness(tmp_path / "harmless", options={"workers": 1})
    faults = {"0": "abort", "2": "kill itself once"}
    found = fitness(tmp_path / "faulty", faults=faults, options={"workers": 2, "tries": 2})
    assert found == [PENALTY, *alone[1:]]
    text = (tmp_path / "faulty" / "L2L" / "faults" / "generation-0-individual-0.txt").read_text()
    assert "its worker ended while it was evaluated alone" in text


def test_an_individual_that_takes_too_long_gets_the_penalty(tmp_path: Path) -> None:
    found = fitness(tmp_path, population=2, faults={"0": "sleep"}, options={"workers": 2, "timeout_s": 0.5, "tries": 1})
    assert found[0] == PENALTY > found[1]


def test_an_individual_that_is_stuck_in_a_library_loses_its_process(tmp_path: Path) -> None:
    found = fitness(tmp_path, population=2, faults={"0": "hang"}, options={"workers": 2, "timeout_s": 0.5, "tries": 1})
    assert found[0] == PENALTY > found[1]


def test_with_l2l_s_stop_run_one_fault_ends_the_experiment(tmp_path: Path) -> None:
    setup = Setup(runner="fast", faults={"1": "raise an error"}, stop_run=True, options={"workers": 1})
    with pytest.raises(EvaluationError, match="1 of 4 individuals of generation 0 could not be evaluated"):
        run(tmp_path, setup)


@pytest.mark.parametrize("weight", [2.0, -2.0])
def test_the_penalty_is_bad_whatever_the_sign_of_the_weight(weight: float, tmp_path: Path) -> None:
    options = {"workers": 1, "penalty_fitness": 1000.0}
    found = fitness(tmp_path, population=2, weight=weight, faults={"0": "return nan"}, options=options)
    assert weight * found[0] == -2000.0


def test_an_optimizee_that_draws_from_the_global_generators_draws_the_same_everywhere(tmp_path: Path) -> None:
    faults = {str(index): "draw from the global generators" for index in range(4)}
    serial = fitness(tmp_path / "serial", faults=faults, options={"workers": 1, "seed": 3})
    processes = fitness(tmp_path / "processes", faults=faults, options={"workers": 2, "seed": 3})
    other = fitness(tmp_path / "other", faults=faults, options={"workers": 1, "seed": 4})
    assert serial == processes
    assert len({*serial, *other}) == 8


def test_an_optimizee_of_which_no_individual_works_ends_the_experiment(tmp_path: Path) -> None:
    faults = {"0": "raise an error", "1": "raise an error"}
    expected = "2 of 2 individuals of generation 0 could not be evaluated: .*, individual 0: ValueError: boom. Repair"
    with pytest.raises(EvaluationError, match=expected):
        fitness(tmp_path, population=2, faults=faults, options={"workers": 1})


def test_an_executor_of_the_user_stays_open(tmp_path: Path) -> None:
    with ProcessExecutor(2) as executor:
        fitness(tmp_path, options={"executor": executor})
        assert executor.map(abs, [-1]) == [1]


def test_l2l_loads_the_trajectory_that_was_written(tmp_path: Path) -> None:
    evaluations = run(tmp_path, Setup(runner="fast", generations=2, options={"workers": 1}))
    folder = tmp_path / "L2L" / "simulation" / "trajectories"
    assert sorted(path.name for path in folder.iterdir()) == ["trajectory_0.bin", "trajectory_1.bin"]
    loaded = Experiment(str(tmp_path)).load_trajectory(str(folder / "trajectory_1.bin"))
    assert isinstance(pickle.loads((folder / "trajectory_0.bin").read_bytes()), type(loaded))
    last = [(index, value) for g, index, _, value in evaluations if g == 1]
    assert [(index, fitness[0]) for index, fitness in loaded.results.all_results[1]] == last
    for g, index, coordinates, _ in evaluations:
        np.testing.assert_array_equal(loaded.individuals[g][index].params["individual.coords"], coordinates)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 128 + signal.SIGTERM)])
def test_a_signal_ends_the_script_and_its_workers(number: signal.Signals, code: int, tmp_path: Path) -> None:
    setup = Setup(runner="fast", faults={"0": "sleep", "1": "sleep"}, population=2, options={"workers": 2})
    with started(tmp_path / "run", setup) as script:
        wait_until(
            lambda: script.evaluated(0, 0)() and script.evaluated(0, 1)(),
            "both workers began",
            lambda: script.errors if script.ended else None,
        )
        script.process.send_signal(number)
        assert script.wait() == code, script.errors
        workers = [script.worker_of(0, index) for index in (0, 1)]
        wait_until(lambda: not any(script.alive(worker) for worker in workers), "the workers ended")


@pytest.mark.parametrize("options", [{"tries": 0}, {"timeout_s": -1.0}, {"seed": -1}, {"timeout_s": float("nan")}])
def test_a_value_out_of_range_is_refused(options: dict, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"is out of range; expected at least"):
        fitness(tmp_path, options={"workers": 1, **options})
