"""Cart pole: the known rule and limits."""

import numpy as np
import pytest

from neurosim_rl.bridge.tuned_encoders import TunedEncoder
from neurosim_rl.evaluation.unseen_starts import evaluate_random_policy, evaluate_rule
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.training.configure import configure


def test_the_rule_balances_nearly_always_and_chance_hardly_ever() -> None:
    optimizee = create_optimizee(configure("cart-pole"))
    rule = evaluate_rule(optimizee, first_seed=50, episodes=20)
    assert rule.mean_return > 400
    assert rule.returns.max() == 500
    np.testing.assert_array_equal(rule.successes, rule.returns >= 475)
    chance = evaluate_random_policy(optimizee, first_seed=50, episodes=40)
    assert 15 < chance.mean_return < 30
    assert chance.success_rate == 0


@pytest.mark.parametrize(
    ("angle", "velocity", "expected"), [(-0.1, 0.0, 0), (0.1, 0.0, 1), (0.1, -0.2, 0), (-0.1, 0.2, 1), (0.0, 0.0, 1)]
)
def test_the_rule_pushes_to_the_side_to_which_the_pole_falls(angle: float, velocity: float, expected: int) -> None:
    optimizee = create_optimizee(configure("cart-pole"))
    assert optimizee.rule(np.array([[9.0, -9.0, angle, velocity]])).tolist() == [expected]


def test_unbounded_velocities_are_encoded_within_the_configured_bounds() -> None:
    optimizee = create_optimizee(configure("cart-pole"))
    assert np.isfinite(optimizee.environment.observation_high).all()
    assert isinstance(optimizee.encoder, TunedEncoder)
    beyond = optimizee.encoder.activity(np.array([[0.0, 1e9, 0.0, -1e9]]))
    np.testing.assert_array_equal(beyond, optimizee.encoder.activity(np.array([[0.0, 3.0, 0.0, -3.0]])))


def test_a_silent_network_pushes_left_until_the_pole_falls() -> None:
    optimizee = create_optimizee(configure("cart-pole"))
    episodes = optimizee.play([np.zeros(130)], optimizee.evaluation_elements([3]), record=True).episodes
    assert episodes.traces is not None
    assert set(episodes.traces.actions.ravel()) == {0.0}
    assert 8 <= episodes.lengths[0] <= 12
    assert episodes.terminated.tolist() == [True]
    np.testing.assert_array_equal(optimizee.scores(episodes), episodes.lengths)
