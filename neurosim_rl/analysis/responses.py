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

from neurosim_rl.analysis.actions import plot_actions
from neurosim_rl.analysis.labels import Labels
from neurosim_rl.analysis.maps import conditions, draw_map, other_variables
from neurosim_rl.analysis.style import SEQUENTIAL, axes_or_new, new_figure, styled

if TYPE_CHECKING:
    from neurosim_rl.records.response_map import ResponseMap

COUNT_COLUMNS, ACTION_COLUMNS = 4, 3
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
    scale, limits = colormaps[SEQUENTIAL].resampled(highest + 1), (-0.5, highest + 0.5)
    mesh = draw_map(ax, response_map, response_map.counts[..., output], labels, scale=scale, limits=limits)
    ax.set_title(fill(labels.outputs[output], TITLE_WIDTH))
    if colorbar:
        _add_count_scale(mesh, [ax], response_map)
    return ax


@styled
def draw_responses(response_map: ResponseMap, labels: Labels, *, trajectory: np.ndarray | None = None) -> Figure:
    """Draw the maps of all output neurons, and below them the action map with the path of an episode.

    A policy without neurons, and a decoder that reads membranes, have the action map only.

    Parameters
    ----------
    response_map : ResponseMap
    labels : Labels
    trajectory : array of shape (n_steps + 1, n_observations) or None
        Observations of an episode.
    """
    n_outputs, n_dimensions = len(labels.outputs), response_map.actions.shape[2]
    n_rows = -(-n_outputs // COUNT_COLUMNS), -(-n_dimensions // ACTION_COLUMNS)
    heights = [0.8 + COUNT_INCH * n_rows[0]] * bool(n_outputs) + [0.4 + ACTION_INCH * n_rows[1]]
    figure = new_figure(WIDTH_INCH, sum(heights))
    *above, below = figure.subfigures(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
    for part in above:
        _draw_counts(part, response_map, labels)
    _draw_actions(below, response_map, labels, trajectory)
    return figure


def _draw_counts(figure: SubFigure, response_map: ResponseMap, labels: Labels) -> None:
    axes = _grid(figure, response_map.counts.shape[2], COUNT_COLUMNS)
    for output, ax in enumerate(axes):
        plot_counts(response_map, output, labels, colorbar=False, ax=ax)
    _add_count_scale(axes[0].collections[0], axes, response_map)
    _label_outer(axes, COUNT_COLUMNS)
    figure.suptitle(f"Spikes of each output neuron: {conditions(response_map, labels)}")


def _draw_actions(figure: SubFigure, response_map: ResponseMap, labels: Labels, trajectory: np.ndarray | None) -> None:
    axes = _grid(figure, response_map.actions.shape[2], ACTION_COLUMNS)
    for dimension, ax in enumerate(axes):
        plot_actions(response_map, labels, dimension=dimension, trajectory=trajectory, ax=ax)
    _label_outer(axes, ACTION_COLUMNS)
    if trajectory is not None and not labels.discrete:
        figure.legend(handles=[*axes[0].lines], loc="outside lower center", ncols=3)
    title = "Resulting action" if labels.outputs else "Action"
    if trajectory is not None:
        title += ", and the path of one recorded episode"
    # With output neurons, the title of their maps states the conditions.
    if not labels.outputs:
        has_neurons = response_map.counts.shape[2] > 0
        title += "\n" + conditions(response_map, labels) if has_neurons else other_variables(response_map, labels)
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
