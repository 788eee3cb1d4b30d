"""The vehicle's task: its teacher, who learns, and what counts as success."""

from dataclasses import replace
from typing import Any

import numpy as np

from neurosim_rl.environments.vehicle_rule import approach_target, reach_target
from neurosim_rl.evaluation.unseen_starts import evaluate_random_policy, evaluate_rule
from neurosim_rl.optimizees import create_optimizee, learner_settings
from neurosim_rl.training.configure import configure, layered_settings


def test_the_teacher_reaches_nearly_every_target_and_chance_none() -> None:
    optimizee = create_optimizee(configure("target-reaching-vehicle"))
    rule = evaluate_rule(optimizee, first_seed=50, episodes=40)
    assert rule.success_rate is not None
    assert rule.success_rate >= 0.95
    chance = evaluate_random_policy(optimizee, first_seed=50, episodes=40).success_rate
    assert chance is not None
    assert chance <= 0.05


def test_success_is_arrival_and_neither_collision_nor_lateness() -> None:
    optimizee = create_optimizee(configure("target-reaching-vehicle"))
    played = optimizee.play(
        [np.zeros(optimizee.parameters.size)], optimizee.evaluation_elements([1]), training=False
    ).episodes
    # Six metres gained and arrived, arrived by a detour; six metres gained and collided, and late.
    arrays: dict[str, Any] = {
        "returns": np.array([16.0, 14.0, -4.0, 6.0]),
        "terminated": np.array([True, True, True, False]),
    }
    np.testing.assert_array_equal(optimizee.successes(replace(played, **arrays)), [True, True, False, False])


def test_the_teacher_knows_the_angles_of_the_sensors() -> None:
    kwargs = {"sensor_angles_deg": [60.0, 0.0, -60.0]}
    optimizee = create_optimizee(layered_settings("target-reaching-vehicle", {"environment": {"kwargs": kwargs}}))
    observations = np.array([[0.3, 2.0, 2.0, 0.5, 0.8, 3.0]])
    expected = reach_target(observations, (60.0, 0.0, -60.0))
    np.testing.assert_array_equal(optimizee.rule(observations), expected)
    assert not np.array_equal(expected, approach_target(observations))


def test_only_synapses_onto_motor_neurons_learn() -> None:
    optimizee = create_optimizee(configure("target-reaching-vehicle", {"learning": {"episodes": 1}}))
    vector = optimizee.parameters.to_vector(optimizee.create_individual())
    played = optimizee.play([vector], optimizee.training_elements(0, [0])[:1])
    assert played.learned is not None
    assert 0.5 < (played.learned[0] != vector).mean() < 1.0  # fields of what was not met stay as they were
    assert optimizee.parameters.size == 48 * 16 + 24 * 16


def test_it_trains_as_it_evolves() -> None:
    by_default = configure("target-reaching-vehicle")
    assert by_default.optimizer.name == "inherit"
    assert by_default.learning.critic.name == "teacher"
    assert configure("target-reaching-vehicle", learner_settings("target-reaching-vehicle", "r-stdp")) == by_default


def test_what_is_validated_does_not_learn() -> None:
    optimizee = create_optimizee(configure("target-reaching-vehicle"))
    vector = optimizee.parameters.to_vector(optimizee.create_individual())
    assert optimizee.play([vector], optimizee.evaluation_elements([3]), training=False).learned is None


def test_learning_from_a_few_scenes_lets_it_reach_targets() -> None:
    layer = {"seed": 5, "episodes": 2, "learning": {"episodes": 8}}
    optimizee = create_optimizee(configure("target-reaching-vehicle", layer))
    before = optimizee.parameters.to_vector(optimizee.create_individual())
    played = optimizee.play([before], optimizee.training_elements(0, [0]))
    assert played.learned is not None
    unseen = optimizee.evaluation_elements(range(500, 520))
    reached = [
        optimizee.successes(optimizee.play([vector], unseen, training=False).episodes)
        for vector in (before, played.learned.mean(axis=0))
    ]
    assert reached[0] is not None
    assert reached[0].mean() <= 0.1
    assert reached[1] is not None
    assert reached[1].mean() >= 0.5
