"""Paths of the vehicle, computed from recorded actions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurosim_rl.environments.spec import EnvironmentOptions, make
from neurosim_rl.environments.vehicle_scene import Scene
from neurosim_rl.settings.checks import check_shape


@dataclass(frozen=True)
class VehiclePath:
    """Path of the vehicle in one episode.

    Parameters
    ----------
    scene : Scene
    trail : array, shape (n_steps + 1, 2)
        x and y of the vehicle's centre before each step and after the last, in m.
    reached, collided : bool
        Reason for the end of the episode; if neither, the step limit.
    """

    scene: Scene
    trail: np.ndarray
    reached: bool
    collided: bool

    @property
    def outcome(self) -> str:
        """``"reached"``, ``"collided"`` or ``"late"``."""
        if self.reached:
            return "reached"
        return "collided" if self.collided else "late"


def path_of_actions(options: EnvironmentOptions, start_seed: int, actions: np.ndarray) -> VehiclePath:
    """Return the path of an episode; its scene and its positions depend only on the start seed and the actions.

    Parameters
    ----------
    options : EnvironmentOptions
        Options of a `TargetReachingVehicle`.
    start_seed : int
    actions : array, shape (n_steps, 2)
        Decoded actions; padding rows of NaN at the end are left out.
    """
    check_shape("actions", actions, ("n_steps", 2))
    env = make(options)
    _, info = env.reset(seed=start_seed)
    for action in actions[~np.isnan(actions[:, 0])].astype(np.float32):
        info = env.step(action)[-1]
    vehicle = env.unwrapped
    return VehiclePath(vehicle.scene, np.array(vehicle.trail), info["reached"], info["collided"])  # type: ignore[attr-defined]
