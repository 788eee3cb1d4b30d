"""Pendulum: the known rule, and what its costs add up to."""

import gymnasium
import numpy as np
import pytest

from neurosim_rl.evaluation.unseen_starts import evaluate_random_policy, evaluate_rule
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.training.configure import configure


def test_the_rule_gets_up_and_stays_there_and_chance_never_does() -> None:
    optimizee = create_optimizee(configure("pendulum"))
    rule = evaluate_rule(optimizee, first_seed=50, episodes=40)
    assert -200 < rule.mean_return < -120
    assert rule.success_rate == 1
    chance = evaluate_random_policy(optimizee, first_seed=50, episodes=40)
    assert -1400 < chance.mean_return < -1000
    assert chance.success_rate == 0


@pytest.mark.parametrize(
    ("angle", "velocity", "expected"),
    [
        (0.1, 0.0, -1.5),  # held back towards the top
        (0.0, 0.25, -1.0),  # and slowed down there
        (np.pi, 0.5, 2.0),  # hanging: pushed with the velocity, as hard as can be
        (np.pi, -0.5, -2.0),
        (np.pi, 7.9, -1.205),  # with more energy than the upright needs: 7.9^2 / 2 - 30
    ],
)
def test_the_rule_at_the_top_and_at_the_bottom(angle: float, velocity: float, expected: float) -> None:
    optimizee = create_optimizee(configure("pendulum"))
    (action,) = optimizee.rule(np.array([[np.cos(angle), np.sin(angle), velocity]]))
    np.testing.assert_allclose(action, [expected])


def test_the_rule_gives_energy_until_it_is_that_of_the_upright() -> None:
    # Energy by the environment's own constants: gravity 10, mass 1, length 1, a rod of inertia 1/3.
    optimizee = create_optimizee(configure("pendulum"))
    rng = np.random.default_rng(3)
    angle, velocity = rng.uniform(1.0, np.pi, 200), rng.uniform(-8, 8, 200)
    energy = velocity**2 / 6 + 5 * np.cos(angle)
    torque = optimizee.rule(np.stack([np.cos(angle), np.sin(angle), velocity], axis=1))[:, 0]
    np.testing.assert_array_equal(torque * velocity > 0, energy < 5)


def test_a_silent_network_lets_the_pendulum_swing_and_fails() -> None:
    optimizee = create_optimizee(configure("pendulum"))
    silent = np.zeros(optimizee.parameters.size)
    episodes = optimizee.play([silent], optimizee.evaluation_elements(range(5)), record=True).episodes
    assert episodes.traces is not None
    assert set(episodes.traces.actions.ravel()) == {0.0}
    assert episodes.lengths.tolist() == [200] * 5
    np.testing.assert_array_equal(optimizee.successes(episodes), False)
    cosine, sine, velocity = np.moveaxis(episodes.traces.observations[:, :-1], -1, 0)
    cost = np.arctan2(sine, cosine) ** 2 + 0.1 * velocity**2
    np.testing.assert_allclose(optimizee.scores(episodes), -cost.sum(axis=1), rtol=1e-5)


def test_gymnasium_calls_no_return_solved() -> None:
    assert gymnasium.spec("Pendulum-v1").reward_threshold is None
    assert create_optimizee(configure("pendulum")).solved_return is None
