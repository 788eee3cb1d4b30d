"""Work that is handed out: individuals that fail, workers that die, and what is left of the others' results."""

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import psutil
import pytest

from neurosim_rl.errors import EvaluationError
from neurosim_rl.evaluation.dispatch import BatchResult, dispatch
from neurosim_rl.evaluation.unseen_starts import evaluate
from neurosim_rl.execution import Executor, ProcessExecutor, SerialExecutor
from neurosim_rl.optimizees import CartPole, ClosedLoop
from neurosim_rl.training.configure import configure
from tests import fragile

N = 9
BAD = {2, 5}


def task(cls: type[ClosedLoop], **layer: Any) -> ClosedLoop:
    short = {"environment": {"kwargs": {"max_episode_steps": 30}}, "batch_size": 4, "episodes": 2}
    return cls(None, configure("cart-pole", short, layer))


def genomes() -> list[np.ndarray]:
    optimizee = task(CartPole)
    rng = np.random.default_rng(3)
    vectors = [optimizee.parameters.sample(rng) for _ in range(N)]
    for k, vector in enumerate(vectors):
        vector[0] = 3.5 if k in BAD else -1.0
    return vectors


def play(optimizee: ClosedLoop, executor: Executor) -> BatchResult:
    return dispatch(optimizee, genomes(), optimizee.training_elements(0, range(N)), executor, scored=True)


@pytest.fixture(scope="module")
def sound() -> BatchResult:
    """What the genomes are worth where nothing fails."""
    return play(task(CartPole), SerialExecutor())


@pytest.fixture(scope="module")
def processes() -> Iterator[Executor]:
    with ProcessExecutor(2) as executor:
        yield executor


def assert_only_the_bad_ones_failed(results: BatchResult, sound: BatchResult, reason: str) -> None:
    assert set(results.failures) == BAD
    assert all(why.startswith(reason) for why in results.failures.values()), results.failures
    good = ~np.isin(np.repeat(np.arange(N), 2), list(BAD))
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


@pytest.mark.parametrize("cls", [fragile.Dying, fragile.Killed])
def test_an_individual_that_ends_its_worker_is_found(
    sound: BatchResult, processes: Executor, cls: type[ClosedLoop]
) -> None:
    results = play(task(cls), processes)
    assert_only_the_bad_ones_failed(results, sound, "WorkerLostError: its worker died or was stuck, 3 times in a row")


def test_an_individual_that_takes_too_long_fails(sound: BatchResult) -> None:
    results = play(task(fragile.Slow, timeout_s=1.0), SerialExecutor())
    assert_only_the_bad_ones_failed(results, sound, "TimeLimitError: not done in time")


@pytest.mark.slow
def test_an_individual_that_never_comes_back_loses_its_worker_and_fails(
    sound: BatchResult, processes: Executor
) -> None:
    start = time.monotonic()
    results = play(task(fragile.Stuck, timeout_s=4.0), processes)
    assert_only_the_bad_ones_failed(results, sound, "WorkerLostError: its worker died or was stuck")
    assert time.monotonic() - start < 300


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


def is_worker(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):  # it may be gone, or a zombie, by now
        return "popen_loky" in " ".join(process.cmdline())
    return False


def test_workers_killed_from_outside_change_nothing(sound: BatchResult) -> None:
    """All workers are killed, three times, while they play; nobody is blamed."""
    optimizee = task(CartPole)
    stop = threading.Event()
    rounds: list[int] = []

    def kill() -> None:
        while len(rounds) < 3 and not stop.wait(2.5):
            workers = [process for process in psutil.Process().children() if is_worker(process)]
            for worker in workers:
                with contextlib.suppress(psutil.NoSuchProcess):
                    worker.kill()
            rounds.append(len(workers))

    with ProcessExecutor(2) as executor:
        thread = threading.Thread(target=kill)
        thread.start()
        try:
            while len(rounds) < 3:
                results = play(optimizee, executor)
                assert results.failures == {}
                np.testing.assert_array_equal(results.scores, sound.scores)
        finally:
            stop.set()
            thread.join()
    assert sum(rounds) >= 4


def test_when_all_fail_the_first_reason_is_told(processes: Executor) -> None:
    for executor in (SerialExecutor(), processes):
        with pytest.raises(EvaluationError, match="every individual failed; number 0 by ValueError: this"):
            play(task(fragile.Hopeless), executor)


def test_an_evaluation_that_must_not_fail_says_who_did() -> None:
    optimizee = task(fragile.Fragile)
    with pytest.raises(EvaluationError, match="individual 2 failed by ValueError: this individual is bad"):
        evaluate(optimizee, genomes(), optimizee.training_elements(0, range(N)), SerialExecutor())
