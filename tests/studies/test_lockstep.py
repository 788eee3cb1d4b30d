"""Runs in lockstep: each ends as it would alone, whatever becomes of the others."""

from __future__ import annotations

import dataclasses
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pytest

from neurosim_rl.evaluation import chunks as shares
from neurosim_rl.execution import Executor, ProcessExecutor, SerialExecutor
from neurosim_rl.networks.network import Network
from neurosim_rl.optimizees import TASKS, CartPole
from neurosim_rl.records.history import History
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.studies import Row, StudySpecification, StudyTable, run_study
from neurosim_rl.studies.lockstep import in_lockstep
from neurosim_rl.training.run import Progress
from tests import fragile
from tests.conftest import FEW_UNSEEN
from tests.distribution import each_day

SHORT = {
    "episodes": 2,
    "validation_episodes": 2,
    "environment.max_steps": 10,
    "environment.kwargs": {"max_episode_steps": 20},
    "optimizer.population": 8,
}
SEEDS = (1, 2, 3)


def study(task: str = "cart-pole", evaluations: int = 24, **settings: Any) -> StudySpecification:
    return StudySpecification("s", SEEDS, {"task": (task,)}, evaluations, {**SHORT, **settings})


def facts(table: StudyTable) -> list[dict[str, Any]]:
    """Return all that a run gave but the time that it took."""
    rows = sorted(table.rows, key=lambda row: row.name)
    names = [field.name for field in dataclasses.fields(Row) if field.name != "seconds"]
    return [{name: np.asarray(getattr(row, name)).tolist() for name in names} for row in rows]


def histories(out: Path) -> list[History]:
    """Return what happened in each run."""
    found = [RunFolder.open(path).history() for path in sorted((out / "runs").iterdir())]
    return [history for history in found if history is not None]


