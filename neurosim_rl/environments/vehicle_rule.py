"""A hand-written controller of the vehicle, as a policy or as a teacher: approach the target, avoid obstacles, or both.

Each function maps observations of `TargetReachingVehicle`, shape (n_rows, n_sensors + 3), to the speeds of the left and
the right wheel in [-1, 1], shape (n_rows, 2). The functions have no state and no randomness. Bing et al. 2019 divide
the task into goal approaching and obstacle avoidance in the same way; the formulas here are not theirs, and their
constants were found by trial on scenes of seeds 1 to 150.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurosim_rl.environments.vehicle import SENSOR_ANGLES_DEG
from neurosim_rl.settings.checks import check_shape

NEAR_M = 0.6
"""Range below which an obstacle straight ahead has an effect."""
TOUCH_M = 0.1
"""Range below which the effect of an obstacle is largest."""


def approach_target(observations: np.ndarray) -> np.ndarray:
    """Return wheel speeds that turn to the target and drive there, without regard to obstacles.

    The turn is 0.4 for each rad of bearing (1 = turning on the spot). The speed ahead is the cosine of the bearing, or
    0 if the target lies behind.
    """
    check_shape("observations", observations, ("n_rows", "n_sensors + 3"))
    sine, cosine = observations[:, -3], observations[:, -2]
    return _wheel_speeds(np.maximum(cosine, 0.0), 0.4 * np.arctan2(sine, cosine))


def avoid_obstacles(observations: np.ndarray, sensor_angles_deg: Sequence[float] = SENSOR_ANGLES_DEG) -> np.ndarray:
    """Return wheel speeds that turn away from the side with the nearest obstacle; the turn is faster at short range.

    If both sides are about equally near, the turn is to the side of the target, or to the left if the target is
    straight ahead. The free way ahead of a sensor is its range over the cosine of its angle. The speed ahead rises from
    0 to 1 while the shortest free way rises from 0.1 to 0.4 m. Without obstacles, the robot drives straight ahead.
    """
    left, right = _nearness(observations, sensor_angles_deg)
    nearest = np.maximum(left, right)
    to_the_left = right - left + 0.1 * nearest * np.sign(observations[:, -3]) >= 0.0
    turn = 1.5 * np.where(to_the_left, nearest, -nearest)
    ahead = observations[:, :-3] / np.maximum(np.cos(np.radians(sensor_angles_deg)), 1e-9)
    return _wheel_speeds(np.clip((ahead.min(axis=1) - 0.1) / 0.3, 0.0, 1.0), turn)


def reach_target(observations: np.ndarray, sensor_angles_deg: Sequence[float] = SENSOR_ANGLES_DEG) -> np.ndarray:
    """Return a mixture of `approach_target` and `avoid_obstacles`; near obstacles increase the weight of the latter.

    Parameters
    ----------
    observations : array, shape (n_rows, n_sensors + 3)
    sensor_angles_deg : sequence of float, shape (n_sensors,)
        Sensor angles of the environment. Sensors at 90 degrees and beyond are ignored.

    Raises
    ------
    ShapeError
        When the numbers of sensors in observations and angles differ.
    """
    nearest = np.maximum(*_nearness(observations, sensor_angles_deg))
    avoidance = np.minimum(1.75 * nearest, 1.0)[:, None]
    approaching, avoiding = approach_target(observations), avoid_obstacles(observations, sensor_angles_deg)
    return (1.0 - avoidance) * approaching + avoidance * avoiding


def _nearness(observations: np.ndarray, sensor_angles_deg: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearness of the nearest obstacle on the left and on the right, shape (n_rows,) each, 0 (far) to 1.

    An obstacle to the side counts less, by the square root of the cosine. An obstacle beyond the target does not count.
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
    """Return ``ahead - turn`` and ``ahead + turn``, both scaled down if one would exceed 1."""
    speeds = np.stack([ahead - turn, ahead + turn], axis=1)
    return speeds / np.maximum(np.abs(speeds).max(axis=1, keepdims=True), 1.0)
