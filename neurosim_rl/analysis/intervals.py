"""Intervals between spikes: their distribution in each population, and their coefficient of variation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurosim_rl.analysis.neuron_rows import population_in_words
from neurosim_rl.analysis.style import GREY, axes_or_new, colours, new_figure, styled
from neurosim_rl.networks.network import Network

if TYPE_CHECKING:
    from neurosim_rl.records.spikes import Spikes

LEAST_INTERVALS = 5
"""Fewest intervals of a neuron with a coefficient of variation; of fewer it would be noise."""
N_BINS = 40


def spike_intervals(spikes: Spikes, n_neurons: int) -> list[np.ndarray]:
    """Return the intervals between consecutive spikes of each neuron in ms, in the order of time.

    Parameters
    ----------
    spikes : Spikes
        Spikes of one element.
    n_neurons : int
    """
    order = np.lexsort((spikes.step, spikes.neuron))
    neuron, time_ms = spikes.neuron[order], spikes.time_ms[order]
    ends = np.searchsorted(neuron, np.arange(n_neurons + 1))
    return [np.diff(time_ms[ends[k] : ends[k + 1]]) for k in range(n_neurons)]


def variation(intervals_ms: np.ndarray) -> float:
    """Return the coefficient of variation of a neuron's intervals: standard deviation over mean.

    0: regular spikes, 1: those of a Poisson process. NaN with fewer than `LEAST_INTERVALS` intervals. Source: Softky &
    Koch 1993, J. Neurosci. 13:334.
    """
    if len(intervals_ms) < LEAST_INTERVALS:
        return float("nan")
    return float(intervals_ms.std() / intervals_ms.mean())


@styled
def plot_intervals(spikes: Spikes, network: Network, *, ax: Axes | None = None) -> Axes:
    """Plot the distribution of all intervals of each population, in bins of equal width on a logarithmic axis.

    Parameters
    ----------
    spikes : Spikes
        Spikes of one element, of which at least one neuron has two.
    network : Network
    ax : Axes or None
        None: those of a new figure.
    """
    ax = axes_or_new(ax)
    of_neurons = spike_intervals(spikes, network.n_neurons)
    everything = np.concatenate(of_neurons)
    low, high = everything.min() / 1.1, everything.max() * 1.1
    edges = np.geomspace(low, high, N_BINS + 1)
    palette = colours(len(network.populations))
    for population, colour in zip(network.populations, palette, strict=True):
        own = np.concatenate([of_neurons[k] for k in network.neurons_of((population.name,))])
        if len(own):
            share = np.histogram(own, edges)[0] / len(own)
            name = f"{population_in_words(network, population.name)} ({len(own)} intervals)"
            ax.stairs(share, edges, color=colour, linewidth=1.6, label=name)
    ax.set_xscale("log")
    ax.set_xlabel("interval between spikes (ms)")
    ax.set_ylabel(f"share of intervals in each of {N_BINS} bins")
    ax.legend()
    return ax


@styled
def plot_variation(spikes: Spikes, network: Network, *, ax: Axes | None = None) -> Axes:
    """Plot the coefficient of variation of each neuron against its mean interval (see `variation`).

    Parameters as of `plot_intervals`. The title counts the neurons with too few intervals, which are left out.
    """
    ax = axes_or_new(ax)
    of_neurons = spike_intervals(spikes, network.n_neurons)
    n_shown = 0
    for population, colour in zip(network.populations, colours(len(network.populations)), strict=True):
        own = [of_neurons[k] for k in network.neurons_of((population.name,)) if len(of_neurons[k]) >= LEAST_INTERVALS]
        n_shown += len(own)
        if own:
            mean_ms, cv = [float(one.mean()) for one in own], [variation(one) for one in own]
            name = population_in_words(network, population.name)
            ax.scatter(mean_ms, cv, s=22, color=colour, alpha=0.8, label=name)
    for value, name in ((0.0, "regular"), (1.0, "Poisson process")):
        ax.axhline(value, color=GREY, linewidth=0.8, linestyle="--", zorder=0)
        ax.text(1.0, value, name, transform=ax.get_yaxis_transform(), ha="right", va="bottom", fontsize="small")
    ax.set_xscale("log")
    ax.set_ylim(bottom=-0.05)
    ax.set_xlabel("mean interval between spikes (ms)")
    ax.set_ylabel("coefficient of variation (1)")
    ax.set_title(f"{n_shown} of {network.n_neurons} neurons have {LEAST_INTERVALS} intervals or more")
    if n_shown:
        ax.legend()
    return ax


@styled
def draw_intervals(spikes: Spikes, network: Network, *, title: str = "") -> Figure:
    """Draw the distribution of intervals beside their coefficients of variation; parameters as of `plot_intervals`."""
    figure = new_figure(11.0, 4.4)
    left, right = figure.subplots(1, 2)
    plot_intervals(spikes, network, ax=left)
    plot_variation(spikes, network, ax=right)
    figure.suptitle(title)
    return figure
