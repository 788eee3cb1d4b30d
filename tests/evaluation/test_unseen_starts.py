"""Evaluating genomes: any split into batches, episodes with known returns, statistics of held-out episodes."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim_rl.evaluation.unseen_starts import (
    baselines,
    evaluate,
    evaluate_random_policy,
    evaluate_rule,
    evaluate_unseen,
)
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.optimizees import Settings
from neurosim_rl.records.unseen_returns import UnseenReturns
from tests.toys import CorridorTask


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


@given(st.lists(st.integers(-200, 0), min_size=2, max_size=5))
def test_the_interval_lies_within_the_returns_and_holds_their_mean(values: list[int]) -> None:
    result = of_returns(np.array(values, dtype=float))
    low, high = result.ci95()
    assert min(values) <= low <= result.mean_return + 1e-9
    assert result.mean_return - 1e-9 <= high <= max(values)
