"""Balance of excitation and inhibition: summed weights of the spikes that reach each population."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurosim_rl.analysis.population_rate import spike_counts
from neurosim_rl.analysis.style import BLUE, VERMILLION, axes_or_new, axis_above, new_figure, styled
from neurosim_rl.networks.network import Network

if TYPE_CHECKING:
    from neurosim_rl.records.spikes import Spikes


@dataclass(frozen=True)
class SynapticInput:
    """Input of a population by synapses: weights times spikes, for one neuron and one second.

    Parameters
    ----------
    population : str
    unit : str
        Unit of the weights.
    excitatory, inhibitory : array, shape (n_intervals,)
        Sum over all synapses with weights above 0, and of those with weights below 0, which is negative or 0.
    """

    population: str
    unit: str
    excitatory: np.ndarray
    inhibitory: np.ndarray

    @property
    def balance(self) -> float:
        """Share of excitation: 0.5 is balance, 1 excitation alone; NaN without any input.

        Excitation over the sum of the absolute values of both, over the whole time.
        """
        above, below = float(self.excitatory.sum()), -float(self.inhibitory.sum())
        return above / (above + below) if above + below else float("nan")


def synaptic_inputs(spikes: Spikes, network: Network, edges_s: np.ndarray) -> list[SynapticInput]:
    """Return the synaptic input of each population that is the target of a projection.

    A spike counts in the interval in which it is emitted: delays are left out, and so are currents from an encoder.
    Weights are those of the network, as they are before it learns.

    Parameters
    ----------
    spikes : Spikes
        Spikes of one element.
    network : Network
    edges_s : array, shape (n_intervals + 1,)
        Ends of the intervals in s.
    """
    rates_hz = spike_counts(spikes, network.n_neurons, edges_s) / np.diff(edges_s)
    found = []
    for population in network.populations:
        onto = [p for p in network.own_projections if p.target == population.name]
        if not onto:
            continue
        above, below = np.zeros(network.n_neurons), np.zeros(network.n_neurons)
        for projection in onto:
            source = network.first_neuron[projection.source] + np.asarray(projection.pre)
            weight = np.asarray(projection.weight_pa)
            np.add.at(above, source, np.maximum(weight, 0.0))
            np.add.at(below, source, np.minimum(weight, 0.0))
        size = population.size
        unit = network.weight_unit(onto[0])
        found.append(SynapticInput(population.name, unit, above @ rates_hz / size, below @ rates_hz / size))
    return found


@styled
def plot_balance(of_one: SynapticInput, edges_s: np.ndarray, *, ax: Axes | None = None) -> Axes:
    """Plot excitatory and inhibitory input of a population over time, and their sum.

    Parameters
    ----------
    of_one : SynapticInput
    edges_s : array, shape (n_intervals + 1,)
    ax : Axes or None
        None: those of a new figure.
    """
    ax = axes_or_new(ax, 9.0, 2.2)
    parts = ((of_one.excitatory, BLUE, "excitatory"), (of_one.inhibitory, VERMILLION, "inhibitory"))
    for values, colour, name in parts:
        ax.stairs(values, edges_s, baseline=0.0, fill=True, color=colour, alpha=0.45, linewidth=0, label=name)
    ax.stairs(of_one.excitatory + of_one.inhibitory, edges_s, baseline=None, color="black", linewidth=1.0, label="sum")
    ax.axhline(0.0, color="black", linewidth=0.5)
    ax.set_ylabel(f"weights x spikes\n({of_one.unit} / s and neuron)")
    ax.set_xlabel("biological time (s)")
    share = "no input" if np.isnan(of_one.balance) else f"{100 * of_one.balance:.0f} % of the input is excitatory"
    ax.set_title(f"{of_one.population.replace('_', ' ')}: {share}")
    return ax


@styled
def draw_balance(spikes: Spikes, network: Network, edges_s: np.ndarray, *, window_ms: float, title: str = "") -> Figure:
    """Draw the synaptic input of each population over time.

    Parameters
    ----------
    spikes : Spikes
        Spikes of one element.
    network : Network
        At least one population is the target of a projection.
    edges_s : array, shape (n_intervals + 1,)
    window_ms : float
        Biological time of an environment step, for the upper axis.
    title : str
    """
    inputs = synaptic_inputs(spikes, network, edges_s)
    figure = new_figure(9.0, 1.2 + 2.3 * len(inputs))
    axes = figure.subplots(len(inputs), 1, sharex=True, squeeze=False)[:, 0]
    for of_one, ax in zip(inputs, axes, strict=True):
        plot_balance(of_one, edges_s, ax=ax)
        ax.label_outer()
    axes[0].set_xlim(*edges_s[[0, -1]])
    axis_above(axes[0], "environment step", scale=1e3 / window_ms)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    figure.suptitle(title)
    return figure
