"""Paths of the target-reaching vehicle among its obstacles."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from neurosim_rl.analysis.style import VERMILLION, axes_or_new, new_figure, styled
from neurosim_rl.environments.vehicle_drawing import ROBOT, TARGET, draw_scene
from neurosim_rl.environments.vehicle_paths import VehiclePath
from neurosim_rl.environments.vehicle_scene import ROBOT_RADIUS_M

N_COLUMNS = 5
PANEL_INCH = 2.4
END_COLOURS = {"reached": TARGET, "collided": VERMILLION, "late": ROBOT}


@styled
def plot_path(path: VehiclePath, *, ax: Axes | None = None) -> Axes:
    """Plot a scene and the path of the vehicle in it, in m.

    A dot marks the start, the outline of the robot the end: green: it reached the target; orange: it collided; blue:
    the time was over.

    Parameters
    ----------
    path : VehiclePath
    ax : Axes or None
        None: those of a new figure.
    """
    ax = draw_scene(path.scene, axes_or_new(ax, 4.0, 4.0))
    ax.plot(*path.trail.T, color=ROBOT, linewidth=1.2)
    ax.plot(*path.trail[0], "o", color=ROBOT, markersize=5)
    colour = END_COLOURS[path.outcome]
    end = tuple(path.trail[-1])
    ax.add_patch(Circle(end, ROBOT_RADIUS_M, facecolor="none", edgecolor=colour, linewidth=1.5, zorder=3))
    if path.collided:
        ax.plot(*end, "x", color=colour, markersize=7, markeredgewidth=2)
    return ax


@styled
def draw_paths(paths: Sequence[VehiclePath], start_seeds: Sequence[int], *, step_s: float, window_ms: float) -> Figure:
    """Draw the paths of several episodes, each in its own scene.

    Parameters
    ----------
    paths : sequence of VehiclePath
        At least one.
    start_seeds : sequence of int
        Start seeds of the episodes.
    step_s : float
        Time of an environment step in the vehicle's world, in s.
    window_ms : float
        Biological time of an environment step.
    """
    n_columns = min(N_COLUMNS, len(paths))
    n_rows = ceil(len(paths) / n_columns)
    figure = new_figure(PANEL_INCH * n_columns, (PANEL_INCH + 0.2) * n_rows + 1.0)
    axes = figure.subplots(n_rows, n_columns, squeeze=False, sharex=True, sharey=True)
    for ax in axes.flat[len(paths) :]:
        ax.remove()
    for path, seed, ax in zip(paths, start_seeds, axes.flat, strict=False):
        plot_path(path, ax=ax)
        ax.set_title(f"{seed}: {path.outcome} after {(len(path.trail) - 1) * step_s:.1f} s", fontsize="small")
        ax.label_outer()
    n_reached = sum(path.reached for path in paths)
    figure.suptitle(
        f"Paths from {len(paths)} start seeds, from the dot to the target (+): {n_reached} reach it\n"
        f"times: the vehicle's, {step_s * 1e3:g} ms an environment step, which is {window_ms:g} ms of biological time\n"
        "end: green where it was reached, orange with a cross where the robot collided, blue where time was over"
    )
    return figure
