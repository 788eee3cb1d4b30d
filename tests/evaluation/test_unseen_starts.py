"""Evaluating genomes: any split into batches, episodes with known returns, statistics of held-out episodes."""

import re
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap

from neurosim_rl.evaluation import unseen_starts
from neurosim_rl.evaluation.unseen_starts import (
    baselines,
    evaluate,
    evaluate_random_policy,
    evaluate_rule,
    evaluate_unseen,
)
from neurosim_rl.execution import SerialExecutor, WorkerLostError
from neurosim_rl.optimizees import Settings
from neurosim_rl.records.unseen_returns import UnseenReturns
from neurosim_rl.seeds import Purpose, generator
from tests.toys import Corridor, CorridorTask


def task(**layer: Any) -> CorridorTask:
    return CorridorTask(None, Settings.read(CorridorTask.defaults, layer))


def lively(batch_size: int = 32) -> CorridorTask:
    """Return a corridor whose networks spike, so that genomes differ in what they do."""
    model = {"hidden": [4], "weight_unit_pa": 3000.0}
    return task(batch_size=batch_size, episodes=4, window_ms=20.0, encoder={"offset_pa": 2000.0}, model=model)


def random_genomes(optimizee: CorridorTask, n: int) -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    return [optimizee.parameters.sample(rng) for _ in range(n)]


class FourWorkers(SerialExecutor):
    """Plays here, but lets work be split as if for four."""

    n_workers = 4


@pytest.mark.parametrize("batch_size", [1, 3, 5, 100])
def test_results_do_not_depend_on_the_split_into_batches(toys: None, batch_size: int) -> None:
    whole, split = lively(), lively(batch_size)
    vectors, elements = random_genomes(whole, 5), whole.training_elements(3, range(5))
    expected = whole.play(vectors, elements).episodes
    assert len(set(expected.returns.tolist())) > 2
    for executor in (SerialExecutor(), FourWorkers()):
        episodes = evaluate(split, vectors, elements, executor)
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
            np.testing.assert_array_equal(getattr(episodes, name), getattr(expected, name))


def test_episodes_stand_in_the_order_of_the_elements(toys: None) -> None:
    optimizee = lively(2)
    vectors = random_genomes(optimizee, 3)
    elements = optimizee.training_elements(0, range(3))
    forward = evaluate(optimizee, vectors, elements, SerialExecutor())
    backward = evaluate(optimizee, vectors, elements[::-1], SerialExecutor())
    np.testing.assert_array_equal(forward.returns, backward.returns[::-1])
    assert forward.start_seeds.tolist() == [e.start_seed for e in elements]


@pytest.mark.parametrize(("training", "expected"), [(True, 3), (False, 10)])
def test_only_training_is_cut_at_the_configured_steps(toys: None, training: bool, expected: int) -> None:
    # Silence means staying here, so an episode lasts to its limit.
    optimizee = task(environment={"max_steps": 3}, decoder={"neutral_action": 1})
    vector = np.zeros(optimizee.parameters.size)
    episodes = evaluate(optimizee, [vector], optimizee.evaluation_elements([0]), SerialExecutor(), training=training)
    assert episodes.lengths.tolist() == [expected]


def test_an_environment_without_a_limit_of_its_own_ends_in_evaluation_as_well(toys: None) -> None:
    optimizee = task(environment={"id": "EndlessCorridor-v0", "max_steps": 7}, decoder={"neutral_action": 1})
    result = evaluate_unseen(optimizee, np.zeros(optimizee.parameters.size), SerialExecutor(), first_seed=4, episodes=2)
    assert result.lengths.tolist() == [7, 7]


def test_a_silent_network_whose_silence_steps_right_earns_the_best_return(toys: None) -> None:
    optimizee = task()
    vector = np.zeros(optimizee.parameters.size)
    result = evaluate_unseen(optimizee, vector, SerialExecutor(), first_seed=400, episodes=8)
    assert result.returns.tolist() == [-4, -3, -2, -1] * 2
    assert result.lengths.tolist() == [4, 3, 2, 1] * 2
    np.testing.assert_array_equal(result.successes, [False, False, True, True] * 2)
    assert (result.mean_return, result.mean_length, result.success_rate) == (-2.5, 2.5, 0.5)
    assert result.first_seed == 400


def test_the_rule_is_evaluated_on_the_same_starts(toys: None) -> None:
    result = evaluate_rule(task(), first_seed=401, episodes=4)
    assert result.returns.tolist() == [-3, -2, -1, -4]


