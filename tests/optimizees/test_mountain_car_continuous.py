"""Continuous mountain car: the known rule, and what force costs."""

import gymnasium
import numpy as np

from neurosim_rl.evaluation.unseen_starts import evaluate_random_policy, evaluate_rule
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.training.configure import configure


def test_the_gentle_rule_always_arrives_and_chance_never_does() -> None:
    optimizee = create_optimizee(configure("mountain-car-continuous"))
    rule = evaluate_rule(optimizee, first_seed=50, episodes=20)
    assert rule.success_rate == 1
    np.testing.assert_allclose(rule.returns, 100 - 0.1 * 0.2**2 * rule.lengths, rtol=1e-6)
    chance = evaluate_random_policy(optimizee, first_seed=50, episodes=20)
    assert chance.success_rate == 0
    assert set(chance.lengths) == {999}
    # The mean square of a uniform force is a third.
    np.testing.assert_allclose(chance.mean_return, -0.1 * 999 / 3, atol=1)


def test_the_rule_follows_the_sign_of_the_velocity() -> None:
    optimizee = create_optimizee(configure("mountain-car-continuous"))
    actions = optimizee.rule(np.array([[0.0, -0.01], [0.0, 0.01], [0.5, 0.0]]))
    assert actions.tolist() == [[-0.2], [0.2], [0.2]]


def test_doing_nothing_costs_nothing_but_is_scored_by_its_distance_from_the_goal() -> None:
    optimizee = create_optimizee(configure("mountain-car-continuous"))
    silent = np.zeros(optimizee.parameters.size)
    episodes = optimizee.play([silent], optimizee.evaluation_elements([1, 2]), record=True).episodes
    assert episodes.traces is not None
    assert set(episodes.traces.actions.ravel()) == {0.0}
    assert episodes.returns.tolist() == [0, 0]
    np.testing.assert_array_equal(optimizee.successes(episodes), False)
    np.testing.assert_allclose(optimizee.scores(episodes), 100 * (episodes.observation_max[:, 0] - 0.45))


def test_solved_is_what_gymnasium_says() -> None:
    optimizee = create_optimizee(configure("mountain-car-continuous"))
    assert optimizee.solved_return == gymnasium.spec("MountainCarContinuous-v0").reward_threshold


def test_the_goal_of_the_fitness_is_the_environment_s() -> None:
    goal = create_optimizee(configure("mountain-car-continuous")).config.fitness.goal
    env = gymnasium.make("MountainCarContinuous-v0")
    assert goal == env.unwrapped.goal_position  # type: ignore[attr-defined]
    env.close()
