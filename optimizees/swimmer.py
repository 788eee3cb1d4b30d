"""Swim with two joints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from neurosim_rl.optimizees.robot import Robot, robot_defaults
from neurosim_rl.settings.layers import combine


class Swimmer(Robot):
    """Gymnasium's ``Swimmer-v5``.

    Encoding, decoding and fitness: see :class:`Robot`, but observations are not standardised: each is divided by a
    third of its largest absolute value in random play, which keeps the mirror symmetry. Neurons receive an additional
    200 pA, about half of their rheobase, so that small observations also cause spikes.

    Source: Coulom 2002, PhD thesis, Institut National Polytechnique de Grenoble; in MuJoCo by Gymnasium: Towers et al.
    2024, arXiv:2407.17032.

    Observation
    -----------
    Angle of the front tip and of the two rotors (rad), velocity of the tip (m/s), and angular velocities of all three
    (rad/s).

    Action
    ------
    Torques on the two rotors, in [-1, 1] N m.

    Genome
    ------
    12 neurons in 6 pairs of mirror images: 60 genes for 120 weights. So first gaits are straight on average.

    Episode end
    -----------
    1000 steps. The reward of a step is the velocity to the right (m/s), minus 0.0001 times the squared torques.
    Gymnasium calls a return of 360 solved.

    Training by gradients
    ---------------------
    See :class:`Robot`, but with larger initial actions and a longer horizon (discount, lambda): a stroke takes tens of
    steps, and its reward comes after it.
    """

    observation_labels = (
        "angle of front tip (rad)",
        "angle of first rotor (rad)",
        "angle of second rotor (rad)",
        "x velocity of tip (m/s)",
        "y velocity of tip (m/s)",
        "angular velocity of front tip (rad/s)",
        "angular velocity of first rotor (rad/s)",
        "angular velocity of second rotor (rad/s)",
    )
    action_labels = ("torque on first rotor (N m)", "torque on second rotor (N m)")
    reward_part = "reward_forward"
    map_axes = (1, 2)
    mirrored = (0, 1, 2, 4, 5, 6, 7)
    solved_return = 360.0
    learners: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "ppo": combine(Robot.learners["ppo"], {"learning": {"discount": 0.999, "gae_lambda": 0.995, "deviation": 1.0}})
    }

    defaults: ClassVar = combine(
        robot_defaults("swimmer", {"id": "Swimmer-v5"}, neurons=12, population=24, generations=100),
        {
            "model": {"mirror": True},
            "encoder": {"offset_pa": 200.0},
            "normalisation": {"name": "bounds", "gain": 3.0},
        },
    )
