"""Walk on four legs."""

from __future__ import annotations

from typing import ClassVar

from neurosim_rl.optimizees.robot import Robot, robot_defaults

OBSERVED_LEGS = ("front left", "front right", "back left", "back right")
MOVED_LEGS = ("back right", "front left", "front right", "back left")


class Ant(Robot):
    """Gymnasium's ``Ant-v5``.

    Encoding, decoding and fitness: see :class:`Robot`.

    Source: Schulman et al. 2016, arXiv:1506.02438; in MuJoCo by Gymnasium: Towers et al. 2024, arXiv:2407.17032.

    Observation
    -----------
    Height (m) and orientation (quaternion) of the torso, angles of hip and ankle of four legs (rad), velocity (m/s) and
    angular velocity (rad/s) of the torso, angular velocities of the legs (rad/s). The 78 contact forces are left out;
    ``environment.kwargs.include_cfrc_ext_in_observation = true`` adds them. The cost of contacts is the same.

    Action
    ------
    Torques on hip and ankle of four legs, in [-1, 1] N m.

    Genome
    ------
    32 neurons: 1120 weights.

    Episode end
    -----------
    Torso not between 0.2 and 1 m (failure), or 1000 steps. The reward of a step is 1, plus the velocity to the right
    (m/s), minus 0.5 times the squared torques and 0.0005 times the squared contact forces. So an ant that does not move
    gets a return of nearly 1000. Gymnasium calls a return of 6000 solved.
    """

    observation_labels = (
        "height of torso (m)",
        *(f"{axis}-orientation of torso (quaternion)" for axis in "wxyz"),
        *(f"angle of {leg} {joint} (rad)" for leg in OBSERVED_LEGS for joint in ("hip", "ankle")),
        *(f"{axis} velocity of torso (m/s)" for axis in "xyz"),
        *(f"{axis} angular velocity of torso (rad/s)" for axis in "xyz"),
        *(f"angular velocity of {leg} {joint} (rad/s)" for leg in OBSERVED_LEGS for joint in ("hip", "ankle")),
    )
    action_labels = tuple(f"torque on {leg} {joint} (N m)" for leg in MOVED_LEGS for joint in ("hip", "ankle"))
    reward_part = "reward_forward"
    map_axes = (13, 14)
    solved_return = 6000.0

    defaults: ClassVar = robot_defaults(
        "ant",
        {"id": "Ant-v5", "kwargs": {"include_cfrc_ext_in_observation": False}},
        neurons=32,
        population=40,
        generations=200,
    )
