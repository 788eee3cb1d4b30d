"""Spike-triggered action: the mean action before and after a spike of each neuron."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurosim_rl.analysis.labels import Labels, unit_of
from neurosim_rl.analysis.neuron_rows import NeuronRows, neurons_that_may_spike
from neurosim_rl.analysis.population_rate import spike_counts
from neurosim_rl.analysis.style import axes_or_new, new_figure, signed_scale, styled
from neurosim_rl.networks.network import Network

if TYPE_CHECKING:
    from neurosim_rl.records.spikes import Spikes

N_LAGS = 10
"""Windows before and after a spike."""
LEAST_SPIKES = 10
"""Fewest spikes of a neuron for its mean to be shown; of fewer it would be noise."""
N_COLUMNS = 3
CHARACTER_INCH = 0.1
"""Length of a character of the title."""


def action_signals(actions: np.ndarray, labels: Labels) -> np.ndarray:
    """Return the signals of an episode's actions, shape (n_steps, n_signals).

    Discrete: whether each action is taken, 0 or 1. Box: the value of each dimension.

    Parameters
    ----------
    actions : array, shape (n_steps, n_dimensions)
    labels : Labels
    """
    if not labels.discrete:
        return actions
    numbers = labels.first_action + np.arange(len(labels.actions))
    return (actions[:, :1] == numbers).astype(np.float64)


def changing_signals(signals: np.ndarray) -> list[int]:
    """Return the numbers of the signals, shape (n_steps, n_signals), that change in the episode."""
    return [int(k) for k in np.flatnonzero(np.ptp(signals, axis=0) > 0)]


def triggered_means(counts: np.ndarray, signals: np.ndarray, n_lags: int = N_LAGS) -> np.ndarray:
    """Return the spike-triggered mean of each signal, less its mean over the episode.

    The value at a lag is the sum over windows k of ``counts[k] * signal[k + lag]``, over the sum of these counts;
    windows outside of the episode do not count. It is reverse correlation (de Boer & Kuyper 1968, IEEE Trans. Biomed.
    Eng. 15:169), with actions in the place of stimuli.

    Parameters
    ----------
    counts : array, shape (n_neurons, n_steps)
        Spikes of each neuron in each window.
    signals : array, shape (n_steps, n_signals)
    n_lags : int

    Returns
    -------
    means : array, shape (n_neurons, 2 n_lags + 1, n_signals)
        From `n_lags` windows before the spike to `n_lags` after it. NaN: fewer than `LEAST_SPIKES` spikes.
    """
    n_neurons, n_steps = counts.shape
    centred = signals - signals.mean(axis=0)
    means = np.full((n_neurons, 2 * n_lags + 1, signals.shape[1]), np.nan)
    for place, lag in enumerate(range(-n_lags, n_lags + 1)):
        first, last = max(0, -lag), min(n_steps, n_steps - lag)
        if first >= last:
            continue
        own = counts[:, first:last]
        n_spikes = own.sum(axis=1)
        enough = n_spikes >= LEAST_SPIKES
        sums = own[enough] @ centred[first + lag : last + lag]
        means[enough, place] = sums / n_spikes[enough, None]
    return means


@styled
def plot_triggered(
    means: np.ndarray,
    name: str,
    network: Network,
    labels: Labels,
    window_ms: float,
    *,
    neurons: np.ndarray | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Plot the spike-triggered mean of one signal: a row for each neuron, a column for each lag.

    Parameters
    ----------
    means : array, shape (n_neurons, n_columns)
        Of one signal (see `triggered_means`).
    name : str
        Name and unit of the signal.
    network, labels
    window_ms : float
        Biological time of a window.
    neurons : int array or None
        Numbers of the neurons to show, sorted; None: all.
    ax : Axes or None
        None: those of a new figure.
    """
    rows = NeuronRows.of(network, labels, neurons)
    means = means[rows.neurons]
    ax = axes_or_new(ax, 5.0, rows.height_inch)
    n_lags = means.shape[1] // 2
    edges = np.arange(-n_lags, n_lags + 2) - 0.5
    ax.set_facecolor("#E4E4E4")
    shown = np.ma.masked_invalid(means)
    mesh = ax.pcolormesh(edges, np.arange(len(rows) + 1) - 0.5, shown, **signed_scale(means))
    unit = unit_of(name)
    ax.figure.colorbar(mesh, ax=ax, pad=0.02, label=f"change of the mean ({unit})" if unit else "change of the mean")
    rows.frame(ax, rows.height_inch)
    ax.axvline(0.0, color="black", linewidth=0.8, linestyle="--")
    ax.set_xlabel(f"time after the spike (windows of {window_ms:g} ms)")
    ax.set_title(name)
    return ax


@styled
def draw_triggered(
    spikes: Spikes, actions: np.ndarray, network: Network, labels: Labels, *, window_ms: float, title: str = ""
) -> Figure:
    """Draw the spike-triggered mean of each action, or of each dimension of the action.

    Signals that never change, such as an action that is never taken, have no panel; the title names them. Output
    neurons that are read by their membranes, and do not spike, have no row.

    Parameters
    ----------
    spikes : Spikes
        Spikes of one element.
    actions : array, shape (n_steps, n_dimensions)
        Actions of the same episode; at least one signal of them changes (see `changing_signals`).
    network : Network
    labels : Labels
    window_ms : float
        Biological time of a window.
    title : str
    """
    edges_s = np.arange(len(actions) + 1) * window_ms * 1e-3
    signals = action_signals(actions, labels)
    means = triggered_means(spike_counts(spikes, network.n_neurons, edges_s), signals)
    names = [f"probability of {name}" if labels.discrete else name for name in labels.actions]
    shown = changing_signals(signals)
    n = len(shown)
    n_columns = min(n, N_COLUMNS)
    n_rows = -(-n // n_columns)
    neurons = neurons_that_may_spike(spikes, network, labels)
    height = NeuronRows.of(network, labels, neurons).height_inch
    figure = new_figure(5.2 * n_columns, 1.2 + (height + 0.8) * n_rows)
    axes = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for ax in axes[n:]:
        ax.remove()
    for k, ax in zip(shown, axes[:n], strict=True):
        plot_triggered(means[:, :, k], names[k], network, labels, window_ms, neurons=neurons, ax=ax)
    about = f"mean around a spike, less the mean of the episode; grey: fewer than {LEAST_SPIKES} spikes"
    constant = [name for k, name in enumerate(labels.actions) if k not in shown]
    if constant:
        about += f"\nwithout a change: {', '.join(constant)}"
    n_characters = int(figure.get_figwidth() / CHARACTER_INCH)  # in a line: of one panel, the figure is narrow
    lines = f"{title}\n{about}".strip().splitlines()
    figure.suptitle("\n".join(fill(line, n_characters) for line in lines))
    return figure
