"""Run on two legs, in a plane."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from neurosim_rl.optimizees.robot import Robot, robot_defaults
from neurosim_rl.settings.layers import combine

LIMBS = ("back thigh", "back shin", "back foot", "front thigh", "front shin", "front foot")


class HalfCheetah(Robot):
    """Gymnasium's ``HalfCheetah-v5``.

    Encoding, decoding and fitness: see :class:`Robot`.

    Source: Wawrzynski 2009, ICANNGA, a cat-like robot; in MuJoCo by Gymnasium: Towers et al. 2024, arXiv:2407.17032.

    Observation
    -----------
    Height (m) and angle (rad) of the front tip, angles of thigh, shin and foot of back and front leg (rad), velocity of
    the tip (m/s), and angular velocities of tip and legs (rad/s).

    Action
    ------
    Torques on thigh, shin and foot of back and front leg, in [-1, 1] N m.

    Genome
    ------
    30 neurons: 690 weights.

    Episode end
    -----------
    1000 steps. The reward of a step is the velocity to the right (m/s), minus 0.1 times the squared torques. Gymnasium
    calls a return of 4800 solved.

    Training by gradients
    ---------------------
    ``neurosim-rl train half-cheetah --learner ppo``: see :class:`Robot`, but a generation is 512 steps in each of 64
    environments, so that a larger share of the data comes from the beginning of episodes. There are 1 966 080 steps in
    all, with a constant learning rate. Training returns cover these 512 steps only; validation plays whole episodes.
    """

    observation_labels = (
        "height of front tip (m)",
        "angle of front tip (rad)",
        *(f"angle of {limb} (rad)" for limb in LIMBS),
        "x velocity of front tip (m/s)",
        "z velocity of front tip (m/s)",
        "angular velocity of front tip (rad/s)",
        *(f"angular velocity of {limb} (rad/s)" for limb in LIMBS),
    )
    action_labels = tuple(f"torque on {limb} (N m)" for limb in LIMBS)
    reward_part = "reward_forward"
    map_axes = (1, 8)
    solved_return = 4800.0
    learners: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "ppo": combine(
            Robot.learners["ppo"],
            {
                "generations": 60,
                "learning": {"environments": 64, "rollouts": 32, "mini_batches": 8, "annealing": 0.0},
            },
        )
    }

    defaults: ClassVar = robot_defaults(
        "half-cheetah", {"id": "HalfCheetah-v5"}, neurons=30, population=40, generations=120
    )
