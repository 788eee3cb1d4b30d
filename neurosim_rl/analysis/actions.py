"""Action map: the action of a controller at each observation of a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import Normal, Stroke

from neurosim_rl.analysis.labels import Labels
from neurosim_rl.analysis.maps import cell_edges, draw_map
from neurosim_rl.analysis.style import DIVERGING, axes_or_new, colours, legend_beside, paler, styled

if TYPE_CHECKING:
    from neurosim_rl.records.response_map import ResponseMap


@styled
def plot_actions(
    response_map: ResponseMap,
    labels: Labels,
    *,
    dimension: int = 0,
    trajectory: np.ndarray | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Plot the action over two observed variables, and one episode's path through them.

    Parameters
    ----------
    response_map : ResponseMap
    labels : Labels
    dimension : int
        Dimension of a Box action; its colours are centred on 0.
    trajectory : array of shape (n_steps + 1, n_observations) or None
        Observations of an episode, drawn from a circle to a square. Points beyond the map are moved to its edge, as
        encoders do.
    ax : Axes or None
        None: those of a new figure.
    """
    ax = axes_or_new(ax, 7.0, 3.6)
    actions = response_map.actions[..., dimension]
    lines = [] if trajectory is None else _draw_path(ax, response_map, trajectory)
    if labels.discrete:
        patches = _draw_discrete(ax, response_map, actions - labels.first_action, labels)
        legend_beside(ax, handles=[*patches, *lines])
    else:
        _draw_continuous(ax, response_map, actions, labels, labels.actions[dimension])
    return ax


def _draw_discrete(ax: Axes, response_map: ResponseMap, chosen: np.ndarray, labels: Labels) -> list[Patch]:
    """Draw the chosen action of each cell; return the entries of the legend."""
    pale = [paler(colour) for colour in colours(len(labels.actions))]
    draw_map(ax, response_map, chosen, labels, scale=ListedColormap(pale), limits=(-0.5, len(pale) - 0.5))
    patches = []
    for colour, name in zip(pale, labels.actions, strict=True):
        patches.append(Patch(color=colour, label=name))
    return patches


def _draw_continuous(ax: Axes, response_map: ResponseMap, actions: np.ndarray, labels: Labels, name: str) -> None:
    limit = float(f"{np.abs(actions).max():.4g}") or 1.0  # rounded: 1.999999998706 gives 2
    mesh = draw_map(ax, response_map, actions, labels, scale=colormaps[DIVERGING], limits=(-limit, limit))
    ax.figure.colorbar(mesh, ax=ax, label=name)


def _draw_path(ax: Axes, response_map: ResponseMap, trajectory: np.ndarray) -> list[Line2D]:
    """Draw the path of an episode over the map; return the entries of the legend."""
    x_axis, y_axis = response_map.axes
    x = np.clip(trajectory[:, x_axis], *cell_edges(response_map.x))
    y = np.clip(trajectory[:, y_axis], *cell_edges(response_map.y))
    halo = [Stroke(linewidth=3.0, foreground="white"), Normal()]
    marker: dict[str, Any] = {"linestyle": "none", "markersize": 8, "markeredgecolor": "black", "clip_on": False}
    lines = ax.plot(x, y, color="black", linewidth=1.2, path_effects=halo, label="episode")
    lines += ax.plot(x[0], y[0], **marker, marker="o", markerfacecolor="white", label="start")
    lines += ax.plot(x[-1], y[-1], **marker, marker="s", markerfacecolor="black", label="end")
    return lines
