"""Lengths of connections, beside the lengths that the wiring rule expects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurosim_rl.analysis.style import BLUE, GREY, VERMILLION, axes_or_new, new_figure, styled
from neurosim_rl.networks.grid import SELF_DISTANCE, pair_distances
from neurosim_rl.networks.network import Network

BIN = 0.5
"""Width of a bin in steps of the grid."""


@dataclass(frozen=True)
class Lengths:
    """Connections by length; all arrays have shape (n_bins,). The first bin holds neurons connected to themselves.

    Parameters
    ----------
    length : array
        Middle of each bin, in steps of the grid.
    excitatory, inhibitory : int array
        Number of synapses.
    pairs : int array
        Number of pairs of neurons at that distance, each counted in both directions.
    expected : array
        Expected number of synapses: the sum of ``exp(-d)^2`` over these pairs, where the distance of a neuron from
        itself counts as 1. Source: Vasilache et al. 2025 (github.com/Alex-Vasilache/Spatial-SNNs, ``util/net.py``).
    """

    length: np.ndarray
    excitatory: np.ndarray
    inhibitory: np.ndarray
    pairs: np.ndarray
    expected: np.ndarray

    @classmethod
    def of(cls, network: Network, positions: np.ndarray) -> Lengths:
        """Return the lengths of a network's synapses that are not 0.

        Parameters
        ----------
        network : Network
            Network of one population.
        positions : array, shape (n_neurons, n_axes)
            Positions on a complete grid.
        """
        distance, n_pairs = pair_distances((positions.max(axis=0) + 1).tolist())
        n_bins = int(_bin(distance).max()) + 1
        probability = np.exp(-np.where(distance == 0, SELF_DISTANCE, distance)) ** 2

        def binned(lengths: np.ndarray, weights: np.ndarray) -> np.ndarray:
            return np.bincount(_bin(lengths), weights, n_bins)

        found = [np.zeros((2, n_bins))]
        for p in network.projections:
            lengths = np.linalg.norm(positions[p.pre] - positions[p.post], axis=1)
            found.append(np.stack([binned(lengths, p.weight_pa > 0), binned(lengths, p.weight_pa < 0)]))
        excitatory, inhibitory = np.sum(found, axis=0).astype(np.int64)
        pairs = binned(distance, n_pairs).astype(np.int64)
        expected = binned(distance, n_pairs * probability)
        return cls(np.arange(n_bins) * BIN, excitatory, inhibitory, pairs, expected)

    @property
    def synapses(self) -> np.ndarray:
        """Synapses of each length."""
        return self.excitatory + self.inhibitory


@styled
def plot_lengths(lengths: Lengths, *, ax: Axes | None = None) -> Axes:
    """Plot the number of synapses of each length, beside the expectation, and the expectation for as many synapses."""
    ax = axes_or_new(ax)
    width, x = 0.84 * BIN, lengths.length
    ax.bar(x, lengths.excitatory, width, color=BLUE, label="excitatory")
    ax.bar(x, lengths.inhibitory, width, bottom=lengths.excitatory, color=VERMILLION, hatch="///", label="inhibitory")
    there = lengths.pairs > 0
    ax.plot(x[there], lengths.expected[there], "D-", color="black", markersize=4, label="expected by exp(-d)²")
    scale = lengths.synapses.sum() / lengths.expected.sum()
    label = f"the same for {lengths.synapses.sum()} synapses"
    ax.plot(x[there], scale * lengths.expected[there], "--", color="black", linewidth=1.0, label=label)
    ax.set_ylabel("synapses")
    _name_lengths(ax, lengths)
    ax.legend()
    return ax


@styled
def plot_shares(lengths: Lengths, *, ax: Axes | None = None) -> Axes:
    """Plot the share of connected pairs at each distance, on a logarithmic scale, beside the wiring rule."""
    ax = axes_or_new(ax)
    there = lengths.pairs > 0
    length, pairs, found = lengths.length[there], lengths.pairs[there], lengths.synapses[there]
    expected = lengths.expected[there] / pairs
    ax.plot(length, expected, "D-", color="black", markersize=4, label="exp(-d)²")
    some = found > 0  # a share of 0 has no place on a logarithmic scale
    ax.plot(length[some], found[some] / pairs[some], "o", color=BLUE, markersize=7, label="network")
    ax.set_yscale("log")
    is_shown = np.flatnonzero(there) <= _last_shown(lengths)
    lowest = 0.3 * expected[is_shown].min()
    ax.set_ylim(lowest, 1.5)
    none = is_shown & ~some
    if none.any():
        below: dict[str, Any] = {"markerfacecolor": "white", "clip_on": False, "zorder": 4}
        heights = np.full(int(none.sum()), lowest)
        ax.plot(length[none], heights, "v", color=BLUE, markersize=8, **below, label="network: no synapse (share 0)")
    ax.set_ylabel("share of pairs that is connected")
    _name_lengths(ax, lengths)
    ax.grid(color=GREY, alpha=0.3, linewidth=0.6)
    ax.legend()
    return ax


@styled
def draw_lengths(lengths: Lengths, *, title: str = "") -> Figure:
    """Draw the number of synapses and the share of connected pairs by length, side by side."""
    figure = new_figure(11.0, 4.2)
    left, right = figure.subplots(1, 2)
    plot_lengths(lengths, ax=left)
    plot_shares(lengths, ax=right)
    figure.suptitle(title)
    return figure


def _bin(distance: np.ndarray) -> np.ndarray:
    """Return the bin of each distance: the nearest multiple of its width."""
    return np.floor(np.asarray(distance) / BIN + 0.5).astype(np.int64)


def _last_shown(lengths: Lengths) -> int:
    """Return the last bin that has a synapse, or at least a thousandth of the expected synapses."""
    is_expected = lengths.expected >= 1e-3 * lengths.expected.sum()
    return int(np.flatnonzero(is_expected | (lengths.synapses > 0))[-1])


def _name_lengths(ax: Axes, lengths: Lengths) -> None:
    last = float(lengths.length[_last_shown(lengths)])
    steps = np.arange(1, int(last) + 1, max(1, int(last) // 8))
    ax.set_xticks([0, *steps], ["itself", *map(str, steps)])
    ax.set_xlim(-BIN, last + BIN)
    ax.set_xlabel(f"length d (steps of the grid), in bins of {BIN:g}")
