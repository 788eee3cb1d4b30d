"""Spikes of all neurons during one episode, as marks or as firing rates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurosim_rl.analysis.caption import caption
from neurosim_rl.analysis.labels import Labels
from neurosim_rl.analysis.neuron_rows import NeuronRows, neurons_that_may_spike
from neurosim_rl.analysis.panels import Curve, Panel, action_panels, align_names
from neurosim_rl.analysis.population_rate import population_rates, rate_panels, spike_counts
from neurosim_rl.analysis.signs import SIGN_COLOURS, neuron_signs, sign_legend
from neurosim_rl.analysis.style import GREY, SEQUENTIAL, axes_or_new, axis_above, new_figure, styled
from neurosim_rl.networks.network import Network

if TYPE_CHECKING:
    from neurosim_rl.records.recording import Recording
    from neurosim_rl.records.spikes import Spikes

MOST_SPIKES = 250
"""Most spikes of a neuron that its row shows as separate marks; more run into a solid bar."""
MOST_BORDERS = 80
"""Most windows with drawn borders; more would hide the spikes."""
MOST_COLUMNS = 400
"""Most columns of colours; of more windows, several share a column."""


@styled
def plot_raster(
    spikes: Spikes,
    network: Network,
    labels: Labels,
    *,
    neurons: np.ndarray | None = None,
    ax: Axes | None = None,
    height_inch: float | None = None,
) -> Axes:
    """Plot a mark for each spike: time in s, and a row for each neuron, the first at the bottom.

    Colours are those of excitatory and inhibitory neurons (see `neuron_signs`).

    Parameters
    ----------
    spikes : Spikes
        Spikes of one element.
    network : Network
    labels : Labels
        Names of input and output neurons.
    neurons : int array or None
        Numbers of the neurons to show, sorted; None: all.
    ax : Axes or None
        None: those of a new figure.
    height_inch : float or None
        Height of the axes, on which the names of rows depend; None: that of `NeuronRows`.
    """
    rows = NeuronRows.of(network, labels, neurons)
    height_inch = height_inch or rows.height_inch
    ax = axes_or_new(ax, 9.0, height_inch)
    signs = neuron_signs(network)[rows.neurons]
    times_s = [spikes.time_ms[spikes.neuron == neuron] * 1e-3 for neuron in rows.neurons]
    colour = [SIGN_COLOURS[int(sign)] for sign in signs]
    ax.eventplot(times_s, lineoffsets=list(range(len(rows))), linelengths=0.8, linewidths=0.7, colors=colour)
    ax.legend(handles=sign_legend(signs), loc="upper center", bbox_to_anchor=(0.5, -0.5 / height_inch), ncols=4)
    return rows.frame(ax, height_inch)


@styled
def plot_rates(
    spikes: Spikes,
    network: Network,
    labels: Labels,
    edges_s: np.ndarray,
    *,
    neurons: np.ndarray | None = None,
    ax: Axes | None = None,
    height_inch: float | None = None,
) -> Axes:
    """Plot firing rates in Hz as colours: a column for each interval, a row for each neuron, the first at the bottom.

    Parameters
    ----------
    spikes : Spikes
        Spikes of one element.
    network, labels, neurons, ax, height_inch
        As for `plot_raster`.
    edges_s : array, shape (n_intervals + 1,)
        Ends of the intervals in s; an interval begins after the end of the interval before.
    """
    rows = NeuronRows.of(network, labels, neurons)
    height_inch = height_inch or rows.height_inch
    ax = axes_or_new(ax, 9.0, height_inch)
    rates_hz = spike_counts(spikes, network.n_neurons, edges_s)[rows.neurons] / np.diff(edges_s)
    mesh = ax.pcolormesh(edges_s, np.arange(len(rows) + 1) - 0.5, rates_hz, cmap=SEQUENTIAL, vmin=0)
    ax.figure.colorbar(mesh, ax=ax, label="firing rate (Hz)", pad=0.01)
    return rows.frame(ax, height_inch)


@styled
def plot_spikes(
    spikes: Spikes,
    network: Network,
    labels: Labels,
    edges_s: np.ndarray,
    *,
    neurons: np.ndarray | None = None,
    ax: Axes | None = None,
    height_inch: float | None = None,
    n_in_view: int | None = None,
) -> Axes:
    """Plot the spikes within some windows: as marks, or as rates where a neuron has more than `MOST_SPIKES`.

    Borders of up to `MOST_BORDERS` windows are grey lines. `n_in_view` is the number of windows of which the axis of
    time shows a part at once; None: all. Further parameters as of `plot_rates`.
    """
    spikes = spikes.between(1e3 * float(edges_s[0]), 1e3 * float(edges_s[-1]))
    shown = NeuronRows.of(network, labels, neurons).neurons
    options: dict[str, Any] = {"neurons": neurons, "ax": ax, "height_inch": height_inch}
    n_windows = n_in_view or len(edges_s) - 1
    most = np.bincount(spikes.neuron, minlength=network.n_neurons)[shown].max(initial=0)
    if most * n_windows / (len(edges_s) - 1) > MOST_SPIKES:
        every = -(-n_windows // MOST_COLUMNS)
        columns = np.unique(np.append(edges_s[::every], edges_s[-1]))
        ax = plot_rates(spikes, network, labels, columns, **options)
        ax.set_xlabel("biological time (s); rates, because single spikes would run into one another")
        return ax
    ax = plot_raster(spikes, network, labels, **options)
    if n_windows <= MOST_BORDERS:
        borders: dict[str, Any] = {"color": GREY, "linewidth": 0.4, "alpha": 0.6, "zorder": 0, "label": "windows"}
        ax.vlines(edges_s, 0.0, 1.0, transform=ax.get_xaxis_transform(), **borders)
        ax.set_xlabel(f"biological time (s); grey lines: windows of {np.diff(edges_s)[0] * 1e3:g} ms")
    return ax


@styled
def draw_raster(
    recording: Recording,
    network: Network,
    labels: Labels,
    *,
    window_ms: float,
    observed: int | Sequence[int] = 0,
    episode: int = 0,
    steps: tuple[int, int] | None = None,
    neurons: np.ndarray | None = None,
    membranes: Sequence[Panel] = (),
) -> Figure:
    """Draw the spikes of an episode, or a trial of several, below observed variables, actions and population rates.

    The upper axis counts environment steps, the lower one gives biological time.

    Parameters
    ----------
    recording : Recording
    network : Network
        Network of the recording.
    labels : Labels
    window_ms : float
        Biological time of an environment step.
    observed : int or sequence of int
        Numbers of the observed variables.
    episode : int
        Number of the recorded episode or trial.
    steps : tuple of int or None
        First environment step to show, and the one after the last; None: all.
    neurons : int array or None
        Numbers of the neurons to show, sorted; None: all.
    membranes : sequence of Panel
        Membranes of neurons over biological time in s (see `membrane_panels`).
    """
    first, last = steps or (0, int(recording.lengths[episode]))
    edges_s = np.arange(first, last + 1) * window_ms * 1e-3
    spikes = recording.spikes.of(episode)
    if neurons is None:
        neurons = neurons_that_may_spike(spikes, network, labels)
    rows = NeuronRows.of(network, labels, neurons)
    panels = [
        *_observed(recording.traces.observations[episode, first : last + 1], labels, observed),
        *action_panels(recording.traces.actions[episode, first:last], labels),
        *membranes,
        *rate_panels(_shown(population_rates(spikes, network, edges_s), rows)),
    ]
    heights = [*(panel.height_inch for panel in panels), rows.height_inch]
    figure = new_figure(9.0, 1.4 + sum(heights))
    axes = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    for panel, ax in zip(panels, axes, strict=False):
        panel.draw(ax, edges_s)
    plot_spikes(spikes, network, labels, edges_s, neurons=neurons, ax=axes[-1])
    axes[0].set_xlim(*edges_s[[0, -1]])
    axis_above(axes[0], "environment step", scale=1e3 / window_ms)
    align_names(list(axes))
    figure.suptitle(caption(recording, episode, (first, last)))
    return figure


def _shown(rates_hz: dict[str, np.ndarray], rows: NeuronRows) -> dict[str, np.ndarray]:
    """Return the rates of populations that have a row, by their names in words."""
    return {rows.spoken(name): rates_hz[name] for name, _ in rows.populations()}


def _observed(values: np.ndarray, labels: Labels, observed: int | Sequence[int]) -> list[Panel]:
    shown = [observed] if isinstance(observed, int) else observed
    return [Curve(labels.observations[k], values[:, k]) for k in shown]