def test_the_random_policy_is_worse_than_the_rule_and_the_same_each_time(toys: None) -> None:
    optimizee = task()
    one, other = (evaluate_random_policy(optimizee, first_seed=400, episodes=40) for _ in range(2))
    np.testing.assert_array_equal(one.returns, other.returns)
    assert (one.returns <= evaluate_rule(optimizee, first_seed=400, episodes=40).returns).all()
    assert one.lengths.min() >= 1
    assert one.lengths.max() == 10
    assert not np.array_equal(one.returns, evaluate_random_policy(optimizee, first_seed=404, episodes=40).returns)


def test_remembered_baselines_are_those_of_the_task_its_environment_and_the_starts(toys: None) -> None:
    for optimizee in (task(), task(environment={"kwargs": {"max_episode_steps": 3}})):
        for unseen in ({"first_seed": 400, "episodes": 8}, {"first_seed": 403, "episodes": 8}):
            for _ in range(2):
                random, rule = baselines(optimizee, **unseen)
                assert rule is not None
                np.testing.assert_array_equal(random.returns, evaluate_random_policy(optimizee, **unseen).returns)
                np.testing.assert_array_equal(rule.returns, evaluate_rule(optimizee, **unseen).returns)


# --- statistics ---


def of_returns(returns: np.ndarray) -> UnseenReturns:
    return UnseenReturns(0, returns, np.ones(len(returns), np.int64), np.zeros(len(returns), bool))


@pytest.mark.parametrize("returns", [[5.0], [5.0, 5.0, 5.0]])
def test_returns_that_do_not_vary_have_an_interval_of_no_width(returns: list[float]) -> None:
    assert of_returns(np.array(returns)).ci95() == (5.0, 5.0)


def test_the_bootstrap_interval_of_a_large_sample_is_that_of_the_normal_distribution() -> None:
    returns = np.random.default_rng(3).normal(-120, 15, 400)
    low, high = of_returns(returns).ci95()
    half = 1.96 * returns.std() / np.sqrt(400)
    assert low == pytest.approx(returns.mean() - half, abs=0.1)
    assert high == pytest.approx(returns.mean() + half, abs=0.1)
    assert of_returns(returns).ci95() == (low, high)


@pytest.mark.parametrize("n", [2, 10, 100])
def test_the_interval_is_that_of_scipy_s_bootstrap(n: int) -> None:
    returns = np.random.default_rng(n).normal(-120, 15, n)
    options = {"n_resamples": 10_000, "method": "percentile", "rng": generator(0, Purpose.BOOTSTRAP)}
    expected = bootstrap((returns,), np.mean, **options).confidence_interval
    np.testing.assert_allclose(of_returns(returns).ci95(), expected, rtol=1e-14)


@given(st.lists(st.integers(-200, 0), min_size=2, max_size=5))
def test_the_interval_lies_within_the_returns_and_holds_their_mean(values: list[int]) -> None:
    result = of_returns(np.array(values, dtype=float))
    low, high = result.ci95()
    assert min(values) <= low <= result.mean_return + 1e-9
    assert result.mean_return - 1e-9 <= high <= max(values)


# --- trials that fail ---


