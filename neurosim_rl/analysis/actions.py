"""Action map: the action of a controller at each observation of a grid, and the actions of an episode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import Normal, Stroke

from neurosim_rl.analysis.agreement import LEAST_AGREEMENT, agreement
from neurosim_rl.analysis.labels import Labels
from neurosim_rl.analysis.maps import cell_edges, draw_map, name_axes
from neurosim_rl.analysis.style import axes_or_new, colours, legend_beside, paler, signed_scale, styled

if TYPE_CHECKING:
    from neurosim_rl.records.response_map import ResponseMap


@styled
def plot_actions(
    response_map: ResponseMap,
    labels: Labels,
    *,
    dimension: int = 0,
    trajectory: np.ndarray | None = None,
    taken: np.ndarray | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Plot the action over two observed variables, and one episode's path through them where the map holds along it.

    The title gives the share of the episode's steps in which the map gives the action taken. Below `LEAST_AGREEMENT`
    no path is drawn: see `plot_taken`.

    Parameters
    ----------
    response_map : ResponseMap
    labels : Labels
    dimension : int
        Dimension of a Box action; its colours are centred on 0.
    trajectory : array of shape (n_steps + 1, n_observations) or None
        Observations of an episode, drawn from a circle to a square. Points beyond the map are moved to its edge, as
        encoders do.
    taken : array of shape (n_steps, n_dimensions) or None
        Actions of the episode, which colour the path. None: they are unknown; the path is black, and its agreement
        with the map is unknown.
    ax : Axes or None
        None: those of a new figure.
    """
    ax = axes_or_new(ax, 7.0, 3.6)
    actions = response_map.actions[..., dimension]
    patches: list[Any] = []
    if labels.discrete:
        patches = _draw_discrete(ax, response_map, actions - labels.first_action, labels)
    else:
        mesh = draw_map(ax, response_map, actions, labels, **_continuous_scale(response_map, dimension))
        _add_scale(ax, mesh, labels, dimension)
    lines: list[Line2D] = []
    if trajectory is not None and taken is None:
        lines = _draw_path(ax, response_map, trajectory)
    elif trajectory is not None and taken is not None:
        share = path_agreement(response_map, labels, trajectory, taken)[dimension]
        what = "action taken" if labels.discrete else "sign of the action taken"
        text = f"the map gives the {what}\nin {100 * share:.0f} % of the episode's steps"
        if share >= LEAST_AGREEMENT:
            lines = _draw_path(ax, response_map, trajectory)
            _draw_taken(ax, response_map, labels, dimension, trajectory, taken)
        else:
            text += ": no path drawn"
        ax.set_title(text, fontsize="medium")
    if labels.discrete:
        legend_beside(ax, handles=[*patches, *lines])
    return ax


@styled
def plot_taken(
    response_map: ResponseMap,
    labels: Labels,
    trajectory: np.ndarray,
    taken: np.ndarray,
    *,
    dimension: int = 0,
    ax: Axes | None = None,
) -> Axes:
    """Plot an episode's path over the axes of a map, coloured by the action taken; parameters as of `plot_actions`."""
    ax = axes_or_new(ax, 7.0, 3.6)
    name_axes(ax, response_map, labels)
    lines = _draw_path(ax, response_map, trajectory)
    dots = _draw_taken(ax, response_map, labels, dimension, trajectory, taken)
    if labels.discrete:
        legend_beside(ax, handles=lines)
    else:
        _add_scale(ax, dots, labels, dimension)
    ax.set_title("actions taken in the episode", fontsize="medium")
    return ax


def path_agreement(response_map: ResponseMap, labels: Labels, trajectory: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """Return the agreement of a map with an episode (see `agreement`), shape (n_dimensions,)."""
    return agreement(response_map, trajectory, taken, discrete=labels.discrete)


def _draw_discrete(ax: Axes, response_map: ResponseMap, chosen: np.ndarray, labels: Labels) -> list[Patch]:
    """Draw the chosen action of each cell; return the entries of the legend."""
    pale = [paler(colour) for colour in colours(len(labels.actions))]
    draw_map(ax, response_map, chosen, labels, cmap=ListedColormap(pale), vmin=-0.5, vmax=len(pale) - 0.5)
    patches = []
    for colour, name in zip(pale, labels.actions, strict=True):
        patches.append(Patch(color=colour, label=name))
    return patches


def _continuous_scale(response_map: ResponseMap, dimension: int) -> dict[str, Any]:
    """Return colours centred on 0; the limit is rounded: 1.999999998706 gives 2."""
    scale = signed_scale(response_map.actions[..., dimension])
    limit = float(f"{scale['vmax']:.4g}")
    return {**scale, "vmin": -limit, "vmax": limit}


def _add_scale(ax: Axes, shown: ScalarMappable, labels: Labels, dimension: int) -> None:
    ax.figure.colorbar(shown, ax=ax, label=labels.actions[dimension])


def _on_map(response_map: ResponseMap, trajectory: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x_axis, y_axis = response_map.axes
    x = np.clip(trajectory[:, x_axis], *cell_edges(response_map.x))
    y = np.clip(trajectory[:, y_axis], *cell_edges(response_map.y))
    return x, y


def _draw_path(ax: Axes, response_map: ResponseMap, trajectory: np.ndarray) -> list[Line2D]:
    """Draw the path of an episode; return the entries of the legend."""
    x, y = _on_map(response_map, trajectory)
    halo = [Stroke(linewidth=2.4, foreground="white"), Normal()]
    marker: dict[str, Any] = {"linestyle": "none", "markersize": 8, "markeredgecolor": "black", "clip_on": False}
    lines = ax.plot(x, y, color="black", linewidth=0.8, path_effects=halo, label="episode")
    lines += ax.plot(x[0], y[0], **marker, marker="o", markerfacecolor="white", zorder=5, label="start")
    lines += ax.plot(x[-1], y[-1], **marker, marker="s", markerfacecolor="black", zorder=5, label="end")
    return lines


def _draw_taken(
    ax: Axes, response_map: ResponseMap, labels: Labels, dimension: int, trajectory: np.ndarray, taken: np.ndarray
) -> ScalarMappable:
    """Draw a dot at each observation, coloured by the action that followed it."""
    x, y = _on_map(response_map, trajectory[: len(taken)])
    dots: dict[str, Any] = {"s": 14, "edgecolors": "black", "linewidths": 0.3, "zorder": 4}
    values = taken[:, dimension]
    if not labels.discrete:
        return ax.scatter(x, y, c=values, **_continuous_scale(response_map, dimension), **dots)
    palette = ListedColormap(colours(len(labels.actions)))
    limits: dict[str, Any] = {"vmin": -0.5, "vmax": len(labels.actions) - 0.5}
    return ax.scatter(x, y, c=values - labels.first_action, cmap=palette, **limits, **dots)
