"""Spikes of all neurons during one episode, as marks or as firing rates."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurosim_rl.analysis.labels import Labels
from neurosim_rl.analysis.panels import Curve, action_panels
from neurosim_rl.analysis.style import GREEN, GREY, ORANGE, PURPLE, SEQUENTIAL, SKY, axes_or_new, new_figure, styled
from neurosim_rl.networks.network import Network

if TYPE_CHECKING:
    from neurosim_rl.records.recording import Recording
    from neurosim_rl.records.spikes import Spikes

POPULATION_COLOURS = (GREEN, PURPLE, ORANGE, SKY)
LONGEST_S = 5.0
"""Longest biological time that a figure shows legibly, in s."""
MOST_SPIKES = 250
"""Most spikes of a neuron that its row shows as separate marks."""
NAME_INCH = 0.13
"""Height of a name at the right; lower rows have no name."""


@styled
def plot_raster(
    spikes: Spikes, network: Network, labels: Labels, *, ax: Axes | None = None, height_inch: float | None = None
) -> Axes:
    """Plot a mark for each spike: time in s, and a row for each neuron, the first at the bottom.

    Parameters
    ----------
    spikes : Spikes
        Spikes of one element.
    network : Network
        Each population has its own colour.
    labels : Labels
        Names of input and output neurons.
    ax : Axes or None
        None: those of a new figure.
    height_inch : float or None
        Height of the axes, on which the names of rows depend; None: as in `draw_raster`.
    """
    height_inch = _height_inch(network) if height_inch is None else height_inch
    ax = axes_or_new(ax, 9.0, height_inch)
    for k, population in enumerate(network.populations):
        first = network.first_neuron[population.name]
        rows = range(first, first + population.size)
        times_s = [spikes.time_ms[spikes.neuron == neuron] * 1e-3 for neuron in rows]
        colour = POPULATION_COLOURS[k % len(POPULATION_COLOURS)]
        ax.eventplot(times_s, lineoffsets=rows, linelengths=0.8, linewidths=0.7, colors=colour)
    return _frame(ax, network, labels, height_inch)


@styled
def plot_rates(
    spikes: Spikes,
    network: Network,
    labels: Labels,
    edges_s: np.ndarray,
    *,
    ax: Axes | None = None,
    height_inch: float | None = None,
) -> Axes:
    """Plot firing rates in Hz as colours: a column for each interval, a row for each neuron, the first at the bottom.

    Parameters
    ----------
    spikes : Spikes
        Spikes of one element.
    network, labels, ax, height_inch
        As for `plot_raster`.
    edges_s : array, shape (n_intervals + 1,)
        Ends of the intervals in s; an interval begins after the end of the interval before.
    """
    height_inch = _height_inch(network) if height_inch is None else height_inch
    ax = axes_or_new(ax, 9.0, height_inch)
    rows = np.arange(network.n_neurons + 1) - 0.5
    # A spike at the end of an interval belongs to this interval; 1e-9 s absorbs the rounding of ms to s.
    interval = np.searchsorted(edges_s, spikes.time_ms * 1e-3 - 1e-9) - 1
    inside = (interval >= 0) & (interval < len(edges_s) - 1)
    counts = np.zeros((network.n_neurons, len(edges_s) - 1))
    np.add.at(counts, (spikes.neuron[inside], interval[inside]), 1)
    mesh = ax.pcolormesh(edges_s, rows, counts / np.diff(edges_s), cmap=SEQUENTIAL, vmin=0)
    ax.figure.colorbar(mesh, ax=ax, label="firing rate (Hz)", pad=0.01)
    return _frame(ax, network, labels, height_inch)


@styled
def draw_raster(
    recording: Recording,
    network: Network,
    labels: Labels,
    *,
    window_ms: float,
    observed: int = 0,
    episode: int = 0,
) -> Figure:
    """Draw the spikes of an episode, or a trial of several, below one observed variable and the actions.

    A longer episode is cut at `LONGEST_S`, and the title says so.

    Parameters
    ----------
    recording : Recording
    network : Network
        Network of the recording.
    labels : Labels
    window_ms : float
        Biological time of an environment step.
    observed : int
        Number of the observed variable.
    episode : int
        Number of the recorded episode or trial.
    """
    n_steps = int(recording.lengths[episode])
    edges_s = np.arange(n_steps + 1) * window_ms * 1e-3
    panels = [
        Curve(labels.observations[observed], recording.traces.observations[episode, : n_steps + 1, observed]),
        *action_panels(recording.traces.actions[episode, :n_steps], labels),
    ]
    heights = [*(panel.height_inch for panel in panels), _height_inch(network)]
    figure = new_figure(9.0, 1.0 + sum(heights))
    axes = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    for panel, ax in zip(panels, axes, strict=False):
        panel.draw(ax, edges_s)
    plot_raster(recording.spikes.of(episode), network, labels, ax=axes[-1])
    axes[0].set_xlim(0, min(edges_s[-1], LONGEST_S))
    what = "one episode" if recording.n_trial == 1 else f"one trial of {recording.n_trial} episodes"
    figure.suptitle(_title(what, float(edges_s[-1]), int(recording.start_seeds[episode])))
    return figure


def _frame(ax: Axes, network: Network, labels: Labels, height_inch: float) -> Axes:
    """Separate the populations by lines, and name axes and rows."""
    for first in network.first_neuron.values():
        if first:
            ax.axhline(first - 0.5, color="black", linewidth=0.6)
    ax.set_ylim(-0.5, network.n_neurons - 0.5)
    ax.set_xlabel("biological time (s)")
    _name_rows(ax, network, labels, height_inch / network.n_neurons)
    return ax


def _title(what: str, length_s: float, start_seed: int) -> str:
    part = f"the first {LONGEST_S:g} s of {length_s:.3g} s" if length_s > LONGEST_S else f"{length_s:.3g} s"
    return f"Every spike of {what} (start seed {start_seed}): {part}"


def _height_inch(network: Network) -> float:
    return float(np.clip(0.15 * network.n_neurons, 2.5, 9.0))


def _name_rows(ax: Axes, network: Network, labels: Labels, row_inch: float) -> None:
    """Name the populations at the left, and the input and output neurons at the right."""
    first = network.first_neuron
    middles, names = [], []
    for population in network.populations:
        middles.append(first[population.name] + (population.size - 1) / 2)
        names.append(f"{population.name.replace('_', ' ')} ({population.size})")
    ax.set_yticks(middles, names)
    ax.tick_params(axis="y", length=0)
    ax.set_ylabel("population (neurons)")
    groups = [*_groups(network.input_neurons, labels.inputs), *_groups(network.output_neurons, labels.outputs)]
    middles, names = [], []
    for start, size, name in groups:
        if size * row_inch >= NAME_INCH:
            middles.append(start + (size - 1) / 2)
            names.append(name)
    right = ax.secondary_yaxis("right")
    right.set_yticks(middles, names)
    right.tick_params(length=0)
    if len(names) == len(groups):  # lines between groups without names would mean nothing
        for start, _, _ in groups:
            ax.axhline(start - 0.5, color=GREY, linewidth=0.4)


def _groups(rows: np.ndarray, names: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return first row, number of rows and name of each group of adjacent neurons with the same name."""
    groups, n_before = [], 0
    for name, neurons in groupby(names):
        size = len(list(neurons))
        groups.append((int(rows[n_before]), size, name))
        n_before += size
    return groups
