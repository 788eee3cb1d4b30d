"""Acrobot: the known rule and limits."""

import gymnasium
import numpy as np
import pytest

from neurosim_rl.bridge.tuned_encoders import TunedEncoder
from neurosim_rl.evaluation.unseen_starts import evaluate_random_policy, evaluate_rule
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.training.configure import configure


def test_the_rule_always_swings_up_and_chance_hardly_ever() -> None:
    optimizee = create_optimizee(configure("acrobot"))
    rule = evaluate_rule(optimizee, first_seed=50, episodes=20)
    assert rule.success_rate == 1
    assert -95 < rule.mean_return < -65
    np.testing.assert_array_equal(rule.returns, 1 - rule.lengths)  # the last step costs nothing
    chance = evaluate_random_policy(optimizee, first_seed=50, episodes=20)
    assert chance.success_rate is not None
    assert chance.success_rate < 0.2
    np.testing.assert_array_equal(chance.successes, chance.returns > -500)


@pytest.mark.parametrize(
    ("upper", "lower", "expected"),
    [(0.0, 0.1, 2), (0.0, -0.1, 0), (1.0, 0.4, 0), (1.0, 0.6, 2), (-1.0, -0.4, 2), (-1.0, -0.6, 0), (0.0, 0.0, 2)],
)
def test_the_rule_adds_to_the_lower_velocity_and_half_as_much_against_the_upper(
    upper: float, lower: float, expected: int
) -> None:
    optimizee = create_optimizee(configure("acrobot"))
    assert optimizee.rule(np.array([[1.0, 0.0, 1.0, 0.0, upper, lower]])).tolist() == [expected]


def test_velocities_beyond_those_of_an_episode_are_encoded_as_the_bounds() -> None:
    optimizee = create_optimizee(configure("acrobot"))
    assert isinstance(optimizee.encoder, TunedEncoder)
    beyond = optimizee.encoder.activity(np.array([[1.0, 0.0, 1.0, 0.0, 12.0, -28.0]]))
    np.testing.assert_array_equal(beyond, optimizee.encoder.activity(np.array([[1.0, 0.0, 1.0, 0.0, 6.0, -9.0]])))


def test_a_silent_network_gives_no_torque_and_never_swings_up() -> None:
    optimizee = create_optimizee(configure("acrobot"))
    silent = np.zeros(optimizee.parameters.size)
    episodes = optimizee.play([silent], optimizee.evaluation_elements([3]), record=True).episodes
    assert episodes.traces is not None
    assert set(episodes.traces.actions.ravel()) == {1.0}
    assert episodes.lengths.tolist() == [500]
    assert episodes.returns.tolist() == [-500]
    np.testing.assert_array_equal(optimizee.successes(episodes), False)


def test_solved_is_what_gymnasium_says() -> None:
    optimizee = create_optimizee(configure("acrobot"))
    assert optimizee.solved_return == gymnasium.spec("Acrobot-v1").reward_threshold
