"""Walk on two legs, in a plane."""

from __future__ import annotations

from typing import ClassVar

from neurosim_rl.optimizees.robot import Robot, robot_defaults

LIMBS = ("thigh", "leg", "foot", "left thigh", "left leg", "left foot")


class Walker2d(Robot):
    """Gymnasium's ``Walker2d-v5``.

    Encoding, decoding and fitness: see :class:`Robot`.

    Source: Erez, Tassa & Todorov 2011, Robotics: Science and Systems VII; in MuJoCo by Gymnasium: Towers et al. 2024,
    arXiv:2407.17032.

    Observation
    -----------
    Height (m) and angle (rad) of the torso, angles of thigh, leg and foot of either side (rad), velocity of the torso
    (m/s), and angular velocities of torso and legs (rad/s).

    Action
    ------
    Torques on thigh, leg and foot of either side, in [-1, 1] N m.

    Genome
    ------
    30 neurons: 690 weights.

    Episode end
    -----------
    Torso not between 0.8 and 2 m, or tilted by more than 1 rad (failure), or 1000 steps. The reward of a step is 1,
    plus the velocity to the right (m/s), minus 0.001 times the squared torques. Gymnasium calls no return solved.
    """

    observation_labels = (
        "height of torso (m)",
        "angle of torso (rad)",
        *(f"angle of {limb} joint (rad)" for limb in LIMBS),
        "x velocity of torso (m/s)",
        "z velocity of torso (m/s)",
        "angular velocity of torso (rad/s)",
        *(f"angular velocity of {limb} hinge (rad/s)" for limb in LIMBS),
    )
    action_labels = tuple(f"torque on {limb} (N m)" for limb in LIMBS)
    reward_part = "reward_forward"
    map_axes = (1, 8)

    defaults: ClassVar = robot_defaults("walker2d", {"id": "Walker2d-v5"}, neurons=30, population=40, generations=200)
