"""Network in space: neurons at their positions, coloured by firing rate, and the synapses between them."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import offset_copy
from mpl_toolkits.mplot3d.art3d import Line3DCollection

from neurosim_rl.analysis.arrowheads import draw_heads
from neurosim_rl.analysis.style import BLUE, SEQUENTIAL, VERMILLION, new_figure, styled
from neurosim_rl.networks.network import Network
from neurosim_rl.settings.checks import check_shape

MOST_LINES = 1500
"""Most synapses that are drawn; of more synapses, the strongest are drawn."""
MOST_RINGS = 400
"""Most neurons of a network in which synapses of a neuron onto itself are drawn; more leave no space for rings."""
BEND = 0.18
"""Distance of a synapse from the straight line, as a share of its length; to the left, seen from its source."""
N_POINTS = 12
LINE_AREA, SHEET_AREA = 4000.0, 9000.0
"""Area for all neurons in points², on a line and on a sheet or in a block."""
ROUND_ARROW = r"$\circlearrowleft$"
WIDTHS = (0.8, 3.2)
"""Width of the weakest and the strongest synapse."""


@styled
def plot_space(network: Network, positions: np.ndarray, rate_hz: np.ndarray, *, ax: Any = None) -> Any:
    """Plot neurons at their positions, coloured by mean firing rate, and their synapses.

    Synapses bend to the left of their direction; in three dimensions they are straight. Arrowheads point to the target.
    Stronger synapses are wider. Neurons that are read out by an action have a black rim. Silent neurons are empty.

    Parameters
    ----------
    network : Network
        Network of one population.
    positions : array, shape (n_neurons, n_axes)
        Positions in steps of a grid of 1, 2 or 3 axes.
    rate_hz : array, shape (n_neurons,)
        Mean firing rate of each neuron in Hz.
    ax : Axes or None
        None: those of a new figure. For three axes, with ``projection="3d"``.
    """
    n_neurons, n_axes = positions.shape
    check_shape("rate_hz", rate_hz, (n_neurons,))
    if ax is None:
        ax = _new_axes(positions)
    pre, post, weight_pa = _synapses(network)
    n_all = len(pre)
    strongest = np.argsort(-np.abs(weight_pa), kind="stable")[:MOST_LINES][::-1]
    pre, post, weight_pa = pre[strongest], post[strongest], weight_pa[strongest]
    places = np.column_stack([positions, np.zeros(n_neurons)]) if n_axes == 1 else positions.astype(np.float64)
    selves = pre == post
    _draw_synapses(ax, places, pre[~selves], post[~selves], weight_pa[~selves])
    if n_neurons <= MOST_RINGS:
        _draw_selves(ax, places[pre[selves]], weight_pa[selves])
    _draw_neurons(ax, places, rate_hz, network, weight_pa)
    _name_axes(ax, n_axes)
    shown = f"{n_all} synapses" if n_all == len(pre) else f"the strongest {len(pre)} of {n_all} synapses"
    further = [
        name for name, values in (("read-in", network.read_in), ("read-out", network.readout)) if values is not None
    ]
    elsewhere = f"\n(without {' and '.join(further)}: see figure weights)" if further else ""
    ax.set_title(f"{n_neurons} neurons, {shown}{elsewhere}")
    return ax


def _new_axes(positions: np.ndarray) -> Any:
    if positions.shape[1] == 3:
        return new_figure(8.0, 6.2).subplots(subplot_kw={"projection": "3d"})
    if positions.shape[1] == 1:
        return new_figure(10.0, 4.4).subplots()
    return new_figure(8.0, 6.6).subplots()


def _synapses(network: Network) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return source, target and weight of all synapses that are not 0; neurons are counted through the populations."""
    first = network.first_neuron
    sources, targets, weights = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)]
    for p in network.projections:
        sources.append(first[p.source] + np.asarray(p.pre))
        targets.append(first[p.target] + np.asarray(p.post))
        weights.append(np.asarray(p.weight_pa))
    pre, post, weight_pa = np.concatenate(sources), np.concatenate(targets), np.concatenate(weights)
    there = weight_pa != 0
    return pre[there], post[there], weight_pa[there]


def _draw_synapses(ax: Any, places: np.ndarray, pre: np.ndarray, post: np.ndarray, weight_pa: np.ndarray) -> None:
    if not len(pre):
        return
    style: dict[str, Any] = {"colors": _colours(weight_pa), "linewidths": _widths(weight_pa), "alpha": 0.65}
    start, end = places[pre], places[post]
    middle = (start + end) / 2
    if places.shape[1] == 3:
        ax.add_collection3d(Line3DCollection(np.stack([start, end], axis=1), **style, zorder=1))
    else:
        control = _controls(start, end)
        ax.add_collection(LineCollection(list(_bent(start, control, end)), **style, zorder=1))
        middle = (middle + control) / 2
    draw_heads(ax, middle, end - start, _colours(weight_pa), _widths(weight_pa))


