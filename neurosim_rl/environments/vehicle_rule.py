"""A hand-written controller of the vehicle: one part drives to the target, one turns from obstacles, one mixes them.

Each is a function of observations, shape (n_rows, n_sensors + 3), as `TargetReachingVehicle` gives them, and returns
speeds of the left and the right wheel in [-1, 1], shape (n_rows, 2): a policy, or the desired action of a teacher. It
remembers nothing and draws nothing. The split into a goal-approaching and an obstacle-avoiding part is that of Bing
et al. 2019; the formulas are ours, their constants found by trial on scenes of seeds 1 to 150.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurosim_rl.environments.vehicle import SENSOR_ANGLES_DEG
from neurosim_rl.settings.checks import check_shape

NEAR_M = 0.6
"""An obstacle straight ahead matters from this range on."""
TOUCH_M = 0.1
"""At this range and below, an obstacle is as near as can be."""


def approach_target(observations: np.ndarray) -> np.ndarray:
    """Return wheel speeds that turn to the target and drive there, as if nothing stood between.

    The turn is 0.4 a rad of bearing, 1 turning on the spot; the speed ahead is the bearing's cosine, or 0 where the
    target lies behind.
    """
    check_shape("observations", observations, ("n_rows", "n_sensors + 3"))
    sine, cosine = observations[:, -3], observations[:, -2]
    return _wheel_speeds(np.maximum(cosine, 0.0), 0.4 * np.arctan2(sine, cosine))


def avoid_obstacles(observations: np.ndarray, sensor_angles_deg: Sequence[float] = SENSOR_ANGLES_DEG) -> np.ndarray:
    """Return wheel speeds that turn away from the side with the nearest obstacle, the faster the nearer it is.

    If both sides are about equally near, the target's side is taken, and the left if it lies straight ahead. The
    speed ahead rises from 0 to 1 while the way ahead that each sensor leaves free, its range over the cosine of its
    angle, rises from 0.1 to 0.4 m. Without obstacles it goes straight on.
    """
    left, right = _nearness(observations, sensor_angles_deg)
    nearest = np.maximum(left, right)
    to_the_left = right - left + 0.1 * nearest * np.sign(observations[:, -3]) >= 0.0
    turn = 1.5 * np.where(to_the_left, nearest, -nearest)
    ahead = observations[:, :-3] / np.maximum(np.cos(np.radians(sensor_angles_deg)), 1e-9)
    return _wheel_speeds(np.clip((ahead.min(axis=1) - 0.1) / 0.3, 0.0, 1.0), turn)


def reach_target(observations: np.ndarray, sensor_angles_deg: Sequence[float] = SENSOR_ANGLES_DEG) -> np.ndarray:
    """Return the wheel speeds of `approach_target`, and the nearer an obstacle, the more those of `avoid_obstacles`.

    Parameters
    ----------
    observations : array, shape (n_rows, n_sensors + 3)
    sensor_angles_deg : sequence of float, shape (n_sensors,)
        Those of the environment. Sensors at 90 degrees and beyond are ignored.

    Raises
    ------
    ShapeError
        When observations and angles do not fit each other.
    """
    nearest = np.maximum(*_nearness(observations, sensor_angles_deg))
    avoidance = np.minimum(1.75 * nearest, 1.0)[:, None]
    approaching, avoiding = approach_target(observations), avoid_obstacles(observations, sensor_angles_deg)
    return (1.0 - avoidance) * approaching + avoidance * avoiding


def _nearness(observations: np.ndarray, sensor_angles_deg: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return how near the nearest obstacle is on the left and on the right, shapes (n_rows,), 0 (far) to 1.

    To the side it counts less, by the root of the cosine; beyond the target not at all.
    """
    check_shape("observations", observations, ("n_rows", len(sensor_angles_deg) + 3))
    angles = np.radians(sensor_angles_deg)
    ranges, distance = observations[:, :-3], observations[:, -1:]
    near = np.clip((NEAR_M - ranges) / (NEAR_M - TOUCH_M), 0.0, 1.0) * (ranges < distance)
    near = near * np.sqrt(np.maximum(np.cos(angles), 0.0))
    left = np.where(np.sin(angles) >= 0.0, near, 0.0).max(axis=1)
    right = np.where(np.sin(angles) <= 0.0, near, 0.0).max(axis=1)
    return left, right


def _wheel_speeds(ahead: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Return ``ahead - turn`` and ``ahead + turn``, slowed down in proportion where one would exceed 1."""
    speeds = np.stack([ahead - turn, ahead + turn], axis=1)
    return speeds / np.maximum(np.abs(speeds).max(axis=1, keepdims=True), 1.0)
