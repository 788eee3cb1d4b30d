"""Hop on one leg."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from neurosim_rl.optimizees.robot import Robot, robot_defaults


class Hopper(Robot):
    """Gymnasium's ``Hopper-v5``.

    Encoding, decoding and fitness: as of every :class:`Robot`.

    Observation
    -----------
    Height of the torso (m), angles of torso, thigh, leg and foot (rad), velocity of the torso (m/s), and angular
    velocities of all four (rad/s).

    Action
    ------
    Torques on thigh, leg and foot, in [-1, 1] N m.

    Genome
    ------
    15 neurons: 210 weights.

    Episode end
    -----------
    Torso lower than 0.7 m or tilted by more than 0.2 rad (failure), or 1000 steps; each is worth 1, plus the velocity
    to the right (m/s), minus 0.001 times the squared torques. Gymnasium calls a return of 3800 solved.

    Training by gradients
    ---------------------
    ``neurosim-rl train hopper --learner ppo``: observations as they are, since random play falls before it has seen
    what hopping looks like; a generation is 512 steps in each of 64 environments; 1 966 080 steps in all. Returns of
    training are of no more than these 512 steps; validation plays whole episodes.
    """

    observation_labels = (
        "height of torso (m)",
        "angle of torso (rad)",
        "angle of thigh joint (rad)",
        "angle of leg joint (rad)",
        "angle of foot joint (rad)",
        "x velocity of torso (m/s)",
        "z velocity of torso (m/s)",
        "angular velocity of torso (rad/s)",
        "angular velocity of thigh hinge (rad/s)",
        "angular velocity of leg hinge (rad/s)",
        "angular velocity of foot hinge (rad/s)",
    )
    action_labels = ("torque on thigh (N m)", "torque on leg (N m)", "torque on foot (N m)")
    reward_part = "reward_forward"
    map_axes = (1, 5)
    solved_return = 3800.0
    learners: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "ppo": {
            "generations": 60,
            "normalisation": {"name": "none"},
            "learning": {
                "environments": 64,
                "rollouts": 32,
                "updates": 16,
                "epochs": 10,
                "mini_batches": 8,
                "learning_rate": 5e-4,
                "reward_scale": 0.02,
                "value_loss_scale": 0.5,
                "gradient_clip": 0.5,
            },
        }
    }

    defaults: ClassVar = robot_defaults("hopper", {"id": "Hopper-v5"}, neurons=15, population=40, generations=150)