def _controls(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the control points of curves that bend to the left of the line from start to end, shape (n, 2)."""
    along = end - start
    is_arc = np.ptp(np.concatenate([start, end])[:, 1]) == 0  # on a line of neurons, flat arcs would hide each other
    left = np.column_stack([-along[:, 1], along[:, 0]]) * (1.0 if is_arc else 2 * BEND)
    return (start + end) / 2 + left


def _bent(start: np.ndarray, control: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return quadratic Bezier curves from starts to ends, shape (n, N_POINTS, 2)."""
    t = np.linspace(0.0, 1.0, N_POINTS)[None, :, None]
    return (1 - t) ** 2 * start[:, None] + 2 * t * (1 - t) * control[:, None] + t**2 * end[:, None]


def _draw_selves(ax: Any, places: np.ndarray, weight_pa: np.ndarray) -> None:
    """Draw a round arrow beside each neuron that is connected to itself: a ring would look like a neuron."""
    if len(places):
        style: dict[str, Any] = {"marker": ROUND_ARROW, "c": _colours(weight_pa), "linewidths": 0.3, "s": 70}
        if places.shape[1] == 3:
            ax.scatter(*(places + np.array([0.0, 0.0, 0.25])).T, **style)
        else:
            beside = offset_copy(ax.transData, ax.figure, 9, 9, units="points")
            ax.scatter(*places.T, transform=beside, zorder=2, **style)


def _draw_neurons(ax: Any, places: np.ndarray, rate_hz: np.ndarray, network: Network, weight_pa: np.ndarray) -> None:
    """Draw the neurons, and the legend of all that is drawn."""
    area = LINE_AREA if np.ptp(places[:, 1]) == 0 else SHEET_AREA
    size = float(np.clip(area / len(places), 6, 170))
    fires = rate_hz > 0
    acts = np.zeros(len(places), bool)
    if network.readout is not None:
        acts = (network.readout != 0).any(axis=1)
    rims, rim_width = np.where(acts, "black", "0.6"), float(np.clip(0.12 * np.sqrt(size), 0.3, 1.4))
    depth = {"depthshade": False} if places.shape[1] == 3 else {}
    shown = ax.scatter(
        *places[fires].T,
        c=rate_hz[fires],
        s=size,
        cmap=SEQUENTIAL,
        vmin=0.0,
        vmax=float(rate_hz.max()) or 1.0,
        edgecolors=rims[fires],
        linewidths=rim_width,
        zorder=3,
        **depth,
    )
    ax.scatter(*places[~fires].T, s=size, c="white", edgecolors=rims[~fires], linewidths=rim_width, zorder=3, **depth)
    pad = {"pad": 0.12, "shrink": 0.75} if places.shape[1] == 3 else {"pad": 0.02}
    ax.figure.colorbar(shown, ax=ax, label="mean firing rate (Hz)", **pad)
    ax.legend(
        handles=[*_legend(len(places) <= MOST_RINGS), *_width_legend(network, weight_pa)],
        loc="upper center",
        bbox_to_anchor=(0.5, -0.16 if area == LINE_AREA else -0.1),
        ncols=3,
    )


def _legend(with_rings: bool) -> list[Line2D]:
    dot: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 9}
    ring = Line2D([], [], linestyle="none", marker=ROUND_ARROW, markersize=8, color="0.3", label="onto itself")
    return [
        Line2D([], [], color=BLUE, linewidth=2, label="excitatory synapse"),
        Line2D([], [], color=VERMILLION, linewidth=2, label="inhibitory synapse"),
        *([ring] if with_rings else []),
        Line2D([], [], **dot, markerfacecolor="0.7", markeredgecolor="black", label="read out by an action"),
        Line2D([], [], **dot, markerfacecolor="0.7", markeredgecolor="0.6", label="not read out"),
        Line2D([], [], **dot, markerfacecolor="white", markeredgecolor="0.6", label="silent"),
    ]


def _width_legend(network: Network, weight_pa: np.ndarray) -> list[Line2D]:
    """Return entries for the width of the weakest and of the strongest synapse that is drawn."""
    if not len(weight_pa):
        return []
    size = np.abs(weight_pa)
    unit = network.weight_unit(network.projections[0])
    entries = []
    for name, value, width in zip(("weakest", "strongest"), (size.min(), size.max()), _widths_of(size), strict=True):
        entries.append(Line2D([], [], color="0.3", linewidth=width, label=f"{name}: {value:.3g} {unit}"))
    return entries


def _widths_of(size: np.ndarray) -> tuple[float, float]:
    """Return the widths of the weakest and of the strongest of some synapses."""
    widths = _widths(size)
    return float(widths[np.argmin(size)]), float(widths[np.argmax(size)])


def _name_axes(ax: Axes, n_axes: int) -> None:
    ax.set_xlabel("first axis (steps of the grid)" if n_axes > 1 else "place (steps of the grid)")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if n_axes == 1:
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        ax.margins(y=0.12)
        return
    ax.set_ylabel("second axis (steps of the grid)")
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    if n_axes == 3:
        ax.zaxis.set_major_locator(MaxNLocator(integer=True))  # type: ignore[attr-defined]
        ax.set_zlabel("third axis (steps of the grid)")  # type: ignore[attr-defined]
    else:
        ax.set_aspect("equal")


def _colours(weight_pa: np.ndarray) -> list[str]:
    return [BLUE if weight > 0 else VERMILLION for weight in weight_pa]


def _widths(weight_pa: np.ndarray) -> np.ndarray:
    low, high = WIDTHS
    return low + (high - low) * np.sqrt(np.abs(weight_pa) / np.abs(weight_pa).max())
