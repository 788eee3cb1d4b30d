"""Hop on one leg."""

from __future__ import annotations

from typing import ClassVar

from neurosim_rl.optimizees.robot import Robot, robot_defaults


class Hopper(Robot):
    """Gymnasium's ``Hopper-v5``.

    Encoding, decoding and fitness: see :class:`Robot`.

    Source: Erez, Tassa & Todorov 2011, Robotics: Science and Systems VII; in MuJoCo by Gymnasium: Towers et al. 2024,
    arXiv:2407.17032.

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
    Torso lower than 0.7 m or tilted by more than 0.2 rad (failure), or 1000 steps. The reward of a step is 1, plus the
    velocity to the right (m/s), minus 0.001 times the squared torques. Gymnasium calls a return of 3800 solved.
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

    defaults: ClassVar = robot_defaults("hopper", {"id": "Hopper-v5"}, neurons=15, population=40, generations=150)
