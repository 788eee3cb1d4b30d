"""Balance a pole on a cart, in MuJoCo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from neurosim_rl.optimizees.robot import Robot, robot_defaults
from neurosim_rl.settings.layers import combine


class InvertedPendulum(Robot):
    """Gymnasium's ``InvertedPendulum-v5``.

    Encoding, decoding and fitness: see :class:`Robot`.

    Source: Barto, Sutton & Anderson 1983, IEEE Trans. Syst. Man Cybern. 13:834; in MuJoCo by Gymnasium: Towers et al.
    2024, arXiv:2407.17032.

    Observation
    -----------
    Position of the cart (m), angle of the pole (rad), and their velocities (m/s, rad/s).

    Action
    ------
    Force on the cart in [-3, 3] N.

    Genome
    ------
    8 neurons: 40 weights.

    Episode end
    -----------
    Pole beyond 0.2 rad (failure), or 1000 steps. The reward of a step is 1. Success: a return of at least 950.

    Training by gradients
    ---------------------
    See :class:`Robot`, but with a quarter of the steps.
    """

    observation_labels = (
        "cart position (m)",
        "pole angle (rad)",
        "cart velocity (m/s)",
        "pole angular velocity (rad/s)",
    )
    action_labels = ("force on cart (N)",)
    map_axes = (1, 3)
    solved_return = 950.0
    learners: ClassVar[Mapping[str, Mapping[str, Any]]] = {"ppo": combine(Robot.learners["ppo"], {"generations": 30})}

    defaults: ClassVar = robot_defaults(
        "inverted-pendulum", {"id": "InvertedPendulum-v5"}, neurons=8, population=16, generations=60
    )
