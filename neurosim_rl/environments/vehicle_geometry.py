"""Plane geometry of the vehicle, compiled: motion, ranges of sensors, and distance to the nearest obstacle.

Obstacles are arrays: ``circles``, shape (n_circles, 3), centre x and y and radius; ``segments``, shape (n_segments, 4),
both ends x, y, x, y. All lengths in m, angles in rad, counter-clockwise from the x axis.
"""

from __future__ import annotations

from math import cos, inf, sin, sqrt

import numpy as np

from neurosim_rl.compilation import compiled

ROUNDING = 1e-12
"""Tolerance at the ends of segments: a ray through the common end of two segments must hit one, despite rounding."""


@compiled
def drive(
    x: float, y: float, heading: float, left_m: float, right_m: float, wheel_base_m: float
) -> tuple[float, float, float]:
    """Return x, y and heading after the wheels have rolled `left_m` and `right_m` at constant speeds, exactly.

    The path is an arc. An arc of length s that turns by a has a chord of length s sin(a / 2) / (a / 2), in the
    direction halfway. The heading is not wrapped. Source: Siegwart, Nourbakhsh & Scaramuzza 2011, Introduction to
    Autonomous Mobile Robots, ch. 5.
    """
    half_turn = 0.5 * (right_m - left_m) / wheel_base_m
    length = 0.5 * (left_m + right_m)
    chord = length
    if half_turn != 0.0:
        chord = length * sin(half_turn) / half_turn
    return x + chord * cos(heading + half_turn), y + chord * sin(heading + half_turn), heading + 2.0 * half_turn


@compiled
def _to_circle(x: float, y: float, dx: float, dy: float, circle: np.ndarray) -> float:
    """Return the length of a ray to a circle: 0 if it begins inside, infinite if it misses."""
    to_x, to_y = circle[0] - x, circle[1] - y
    along = to_x * dx + to_y * dy
    across = to_x * dy - to_y * dx
    squared = circle[2] * circle[2] - across * across
    if squared < 0.0:
        return inf
    half_chord = sqrt(squared)
    return max(along - half_chord, 0.0) if along + half_chord >= 0.0 else inf


@compiled
def _to_segment(x: float, y: float, dx: float, dy: float, segment: np.ndarray) -> float:
    """Return the length of a ray to a segment; infinite if it misses, or is parallel."""
    to_x, to_y = segment[0] - x, segment[1] - y
    along_x, along_y = segment[2] - segment[0], segment[3] - segment[1]
    cross = dx * along_y - dy * along_x
    if cross == 0.0:
        return inf
    length = (to_x * along_y - to_y * along_x) / cross
    share = (to_x * dy - to_y * dx) / cross
    return length if length >= 0.0 and -ROUNDING <= share <= 1.0 + ROUNDING else inf


@compiled
def ray_lengths(
    x: float, y: float, heading: float, angles: np.ndarray, circles: np.ndarray, segments: np.ndarray
) -> np.ndarray:
    """Return the distance from a point to the first obstacle on each ray, shape (n_angles,), m; infinite without one.

    Parameters
    ----------
    x, y, heading : float
    angles : array, shape (n_angles,)
        Directions of the rays relative to `heading`.
    circles, segments : array
    """
    lengths = np.full(len(angles), inf)
    for k in range(len(angles)):
        dx, dy = cos(heading + angles[k]), sin(heading + angles[k])
        for circle in circles:
            lengths[k] = min(lengths[k], _to_circle(x, y, dx, dy, circle))
        for segment in segments:
            lengths[k] = min(lengths[k], _to_segment(x, y, dx, dy, segment))
    return lengths


@compiled
def _squared_distance(x: float, y: float, segment: np.ndarray) -> float:
    """Return the squared distance of a point to a segment; the segment may be a single point."""
    to_x, to_y = x - segment[0], y - segment[1]
    along_x, along_y = segment[2] - segment[0], segment[3] - segment[1]
    squared = along_x * along_x + along_y * along_y
    share = (to_x * along_x + to_y * along_y) / squared if squared > 0.0 else 0.0
    share = min(max(share, 0.0), 1.0)
    return (to_x - share * along_x) ** 2 + (to_y - share * along_y) ** 2


@compiled
def clearance(x: float, y: float, circles: np.ndarray, segments: np.ndarray) -> float:
    """Return the distance from a point to the nearest obstacle, m: negative inside a circle; infinite without any."""
    squared = inf
    for segment in segments:
        squared = min(squared, _squared_distance(x, y, segment))
    nearest = sqrt(squared)
    for circle in circles:
        nearest = min(nearest, sqrt((circle[0] - x) ** 2 + (circle[1] - y) ** 2) - circle[2])
    return nearest


@compiled
def clearance_grid(centres: np.ndarray, circles: np.ndarray, segments: np.ndarray) -> np.ndarray:
    """Return the clearance at the points (centres[i], centres[j]), shape (n_centres, n_centres)."""
    grid = np.empty((len(centres), len(centres)))
    for i in range(len(centres)):
        for j in range(len(centres)):
            grid[i, j] = clearance(centres[i], centres[j], circles, segments)
    return grid
