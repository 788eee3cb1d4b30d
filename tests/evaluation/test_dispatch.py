"""Work that is handed out: individuals that fail, workers that die, and what is left of the others' results."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pytest

from neurosim_rl.errors import EvaluationError
from neurosim_rl.evaluation.chunks import Chunk, play_chunk
from neurosim_rl.evaluation.dispatch import BatchResult, dispatch
from neurosim_rl.evaluation.unseen_starts import evaluate
from neurosim_rl.execution import Executor, ProcessExecutor, SerialExecutor, WorkerLostError
from neurosim_rl.optimizees import CartPole, ClosedLoop
from neurosim_rl.training.configure import configure
from tests import fragile
from tests.waiting import wait_until

N = 9
BAD = {2, 5}


def task(cls: type[ClosedLoop], **layer: Any) -> ClosedLoop:
    short = {"environment": {"kwargs": {"max_episode_steps": 30}}, "batch_size": 4, "episodes": 2}
    return cls(None, configure("cart-pole", short, layer))


def genomes(bad: set[int]) -> list[np.ndarray]:
    optimizee = task(CartPole)
    rng = np.random.default_rng(3)
    vectors = [optimizee.parameters.sample(rng) for _ in range(N)]
    for k, vector in enumerate(vectors):
        vector[0] = 3.5 if k in bad else -1.0
    return vectors


def play(optimizee: ClosedLoop, executor: Executor, bad: set[int] = BAD) -> BatchResult:
    return dispatch(optimizee, genomes(bad), optimizee.training_elements(0, range(N)), executor, scored=True)


@pytest.fixture(scope="module")
def sound() -> BatchResult:
    """What the genomes are worth where nothing fails."""
    return play(task(CartPole), SerialExecutor())


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    with ProcessExecutor(2) as executor:
        yield executor


@pytest.fixture(scope="module")
def one_process() -> Iterator[Executor]:
    with ProcessExecutor(1) as executor:
        yield executor


def assert_only_the_bad_ones_failed(results: BatchResult, sound: BatchResult, reason: str, bad: set[int] = BAD) -> None:
    assert set(results.failures) == bad
    assert all(why.startswith(reason) for why in results.failures.values()), results.failures
    good = ~np.isin(np.repeat(np.arange(N), 2), list(bad))
    for name in (
        "start_seeds",
        "returns",
        "lengths",
        "terminated",
        "truncated",
        "observation_max",
        "observed",
        "spikes",
    ):
        np.testing.assert_array_equal(getattr(results.episodes, name)[good], getattr(sound.episodes, name)[good])
    np.testing.assert_array_equal(results.scores[good], sound.scores[good])
    assert np.isnan(results.scores[~good]).all()
    assert np.isnan(results.episodes.returns[~good]).all()
    assert (results.episodes.lengths[~good] == 0).all()


@pytest.mark.parametrize("where", ["serial", "processes"])
@pytest.mark.parametrize(
    ("cls", "reason"),
    [
        (fragile.Fragile, "ValueError: this individual is bad\nTraceback (most recent call last):"),
        (fragile.Exiting, "SystemExit: enough\nTraceback"),
    ],
)
def test_an_individual_that_raises_costs_nobody_else_anything(
    sound: BatchResult, request: pytest.FixtureRequest, where: str, cls: type[ClosedLoop], reason: str
) -> None:
    executor = SerialExecutor() if where == "serial" else request.getfixturevalue("processes")
    assert_only_the_bad_ones_failed(play(task(cls), executor), sound, reason)


ONE_BAD = {2}
"""Each that ends its worker costs three starts of a worker."""


@pytest.fixture(scope="module")
def sound_with_one() -> BatchResult:
    """What the genomes are worth, only one of which can be bad."""
    return play(task(CartPole), SerialExecutor(), ONE_BAD)


def test_an_individual_that_ends_its_worker_is_found(sound_with_one: BatchResult, one_process: Executor) -> None:
    results = play(task(fragile.Dying), one_process, ONE_BAD)
    reason = "WorkerLostError: its worker died or was stuck, 3 times in a row"
    assert_only_the_bad_ones_failed(results, sound_with_one, reason, ONE_BAD)


def test_an_individual_that_takes_too_long_fails(sound: BatchResult) -> None:
    results = play(task(fragile.Slow, timeout_s=1.0), SerialExecutor())
    assert_only_the_bad_ones_failed(results, sound, "TimeLimitError: not done in time")


def test_an_individual_that_never_comes_back_loses_its_worker(one_process: Executor) -> None:
    """Alone and once: the test above shows how it is found, and each further try waits as long again."""
    stuck = task(fragile.Stuck, timeout_s=4.0)
    elements = tuple(stuck.training_elements(0, [0]))
    vectors = {0: genomes({0})[0]}
    positions = tuple(range(len(elements)))
    chunk = Chunk(cloudpickle.dumps(stuck), vectors, elements, positions, True, True, expendable=True)
    with pytest.raises(WorkerLostError, match="terminated"):
        one_process.submit(play_chunk, chunk).result()


def test_a_fitness_that_raises_fails_only_where_it_does(sound: BatchResult) -> None:
    results = play(task(fragile.Unscored), SerialExecutor())
    failing = {k for k in range(N) if (sound.episodes.lengths.reshape(N, 2)[k] % 5 == 0).any()}
    assert failing
    assert set(results.failures) == failing
    assert all(why.startswith("ZeroDivisionError: no score") for why in results.failures.values())


@pytest.mark.parametrize("batch_size", [1, 3])
def test_of_an_individual_that_fails_in_one_episode_no_other_counts(batch_size: int) -> None:
    whole, split = (play(task(fragile.Unscored, batch_size=n), SerialExecutor()) for n in (2 * N, batch_size))
    assert 0 < len(whole.failures) < N
    assert set(split.failures) == set(whole.failures)
    for name in ("returns", "lengths", "terminated", "observation_max", "observed", "spikes"):
        np.testing.assert_array_equal(getattr(split.episodes, name), getattr(whole.episodes, name))
    np.testing.assert_array_equal(split.scores, whole.scores)


class Held(fragile.FragileTask):
    """Every batch tells which process plays it, and waits until it is let go."""

    def play(self, vectors: Sequence[np.ndarray], *arguments: Any, **options: Any) -> Any:
        folder = Path(os.environ["HELD_IN"])
        (folder / str(os.getpid())).touch()
        while not (folder / "go").exists():
            time.sleep(0.01)
        return super().play(vectors, *arguments, **options)


def kill_both(folder: Path) -> None:
    """Kill both workers while they play."""
    wait_until(lambda: len(list(folder.iterdir())) == 2, "both workers play")
    for path in list(folder.iterdir()):
        os.kill(int(path.name), signal.SIGKILL)
    (folder / "go").touch()


def test_workers_killed_from_outside_change_nothing(
    sound: BatchResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All workers are killed while they play; nobody is blamed."""
    monkeypatch.setenv("HELD_IN", str(tmp_path))
    with ProcessExecutor(2) as executor, ThreadPoolExecutor() as pool:
        killing = pool.submit(kill_both, tmp_path)
        results = play(task(Held), executor)
        assert results.failures == {}
        killing.result()
    np.testing.assert_array_equal(results.scores, sound.scores)


def test_when_all_fail_the_first_reason_is_told(processes: Executor) -> None:
    for executor in (SerialExecutor(), processes):
        with pytest.raises(EvaluationError, match="every individual failed; number 0 by ValueError: this"):
            play(task(fragile.Hopeless), executor)


def test_an_evaluation_that_must_not_fail_says_who_did() -> None:
    optimizee = task(fragile.Fragile)
    with pytest.raises(EvaluationError, match="individual 2 failed by ValueError: this individual is bad"):
        evaluate(optimizee, genomes(BAD), optimizee.training_elements(0, range(N)), SerialExecutor())