@pytest.fixture
def stumbling(toys: None, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let the corridor fail from cells that are added to the list."""
    cells: list[int] = []
    step = Corridor.step

    def fail_or_step(self: Corridor, action: int) -> Any:
        start = vars(self)["start"]
        if start in cells:
            raise ValueError(f"cell {start} is broken")
        return step(self, action)

    reset = Corridor.reset

    def note_and_reset(self: Corridor, **options: Any) -> Any:
        first = reset(self, **options)
        vars(self)["start"] = self.cell
        return first

    monkeypatch.setattr(Corridor, "step", fail_or_step)
    monkeypatch.setattr(Corridor, "reset", note_and_reset)
    monkeypatch.setattr(unseen_starts, "_KEPT", {})
    return cells


def three_policies(optimizee: CorridorTask) -> list[UnseenReturns]:
    starts = {"first_seed": 400, "episodes": 8}
    vector = np.zeros(optimizee.parameters.size)
    random, rule = baselines(optimizee, **starts)
    assert rule is not None
    return [evaluate_unseen(optimizee, vector, SerialExecutor(), **starts), random, rule]


def test_a_start_that_fails_counts_as_failed_and_the_others_are_played(stumbling: list[int]) -> None:
    whole = three_policies(task())
    unseen_starts._KEPT.clear()
    stumbling.append(2)
    for found, before, is_random in zip(three_policies(task()), whole, (False, True, False), strict=True):
        assert np.isnan(found.returns).tolist() == [False, False, True, False] * 2
        assert found.lengths[[2, 6]].tolist() == [0, 0]
        assert found.n_failed == 2
        assert re.match(r"ValueError: cell 2 is broken \(.*test_unseen_starts.py:\d+\)\nTraceback", found.failure)
        assert found.mean_return == np.nanmean(found.returns)
        assert found.success_rate is not None
        assert found.successes is not None
        assert found.success_rate == found.successes.sum() / 8
        if not is_random:  # alone, a start has other random actions than in a batch
            np.testing.assert_array_equal(found.returns[[0, 1, 3]], before.returns[[0, 1, 3]])
            assert found.success_rate == 0.25  # from cell 3 alone; before also from cell 2


def test_a_policy_that_fails_from_each_start_has_no_mean(stumbling: list[int]) -> None:
    stumbling += range(4)
    for found in three_policies(task()):
        assert (found.n_failed, found.success_rate) == (8, 0.0)
        assert np.isnan([found.mean_return, *found.ci95(), found.mean_length]).all()
        assert found.failure.startswith("ValueError: cell 0 is broken")


def test_failed_results_of_simple_policies_are_not_kept(stumbling: list[int]) -> None:
    stumbling.append(1)
    assert [policy.n_failed for policy in three_policies(task())] == [2, 2, 2]
    stumbling.clear()
    assert [policy.n_failed for policy in three_policies(task())] == [0, 0, 0]


def test_a_return_that_is_infinite_counts_as_failed(toys: None) -> None:
    optimizee = task(environment={"id": "Diverging-v0", "kwargs": {"reward": float("-inf")}})
    result = evaluate_random_policy(optimizee, first_seed=0, episodes=3)
    assert (result.n_failed, result.failure) == (3, "a return is -inf")


class Died(BaseException):
    """What ends a worker of `MortalWorker`."""


class MortalWorker(SerialExecutor):
    """Calls functions here, but is lost like a process when one of them dies."""

    has_processes = True
    n_lost = 0

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        try:
            return super().submit(function, *arguments)
        except Died:
            self.n_lost += 1
            future: Future[Any] = Future()
            future.set_exception(WorkerLostError("it died"))
            return future


@pytest.mark.parametrize("deadly", [{402}, set(range(400, 500))])
def test_starts_that_end_their_worker_are_found_and_a_policy_that_always_does_is_given_up(
    toys: None, monkeypatch: pytest.MonkeyPatch, deadly: set[int]
) -> None:
    reset = Corridor.reset

    def die_or_reset(self: Corridor, *, seed: int | None = None, options: Any = None) -> Any:
        if seed in deadly:
            raise Died
        return reset(self, seed=seed)

    monkeypatch.setattr(Corridor, "reset", die_or_reset)
    optimizee, executor = task(), MortalWorker()
    vector = np.zeros(optimizee.parameters.size)
    found = evaluate_unseen(optimizee, vector, executor, first_seed=400, episodes=100)
    assert np.isnan(found.returns).tolist() == [seed in deadly for seed in range(400, 500)]
    assert found.failure.startswith("WorkerLostError: its worker died or was stuck, 3 times")
    # Without patience, a hundred such starts would end several hundred workers.
    assert executor.n_lost < 30


def test_statistics_are_those_of_the_trials_that_were_played() -> None:
    returns = np.array([1.0, 3.0, np.nan, np.nan, 5.0, 7.0])
    successes = np.array([False, True, False, False, True, True])
    found = UnseenReturns(0, returns, np.array([1, 3, 0, 0, 5, 7]), successes, n_trial=2, failure="ValueError: x")
    played = UnseenReturns(0, returns[[0, 1, 4, 5]], np.array([1, 3, 5, 7]), successes[[0, 1, 4, 5]], n_trial=2)
    assert found.n_failed == 1
    assert (found.mean_return, found.mean_length) == (4.0, 4.0) == (played.mean_return, played.mean_length)
    assert found.ci95() == played.ci95()
    assert found.returns_in_trial.tolist() == [3.0, 5.0]
    assert found.success_rate == 0.5
    assert "1 failed" in repr(found)


def test_what_is_not_measured_has_no_statistics_and_says_so() -> None:
    found = UnseenReturns.not_measured()
    assert np.isnan([found.mean_return, found.mean_length, *found.ci95(), *found.returns_in_trial]).all()
    assert (found.n_failed, found.success_rate, found.is_measured) == (0, None, False)
    assert repr(found) == "<UnseenReturns: not measured>"
