"""What NEST records of a batch: spikes of each window, and membranes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from neurosim_rl.networks.network import Network
from neurosim_rl.records.spikes import Membranes, Spikes
from neurosim_rl.simulators.nest_library import nest
from neurosim_rl.simulators.nest_nodes import Nodes, is_neuron, recordables

Chunk = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Element, neuron and step of some spikes, each of shape (n_spikes,)."""


class Recorders:
    """One spike recorder and, if asked, one multimeter for the whole batch; made in the open kernel.

    Parameters
    ----------
    networks : sequence of Network
    nodes : Nodes
        Theirs, in NEST.
    watched : array, shape (n_neurons,), bool
        Neurons whose spikes of the last window can be asked for.
    records_spikes : bool
        Whether all spikes are kept.
    variables : sequence of str
        Variables of neurons that are recorded in each step, such as ``V_m``; each of the neurons that have it.
    """

    def __init__(
        self,
        networks: Sequence[Network],
        nodes: Nodes,
        watched: np.ndarray,
        records_spikes: bool,
        variables: Sequence[str],
    ) -> None:
        self._networks, self._nodes, self._watched = networks, nodes, watched
        self._records_spikes = records_spikes
        self._n_read = 0
        self._spike_chunks: list[Chunk] = []
        self._last_window: list[Chunk] = []
        network = networks[0]
        self._output_of = np.full(network.n_neurons, -1)
        self._output_of[network.output_neurons] = np.arange(network.n_outputs)
        # The default, 1 ms, may lie outside the kernel's range.
        delay = {"delay": network.grid.ms(network.delay_range_steps[0])}
        self._recorder = nest.Create("spike_recorder")
        nest.Connect(_collection(self._spiking()), self._recorder, syn_spec=delay)
        self._multimeters: dict[str, Any] = {}
        for name in variables:
            multimeter = {"record_from": [name], "interval": network.grid.step_ms}
            with_it = self._having(name)
            if with_it:
                self._multimeters[name] = nest.Create("multimeter", params=multimeter)
                nest.Connect(self._multimeters[name], _collection(with_it), syn_spec=delay)

    def _spiking(self) -> list[np.ndarray]:
        """Return the nodes whose spikes are recorded, by population."""
        network, with_spikes = self._networks[0], []
        for p in network.populations:
            # Spikes of sources are known from the drive. Other generators have none to record: each of their targets
            # gets spikes of its own, so a recorder would get others, and change the noise that follows.
            if not is_neuron(p.model):
                continue
            if self._records_spikes or p.name in network.outputs or self._watched[network.first_neuron[p.name]]:
                with_spikes.append(self._nodes.ids[p.name].ravel())
        return with_spikes

    def _having(self, variable: str) -> list[np.ndarray]:
        """Return the nodes of which NEST can record a variable, by population."""
        populations = [p for p in self._networks[0].populations if variable in recordables(p.model)]
        return [self._nodes.ids[p.name].ravel() for p in populations]

    def begin_window(self) -> None:
        """Forget the last window's spikes."""
        self._last_window = []

    def keep(self, element: np.ndarray, neuron: np.ndarray, step: np.ndarray) -> None:
        """Keep spikes for what will be asked."""
        if self._records_spikes:
            self._spike_chunks.append((element, neuron, step))
        mine = self._watched[neuron]
        if mine.any():
            self._last_window.append((element[mine], neuron[mine], step[mine]))

    def read_counts(self, *, clear: bool) -> np.ndarray:
        """Read the recorder's new spikes; return the output neurons' counts, shape (n_elements, n_outputs).

        Parameters
        ----------
        clear : bool
            Whether NEST lets go of what was read.
        """
        network, n_elements = self._networks[0], len(self._networks)
        events = self._recorder.get("events")
        senders = np.asarray(events["senders"][self._n_read :], dtype=np.int64)  # NEST gives floats when there are none
        element, neuron = self._nodes.element_of[senders], self._nodes.neuron_of[senders]
        if len(senders):
            if self._records_spikes or self._watched.any():
                self.keep(element, neuron, network.grid.steps(events["times"][self._n_read :]))
            if clear:
                self._recorder.n_events = 0
            else:
                self._n_read += len(senders)
        output = self._output_of[neuron]
        is_output = output >= 0
        flat = element[is_output] * network.n_outputs + output[is_output]
        counts = np.bincount(flat, minlength=n_elements * network.n_outputs)
        return counts.reshape(n_elements, network.n_outputs)

    def spikes(self) -> Spikes:
        """Return all spikes that were kept."""
        return self._joined(self._spike_chunks)

    def window_spikes(self) -> Spikes:
        """Return the watched neurons' spikes of the last window."""
        return self._joined(self._last_window)

    def _joined(self, chunks: list[Chunk]) -> Spikes:
        columns = np.concatenate([np.zeros((3, 0), np.int64), *map(np.stack, chunks)], axis=1)
        element, neuron, step = columns
        return Spikes.sorted(element, neuron, step, self._networks[0].resolution_ms)

    def membranes(self, n_steps: int) -> Membranes:
        """Return the membranes of the first steps; NaN where there is none."""
        time_ms = np.arange(1, n_steps + 1) * self._networks[0].resolution_ms
        return Membranes(time_ms, self.recorded("V_m", n_steps))

    def recorded(self, variable: str, n_steps: int) -> np.ndarray:
        """Return a variable in the first steps, shape (n_batch, n_neurons, n_steps); NaN where there is none."""
        network = self._networks[0]
        values = np.full((len(self._networks), network.n_neurons, n_steps), np.nan)
        if variable not in self._multimeters:
            return values
        events = self._multimeters[variable].get("events")
        step = network.grid.steps(events["times"])
        senders = np.asarray(events["senders"], dtype=np.int64)
        mine = np.flatnonzero(step <= n_steps)
        if len(mine):  # else NEST gives no values
            place = self._nodes.element_of[senders[mine]], self._nodes.neuron_of[senders[mine]], step[mine] - 1
            values[place] = events[variable][mine]
        return values


def _collection(ids: list[np.ndarray]) -> nest.NodeCollection:
    return nest.NodeCollection(np.sort(np.concatenate(ids)))
