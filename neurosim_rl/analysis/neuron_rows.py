"""Rows of neurons in a figure: their order, and the names of populations, inputs and outputs beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from neurosim_rl.analysis.labels import Labels
from neurosim_rl.analysis.style import GREY
from neurosim_rl.networks.network import Network

if TYPE_CHECKING:
    from neurosim_rl.records.spikes import Spikes

NAME_INCH = 0.13
"""Height of a name at the right; lower rows have no name."""


@dataclass(frozen=True)
class NeuronRows:
    """Neurons of a network as rows, the first at the bottom.

    Parameters
    ----------
    network : Network
    labels : Labels
        Names of input and output neurons.
    neurons : int array, shape (n_rows,)
        Numbers of the shown neurons through all populations, sorted.
    """

    network: Network
    labels: Labels
    neurons: np.ndarray

    @classmethod
    def of(cls, network: Network, labels: Labels, neurons: np.ndarray | None = None) -> NeuronRows:
        """Return the rows of some neurons; None: of all."""
        return cls(network, labels, np.arange(network.n_neurons) if neurons is None else np.asarray(neurons))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.neurons)

    @property
    def height_inch(self) -> float:
        """Height of axes in which rows are legible, up to a limit."""
        return float(np.clip(0.15 * len(self), 1.2 if len(self) < self.network.n_neurons else 2.5, 9.0))

    def populations(self) -> Iterator[tuple[str, np.ndarray]]:
        """Give the name of each population that is shown, and its rows."""
        for population in self.network.populations:
            first = self.network.first_neuron[population.name]
            rows = np.flatnonzero((self.neurons >= first) & (self.neurons < first + population.size))
            if len(rows):
                yield population.name, rows

    def frame(self, ax: Axes, height_inch: float) -> Axes:
        """Separate the populations by lines, and name them at the left, and inputs and outputs at the right."""
        middles, names = [], []
        for name, rows in self.populations():
            if rows[0]:
                ax.axhline(rows[0] - 0.5, color="black", linewidth=0.6)
            middles.append(rows.mean())
            names.append(self._title(name, len(rows)))
        ax.set_ylim(-0.5, len(self) - 0.5)
        ax.set_xlabel("biological time (s)")
        ax.set_yticks(middles, names)
        ax.tick_params(axis="y", length=0)
        ax.set_ylabel("population (neurons)")
        self._name_neurons(ax, height_inch / len(self))
        return ax

    def _title(self, name: str, n_rows: int) -> str:
        """Return the name of a population with its number of neurons, and what it is where its name does not say."""
        size = self.network.population(name).size
        count = str(size) if n_rows == size else f"{n_rows} of {size}"
        if self._carries_biases(name):
            return f"{self.spoken(name)},\nits last neuron\ncarries biases ({count})"
        return f"{self.spoken(name)} ({count})"

    def spoken(self, name: str) -> str:
        """Return the name of a population in words."""
        return population_in_words(self.network, name)

    def _carries_biases(self, name: str) -> bool:
        return _carries_biases(self.network, name)

    def _name_neurons(self, ax: Axes, row_inch: float) -> None:
        groups = [
            *self._groups(self.network.input_neurons, self.labels.inputs),
            *self._groups(self.network.output_neurons, self.labels.outputs),
        ]
        middles, names = [], []
        for rows, name in groups:
            if len(rows) * row_inch >= NAME_INCH:
                middles.append(rows.mean())
                names.append(name)
        has_lines = len(names) == len(groups)
        if not names:  # without names, or without space for them: numbers, as many as there is space for
            rows = np.arange(0, len(self), int(np.ceil(NAME_INCH / row_inch)))
            middles, names = rows.tolist(), [f"neuron {self.neurons[row]}" for row in rows]
        right = ax.secondary_yaxis("right")
        right.set_yticks(middles, names)
        right.tick_params(length=0)
        if has_lines:  # lines between groups without names would mean nothing
            for rows, _ in groups:
                ax.axhline(rows[0] - 0.5, color=GREY, linewidth=0.4)

    def _groups(self, neurons: np.ndarray, names: Sequence[str]) -> list[tuple[np.ndarray, str]]:
        """Return rows and name of each group of adjacent neurons with the same name, of which a row is shown."""
        groups, n_before = [], 0
        for name, members in groupby(names):
            size = len(list(members))
            rows = np.flatnonzero(np.isin(self.neurons, neurons[n_before : n_before + size]))
            if len(rows):
                groups.append((rows, name))
            n_before += size
        return groups


def population_in_words(network: Network, name: str) -> str:
    """Return the name of a population in words; an input that computes, as in model lif, is the first layer."""
    return "first layer" if _carries_biases(network, name) else name.replace("_", " ")


def neurons_that_may_spike(spikes: Spikes, network: Network, labels: Labels) -> np.ndarray | None:
    """Return the numbers of the neurons that deserve a row; None: all.

    Output neurons that are read by their membranes need not spike. Where none of them does, their rows would be empty.
    """
    if labels.outputs or np.isin(spikes.neuron, network.output_neurons).any():
        return None
    others = np.setdiff1d(np.arange(network.n_neurons), network.output_neurons)
    return others if len(others) else None


def _carries_biases(network: Network, name: str) -> bool:
    return name in network.inputs and network.bias_carrier is not None
