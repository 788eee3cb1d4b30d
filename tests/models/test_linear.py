"""The linear policy: a matrix product, and tasks whose best linear policy is known."""

import numpy as np
import pytest
from gymnasium.spaces import Discrete

from neurosim_rl.evaluation.unseen_starts import evaluate_unseen
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.optimizees import Settings, create_optimizee
from neurosim_rl.runs import RunFolder
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end
from tests.models.test_policy import HIGH, LOW, TORQUES, actions, build
from tests.toys import CorridorTask

RNG = np.random.default_rng(2)
UNIT = 0.5


def products(vectors: list[np.ndarray], observations: np.ndarray, n_outputs: int) -> np.ndarray:
    """Return weights times scaled observation, plus biases; a vector holds biases first."""
    scaled = (observations - (LOW + HIGH) / 2) / ((HIGH - LOW) / 2)
    weights = np.array([v[n_outputs:].reshape(2, n_outputs) for v in vectors]) * UNIT
    return np.squeeze(scaled[:, None] @ weights, 1) + np.array([v[:n_outputs] for v in vectors]) * UNIT


def test_discrete_actions_are_the_largest_entries_of_a_matrix_product() -> None:
    policy = build("linear", action_space=Discrete(3), weight_unit=UNIT)
    vectors, observations = list(RNG.normal(size=(100, 9))), RNG.uniform(LOW, HIGH, (100, 2))
    expected = products(vectors, observations, 3).argmax(axis=1)
    assert len(set(expected.tolist())) == 3
    assert actions(policy, vectors, observations).tolist() == expected.tolist()


def test_box_actions_are_the_tanh_of_a_matrix_product_between_the_bounds() -> None:
    policy = build("linear", action_space=TORQUES, weight_unit=UNIT)
    vectors, observations = list(RNG.normal(size=(50, 6))), RNG.uniform(LOW, HIGH, (50, 2))
    expected = [0.0, 2.5] + np.array([2.0, 2.5]) * np.tanh(products(vectors, observations, 2))
    assert actions(policy, vectors, observations) == pytest.approx(expected)


def test_the_policy_that_always_steps_right_walks_the_corridor_in_the_fewest_steps(toys: None) -> None:
    optimizee = CorridorTask(None, Settings.read(CorridorTask.defaults, {"model": {"name": "linear"}}))
    right = optimizee.parameters.to_vector({"weights_0": np.zeros((1, 3)), "biases_0": np.array([0.0, 0.0, 1.0])})
    stay = optimizee.parameters.to_vector({"weights_0": np.zeros((1, 3)), "biases_0": np.array([0.0, 1.0, 0.0])})
    played = optimizee.play([right, stay], [*optimizee.evaluation_elements(range(4))], record=True)
    assert played.episodes.returns.tolist() == [-4, -3, -2, -1]
    assert played.episodes.spikes.shape == (4, 0)
    assert optimizee.play([stay], optimizee.evaluation_elements([0])).episodes.lengths.tolist() == [10]


def test_a_known_linear_policy_balances_the_pole_to_the_end() -> None:
    # Push to the side of 0.1 position + 0.5 velocity + angle + angular velocity, in the environment's units.
    optimizee = create_optimizee(configure("cart-pole", {"model": {"name": "linear", "weight_unit": 1.0}}))
    half_range = optimizee.environment.observation_high
    weights = np.zeros((4, 2))
    weights[:, 1] = np.array([0.1, 0.5, 10.0, 1.0]) * half_range
    vector = optimizee.parameters.to_vector({"weights_0": weights, "biases_0": np.zeros(2)})
    result = evaluate_unseen(optimizee, vector, SerialExecutor(), first_seed=0, episodes=20)
    assert result.returns.tolist() == [500.0] * 20


def test_evolution_finds_a_linear_policy_that_balances_the_pole_to_the_end(tmp_path) -> None:
    layer = {"generations": 8, "validation_episodes": 10, "workers": 1, "model": {"name": "linear"}}
    config = configure("cart-pole", layer)
    champion = run_to_end(config, RunFolder.create(tmp_path / "run", config), executor=SerialExecutor())
    assert champion.unseen.mean_return == 500.0
