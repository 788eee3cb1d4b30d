"""Colour map over a grid of two observed variables."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.ticker import MaxNLocator

from neurosim_rl.analysis.labels import Labels, without_unit

if TYPE_CHECKING:
    from neurosim_rl.records.response_map import ResponseMap

LINE_WIDTH = 100
"""Characters in a line of a figure's title."""


def draw_map(
    ax: Axes,
    response_map: ResponseMap,
    values: np.ndarray,
    labels: Labels,
    **scale: Any,
) -> QuadMesh:
    """Draw values over the map's grid and label the axes.

    Parameters
    ----------
    ax : Axes
    response_map : ResponseMap
    values : array, shape (n_y, n_x)
        Value of each cell.
    labels : Labels
    **scale
        ``cmap``, ``vmin`` and ``vmax`` of Matplotlib.
    """
    mesh = ax.pcolormesh(response_map.x, response_map.y, values, **scale)
    name_axes(ax, response_map, labels)
    return mesh


def name_axes(ax: Axes, response_map: ResponseMap, labels: Labels) -> None:
    """Label the axes with the map's two variables, and give them the range of its cells."""
    x_axis, y_axis = response_map.axes
    ax.set_xlabel(labels.observations[x_axis])
    ax.set_ylabel(labels.observations[y_axis])
    ax.set_xlim(cell_edges(response_map.x))
    ax.set_ylim(cell_edges(response_map.y))
    ax.xaxis.set_major_locator(MaxNLocator(nbins=5))  # maps are narrow: more numbers would touch


def cell_edges(centres: np.ndarray) -> tuple[float, float]:
    """Return the start of the first cell of an axis, and the end of the last cell."""
    half = (centres[1] - centres[0]) / 2
    return float(centres[0] - half), float(centres[-1] + half)


def conditions(response_map: ResponseMap, labels: Labels) -> str:
    """Return the conditions of a map as text: the time of each observation, and the values of the other variables."""
    window = f"{response_map.window_ms:g} ms"
    held = f"from rest, each observation held for {response_map.n_windows} windows of {window}, the last one counted"
    if response_map.n_windows == 1:
        held = f"from rest, each observation held for one window of {window}"
    return held + other_variables(response_map, labels)


def other_variables(response_map: ResponseMap, labels: Labels) -> str:
    """Return the values of the variables that a map does not vary, as a line of text; empty: there are none."""
    others = []
    for k, (label, value) in enumerate(zip(labels.observations, response_map.fixed, strict=True)):
        if k not in response_map.axes:
            name = without_unit(label)
            others.append(f"{f'({name})' if ' = ' in name else name} = {value:.3g}")  # such as (key = 0) = 1
    if not others:
        return ""
    return "\n" + fill(f"other variables: {_shortened(others)}", LINE_WIDTH)


def _shortened(items: list[str], longest: int = 4) -> str:
    text = ", ".join(items[:longest])
    if len(items) > longest:
        text += f" and {len(items) - longest} more"
    return text
