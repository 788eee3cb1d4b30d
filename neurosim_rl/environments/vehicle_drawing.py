"""Pictures of the vehicle in its scene."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, sin

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Polygon

from neurosim_rl.environments.vehicle_scene import ROBOT_RADIUS_M, TARGET_RADIUS_M, Scene, rectangle_corners

ROBOT, TARGET, OBSTACLE, RAY = "#0072B2", "#009E73", "#999999", "#E69F00"
"""Colours of the palette of Okabe & Ito 2008."""

SIZE_INCH, DPI = 4.8, 100


def draw_scene(scene: Scene, ax: Axes) -> Axes:
    """Draw walls, obstacles and target into `ax`, and return it."""
    for x, y, radius in scene.circles:
        ax.add_patch(Circle((x, y), radius, color=OBSTACLE))
    for rectangle in scene.rectangles:
        ax.add_patch(Polygon(rectangle_corners(*rectangle), color=OBSTACLE))
    ax.add_patch(Circle(scene.target, TARGET_RADIUS_M, facecolor="none", edgecolor=TARGET, linewidth=2))
    ax.plot(*scene.target, "+", color=TARGET)
    ax.set(aspect="equal", xlim=(0, scene.arena_m), ylim=(0, scene.arena_m), xlabel="x (m)", ylabel="y (m)")
    return ax


def draw_robot(pose: tuple[float, float, float], angles: np.ndarray, ranges_m: np.ndarray, ax: Axes) -> Axes:
    """Draw the robot, its heading and the ranges of its sensors into `ax`, and return it.

    Parameters
    ----------
    pose : (float, float, float)
        x and y in m, heading in rad.
    angles : array, shape (n_sensors,)
        Directions of the sensors relative to the heading, in rad.
    ranges_m : array, shape (n_sensors,)
        Ranges of the sensors from the robot's rim.
    ax : Axes
    """
    x, y, heading = pose
    for angle, range_m in zip(heading + angles, ranges_m, strict=True):
        ends = np.array([ROBOT_RADIUS_M, ROBOT_RADIUS_M + range_m])
        ax.plot(x + ends * cos(angle), y + ends * sin(angle), color=RAY, linewidth=0.8)
    ax.add_patch(Circle((x, y), ROBOT_RADIUS_M, color=ROBOT, zorder=3))
    nose = [x, x + ROBOT_RADIUS_M * cos(heading)], [y, y + ROBOT_RADIUS_M * sin(heading)]
    ax.plot(*nose, color="white", linewidth=2, zorder=4)
    return ax


def image(
    scene: Scene,
    pose: tuple[float, float, float],
    trail: Sequence[tuple[float, float]],
    angles: np.ndarray,
    ranges_m: np.ndarray,
) -> np.ndarray:
    """Return a picture of the scene, the robot and its trail, shape (480, 480, 3), uint8."""
    canvas = FigureCanvasAgg(Figure(figsize=(SIZE_INCH, SIZE_INCH), dpi=DPI, layout="constrained"))
    ax = draw_scene(scene, canvas.figure.subplots())
    ax.plot(*np.transpose(trail), color=ROBOT, linewidth=1.2)
    draw_robot(pose, angles, ranges_m, ax)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