def bits(out: Path) -> list[list[bytes]]:
    """Return all numbers of all runs, NaN included."""
    names = ("genomes", "fitness", "returns", "lengths", "validation_return")
    return [[getattr(history, name).tobytes() for name in names] for history in histories(out)]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the runs of the study give one after the other."""
    return facts(run_study(study(), tmp_path_factory.mktemp("alone"), SerialExecutor()))


LEARNING = {"task": "changing-cart-pole", "learning.episodes": 2}
SETTINGS: dict[str, dict[str, Any]] = {
    "genetic": {},
    "cma-es": {"optimizer.name": "cma-es"},
    "openai-es": {"optimizer.name": "openai-es"},
    "ensemble-kalman": {"optimizer.name": "ensemble-kalman"},
    "l2l-cross-entropy": {"optimizer.name": "l2l-cross-entropy"},
    "that draw": {"encoder.name": "poisson", "encoder.tuning.name": "linear", "decoder.tie": "random"},
    "with phases": {"encoder.name": "regular", "encoder.tuning.name": "gaussian"},
    "without neurons": {"model.name": "linear", "optimizer.name": "cma-es"},
    "in small batches": {"batch_size": 5, "starts": "fixed"},
    "stepped by EnvPool": {"environment.engine": "envpool", "environment.kwargs": {}},
    "in NEST": {"simulator": "nest"},
    "that learn": LEARNING,
    "whose lines go on": {**LEARNING, "model.mirror": False, "learning.evolve": [], "optimizer.name": "inherit"},
}


@pytest.mark.parametrize("name", each_day(SETTINGS, "genetic", "that draw", "stepped by EnvPool"))
def test_runs_in_lockstep_end_as_they_do_alone(name: str, tmp_path: Path) -> None:
    if name == "stepped by EnvPool":
        pytest.importorskip("envpool")
    wanted = study(evaluations=16, **SETTINGS[name])
    alone = run_study(wanted, tmp_path / "alone", SerialExecutor(), together=1)
    together = run_study(wanted, tmp_path / "together", SerialExecutor(), together=2)  # and one that is left over
    assert [row.problem for row in together.rows] == [""] * 3
    assert len({row.sha256 for row in together.rows}) == 3
    assert facts(together) == facts(alone)
    assert bits(tmp_path / "together") == bits(tmp_path / "alone")


def test_their_episodes_share_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: dict[bool, list[int]] = {True: [], False: []}
    play = CartPole.play

    def counted(optimizee: CartPole, vectors: Any, elements: Any, *, training: bool = True, **options: Any) -> Any:
        if not options.get("record"):
            sizes[training].append(len(elements))
        return play(optimizee, vectors, elements, training=training, **options)

    monkeypatch.setattr(CartPole, "play", counted)
    run_study(study(finalists=0), tmp_path, SerialExecutor(), together=3)
    assert sizes[True] == [
        1,
        1,
        48,
        48,
        48,
    ]  # 3 seeds, 8 individuals, 2 episodes; first `check`, in NEST and as configured
    assert sizes[False][0] == 6
    assert max(sizes[False]) == 3 * FEW_UNSEEN
    sizes[True].clear()
    run_study(study(finalists=0, timeout_s=60.0), tmp_path / "limited", SerialExecutor(), together=3)
    assert sizes[True] == [1, 1] + [16] * 9  # the clock is for each run


def test_individuals_that_raise_get_their_penalty_and_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TASKS, "fragile", fragile.Fragile)
    wanted = dataclasses.replace(study("fragile"), seeds=(2, 3, 4))  # the first individual of seed 1 is bad
    alone = run_study(wanted, tmp_path / "alone", SerialExecutor(), together=1)
    together = run_study(wanted, tmp_path / "together", SerialExecutor(), together=3)
    assert facts(together) == facts(alone)
    assert bits(tmp_path / "together") == bits(tmp_path / "alone")
    fitness = np.array([history.fitness for history in histories(tmp_path / "together")])
    assert 0 < np.count_nonzero(fitness == -1e6) < fitness.size


def failing_at(call: int, error: BaseException) -> Callable[[Progress], None]:
    """Return a callback that raises when it is called so many times."""
    told: list[Progress] = []

    def on_progress(progress: Progress) -> None:
        told.append(progress)
        if len(told) == call:
            raise error

    return on_progress


def test_a_run_that_fails_does_not_end_the_others(alone: list[dict[str, Any]], tmp_path: Path) -> None:
    failing = failing_at(5, ValueError("it is enough"))  # the second run, after its second generation
    table = run_study(study(), tmp_path / "out", SerialExecutor(), together=3, on_progress=failing)
    assert [row.problem for row in table.rows] == ["", "ValueError: it is enough", ""]
    assert [f for f in facts(table) if not f["problem"]] == [alone[0], alone[2]]
    again = run_study(study(), tmp_path / "out", SerialExecutor(), together=3)
    assert facts(again) == alone


@pytest.mark.parametrize("call", each_day([1, 5, 9], 5))
def test_an_interrupted_study_goes_on_together_or_alone(call: int, alone: list[dict[str, Any]], tmp_path: Path) -> None:
    interrupted = failing_at(call, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        run_study(study(), tmp_path / "out", SerialExecutor(), together=3, on_progress=interrupted)
    assert "paused-run" not in {thread.name for thread in threading.enumerate()}
    assert sum(history.n_generations for history in histories(tmp_path / "out")) == call
    told: list[Progress] = []
    again = run_study(study(), tmp_path / "out", SerialExecutor(), together=3, on_progress=told.append)
    assert len(told) == 9 - call
    assert facts(again) == alone


def test_runs_of_a_lost_worker_are_tried_again_each_by_itself(tmp_path: Path, full_assessment: None) -> None:
    with ProcessExecutor(1) as executor:
        table = run_study(study(), tmp_path / "out", executor, together=3, on_progress=KillOnce(tmp_path / "killed"))
    assert (tmp_path / "killed").exists()
    assert facts(table) == facts(run_study(study(), tmp_path / "alone", SerialExecutor()))


@dataclasses.dataclass
class KillOnce:
    """Kills the process that makes the first generation, unless that was done before."""

    mark: Path

    def __call__(self, progress: Progress) -> None:
        if not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.thorough
def test_every_worker_has_something_to_do(tmp_path: Path) -> None:
    groups: list[int] = []

    class Watched(SerialExecutor):
        n_workers = 3

        def submit(self, function: Callable[..., Any], *arguments: Any) -> Any:
            groups.append(len(arguments[0]))
            return super().submit(function, *arguments)

    run_study(study(), tmp_path, Watched(), together=10)
    assert groups == [1, 1, 1]


@pytest.mark.thorough
def test_champions_are_verified_in_nest(tmp_path: Path) -> None:
    run_study(study(), tmp_path, SerialExecutor(), together=3)
    champions = [read_champion(path) for path in (tmp_path / "runs").iterdir()]
    assert all(champion.verification is not None and champion.verification.identical for champion in champions)


def test_only_one_work_is_done_at_a_time() -> None:
    """Each work draws its own numbers from a generator that all of them share."""
    order: list[str] = []

    def work(name: str) -> Callable[[Executor], str]:
        def done(executor: Executor) -> str:
            for k in range(3):
                order.append(f"{name}{k}")
                assert executor.submit(str.upper, name).result() == name.upper()
                assert executor.call_in_nest_thread(threading.current_thread) is threading.main_thread()
            return name

        return done

    assert in_lockstep([work("a"), work("b")]) == ["a", "b"]
    assert order == ["a0", "a1", "a2", "b0", "b1", "b2"]


def test_functions_that_make_networks_are_called_in_the_thread_that_uses_nest() -> None:
    """NEST's kernel ends a process that uses it from another thread than before."""
    threads: list[threading.Thread] = []

    def build(nest: Any, genome: Any, rng: Any, size: int) -> tuple[Any, Any]:
        threads.append(threading.current_thread())
        return nest.Create("iaf_cond_exp", size), nest.Create("iaf_cond_exp")

    def work(size: int) -> Callable[[Executor], int]:
        return lambda executor: Network.from_pynest(build, {}, arguments={"size": size}).n_neurons

    assert in_lockstep([work(2), work(3)]) == [3, 4]
    assert threads == [threading.main_thread()] * 2


def test_an_error_of_a_called_function_is_raised_where_it_was_called() -> None:
    def work(executor: Executor) -> str:
        with pytest.raises(ZeroDivisionError, match="division"):
            executor.call_in_nest_thread(divmod, 1, 0)
        return "went on"

    assert in_lockstep([work]) == ["went on"]
    with pytest.raises(ZeroDivisionError, match="division"):
        in_lockstep([work, lambda executor: executor.call_in_nest_thread(divmod, 1, 0)])


def test_a_batch_that_fails_is_played_share_by_share(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def play(share: shares.Chunk) -> shares.Outcome:
        tried.append(len(share.elements))
        raise ValueError("no")

    monkeypatch.setattr(shares, "_play", play)
    optimizee = CartPole()
    vector = optimizee.parameters.to_vector(optimizee.create_individual())
    elements = tuple(optimizee.validation_elements()[:2])
    one = shares.Chunk(cloudpickle.dumps(optimizee), {0: vector}, elements, (0, 1))
    outcomes = shares.play_chunks([one, one, one])
    assert tried == [6, 2, 2, 2]
    assert [outcome.failures[0].partition("\n")[0] for (outcome,) in outcomes] == ["ValueError: no"] * 3
