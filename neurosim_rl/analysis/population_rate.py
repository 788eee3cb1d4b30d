"""Population rate: spikes of a population in each interval, for one neuron and one second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from neurosim_rl.analysis.panels import Curve, Panel, Rows
from neurosim_rl.networks.network import Network

if TYPE_CHECKING:
    from neurosim_rl.records.spikes import Spikes

MOST_CURVES = 4
"""More populations share a panel, as rows of colours."""


def spike_counts(spikes: Spikes, n_neurons: int, edges_s: np.ndarray) -> np.ndarray:
    """Return the spikes of each neuron in each interval, shape (n_neurons, n_intervals).

    A spike at the end of an interval belongs to this interval.

    Parameters
    ----------
    spikes : Spikes
        Spikes of one element.
    n_neurons : int
    edges_s : array, shape (n_intervals + 1,)
        Ends of the intervals in s.
    """
    # 1e-9 s absorbs the rounding of ms to s.
    interval = np.searchsorted(edges_s, spikes.time_ms * 1e-3 - 1e-9) - 1
    inside = (interval >= 0) & (interval < len(edges_s) - 1)
    counts = np.zeros((n_neurons, len(edges_s) - 1))
    np.add.at(counts, (spikes.neuron[inside], interval[inside]), 1)
    return counts


def population_rates(spikes: Spikes, network: Network, edges_s: np.ndarray) -> dict[str, np.ndarray]:
    """Return the rate of each population in Hz for one neuron, shape (n_intervals,), by name.

    Parameters as of `spike_counts`.
    """
    rates_hz = spike_counts(spikes, network.n_neurons, edges_s) / np.diff(edges_s)
    by_name = {}
    for population in network.populations:
        by_name[population.name] = rates_hz[network.neurons_of((population.name,))].mean(axis=0)
    return by_name


def rate_panels(rates_hz: Mapping[str, np.ndarray]) -> Sequence[Panel]:
    """Return the panels of population rates, all on one scale."""
    names = [*rates_hz]
    if len(names) > MOST_CURVES:
        return [Rows("population rate", names, np.stack([*rates_hz.values()], axis=1), "mean firing rate (Hz)")]
    highest = max(float(rate.max(initial=0.0)) for rate in rates_hz.values())
    limits = (0.0, 1.05 * max(highest, 1.0))
    panels = []
    for name, rate in zip(names, rates_hz.values(), strict=True):
        panels.append(Curve(f"mean rate,\n{name} (Hz)", rate, limits=limits, height_inch=0.6))
    return panels
