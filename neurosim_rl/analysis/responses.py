"""Response map: spikes of each output neuron and the action, at each observation of a grid."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from neurosim_rl.analysis.actions import path_agreement, plot_actions, plot_taken
from neurosim_rl.analysis.agreement import LEAST_AGREEMENT
from neurosim_rl.analysis.labels import Labels
from neurosim_rl.analysis.maps import conditions, draw_map, other_variables
from neurosim_rl.analysis.style import SEQUENTIAL, axes_or_new, new_figure, styled

if TYPE_CHECKING:
    from neurosim_rl.records.response_map import ResponseMap

COUNT_COLUMNS, ACTION_COLUMNS = 4, 3
MOST_MAPS = 12
"""Most output neurons with a map of their own."""
TITLE_WIDTH = 24
"""Characters in a line of a map's title."""
WIDTH_INCH, COUNT_INCH, ACTION_INCH = 10.0, 2.6, 3.2


@styled
def plot_counts(
    response_map: ResponseMap,
    output: int,
    labels: Labels,
    *,
    colorbar: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Plot one output neuron's spike count over two observed variables.

    All neurons of a map share one scale, with one colour for each count from 0 to the largest.

    Parameters
    ----------
    response_map : ResponseMap
    output : int
        Number of the output neuron.
    labels : Labels
    colorbar : bool
        Whether to draw the scale beside the axes.
    ax : Axes or None
        None: those of a new figure.
    """
    ax = axes_or_new(ax, 5.0, 3.6)
    highest = max(int(response_map.counts.max()), 1)
    scale = {"cmap": colormaps[SEQUENTIAL].resampled(highest + 1), "vmin": -0.5, "vmax": highest + 0.5}
    mesh = draw_map(ax, response_map, response_map.counts[..., output], labels, **scale)
    ax.set_title(fill(labels.outputs[output], TITLE_WIDTH))
    if colorbar:
        _add_count_scale(mesh, [ax], response_map)
    return ax


@styled
def draw_responses(
    response_map: ResponseMap,
    labels: Labels,
    *,
    trajectory: np.ndarray | None = None,
    taken: np.ndarray | None = None,
) -> Figure:
    """Draw the maps of the output neurons, and below them the action maps with the path of an episode.

    Output neurons with the same count everywhere have no map; of more than `MOST_MAPS` others, those that vary most
    have one. The title says so. A policy without neurons, and a decoder that reads membranes, have the action maps
    only. An episode along which an action map does not hold has axes of its own beside that map.

    Parameters
    ----------
    response_map : ResponseMap
    labels : Labels
    trajectory : array of shape (n_steps + 1, n_observations) or None
        Observations of an episode.
    taken : array of shape (n_steps, n_dimensions) or None
        Its actions (see `plot_actions`).
    """
    shown = shown_outputs(response_map) if labels.outputs else []
    apart = _dimensions_apart(response_map, labels, trajectory, taken)
    n_actions = response_map.actions.shape[2] + len(apart)
    n_rows = -(-len(shown) // COUNT_COLUMNS), -(-n_actions // ACTION_COLUMNS)
    heights = [0.8 + COUNT_INCH * n_rows[0]] * bool(shown) + [0.4 + ACTION_INCH * n_rows[1]]
    figure = new_figure(WIDTH_INCH, sum(heights))
    *above, below = figure.subfigures(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
    for part in above:
        _draw_counts(part, response_map, labels, shown)
    _draw_actions(below, response_map, labels, trajectory, taken, apart)
    return figure


def shown_outputs(response_map: ResponseMap) -> list[int]:
    """Return the output neurons that get a map: up to `MOST_MAPS` of those with different counts, those that vary most.

    They are in their own order.
    """
    deviation = response_map.counts.std(axis=(0, 1))
    most = np.argsort(-deviation, kind="stable")[:MOST_MAPS]
    return sorted(int(k) for k in most if deviation[k] > 0)


def _dimensions_apart(
    response_map: ResponseMap, labels: Labels, trajectory: np.ndarray | None, taken: np.ndarray | None
) -> list[int]:
    """Return the dimensions of the action where the map does not hold along the episode."""
    if trajectory is None or taken is None:
        return []
    share = path_agreement(response_map, labels, trajectory, taken)
    return [int(k) for k in np.flatnonzero(share < LEAST_AGREEMENT)]


def _draw_counts(figure: SubFigure, response_map: ResponseMap, labels: Labels, shown: Sequence[int]) -> None:
    axes = _grid(figure, len(shown), COUNT_COLUMNS)
    for output, ax in zip(shown, axes, strict=True):
        plot_counts(response_map, output, labels, colorbar=False, ax=ax)
    _add_count_scale(axes[0].collections[0], axes, response_map)
    _label_outer(axes, COUNT_COLUMNS)
    title = f"Spikes of each output neuron: {conditions(response_map, labels)}"
    figure.suptitle(title + _left_out(response_map, shown))


def _left_out(response_map: ResponseMap, shown: Sequence[int]) -> str:
    """Return how many output neurons have no map, and why, as a line of a title; empty: none."""
    constant = int((response_map.counts.std(axis=(0, 1)) == 0).sum())
    fewer = response_map.counts.shape[2] - constant - len(shown)
    reasons = []
    if fewer:
        reasons.append(f"{fewer} neurons that vary less")
    if constant:
        reasons.append(f"{constant} with the same count everywhere")
    return f"\nwithout a map: {', '.join(reasons)}" if reasons else ""


def _draw_actions(
    figure: SubFigure,
    response_map: ResponseMap,
    labels: Labels,
    trajectory: np.ndarray | None,
    taken: np.ndarray | None,
    apart: Sequence[int],
) -> None:
    n_dimensions = response_map.actions.shape[2]
    axes = _grid(figure, n_dimensions + len(apart), ACTION_COLUMNS)
    remaining = iter(axes)
    for dimension in range(n_dimensions):
        plot_actions(response_map, labels, dimension=dimension, trajectory=trajectory, taken=taken, ax=next(remaining))
        if dimension in apart and trajectory is not None and taken is not None:
            plot_taken(response_map, labels, trajectory, taken, dimension=dimension, ax=next(remaining))
    _label_outer(axes, ACTION_COLUMNS)
    if trajectory is not None and not labels.discrete:
        with_path = next(ax for ax in axes if ax.lines)
        figure.legend(handles=[*with_path.lines], loc="outside lower center", ncols=3)
    title = "Resulting action" if labels.outputs else "Action"
    if trajectory is not None:
        title += ", and one recorded episode (dots: the action taken)" if taken is not None else ", and one episode"
    # With maps of output neurons, the title of these states the conditions.
    if not (labels.outputs and shown_outputs(response_map)):
        has_neurons = response_map.counts.shape[2] > 0
        title += "\n" + conditions(response_map, labels) if has_neurons else other_variables(response_map, labels)
        if labels.outputs:
            title += "\neach output neuron has the same count everywhere"
    figure.suptitle(title)


def _grid(figure: SubFigure, n: int, n_columns: int) -> list[Axes]:
    """Return `n` axes in rows."""
    n_columns = min(n, n_columns)
    axes = figure.subplots(-(-n // n_columns), n_columns, squeeze=False).ravel()
    for ax in axes[n:]:
        ax.remove()
    return [*axes[:n]]


def _label_outer(axes: Sequence[Axes], n_columns: int) -> None:
    """Keep y labels at the left, and x labels where no axes follow below."""
    for k, ax in enumerate(axes):
        if k % n_columns:
            ax.set_ylabel("")
            ax.tick_params(labelleft=False)
        if k + n_columns < len(axes):
            ax.set_xlabel("")
            ax.tick_params(labelbottom=False)


def _add_count_scale(mesh: ScalarMappable, axes: Sequence[Axes], response_map: ResponseMap) -> None:
    n_rows = -(-len(axes) // COUNT_COLUMNS)
    label = f"spikes in {response_map.window_ms:g} ms"
    axes[0].figure.colorbar(mesh, ax=list(axes), label=label, ticks=MaxNLocator(integer=True), aspect=20 * n_rows)
