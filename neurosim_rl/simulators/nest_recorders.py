"""What NEST records of a batch: spikes of each window, and membranes."""

from __future__ import annotations

from collections.abc import Sequence

import nest
import numpy as np

from neurosim_rl.networks.network import Network
from neurosim_rl.records.spikes import Membranes, Spikes
from neurosim_rl.simulators.nest_nodes import Nodes, has_membrane, is_stimulator

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
    records_spikes, records_membranes : bool
        Whether all spikes and all membranes are kept.
    """

    def __init__(
        self,
        networks: Sequence[Network],
        nodes: Nodes,
        watched: np.ndarray,
        records_spikes: bool,
        records_membranes: bool,
    ) -> None:
        self._networks, self._nodes, self._watched = networks, nodes, watched
        self._records_spikes = records_spikes
        self._n_read = 0
        self._spike_chunks: list[Chunk] = []
        self._last_window: list[Chunk] = []
        network = networks[0]
        # The default, 1 ms, may lie outside the kernel's range.
        delay = {"delay": network.grid.ms(network.delay_range_steps[0])}
        self._recorder = nest.Create("spike_recorder")
        with_spikes, with_membrane = self._recorded()
        nest.Connect(_collection(with_spikes), self._recorder, syn_spec=delay)
        if records_membranes:
            multimeter = {"record_from": ["V_m"], "interval": network.grid.step_ms}
            self._multimeter = nest.Create("multimeter", params=multimeter)
            if with_membrane:
                nest.Connect(self._multimeter, _collection(with_membrane), syn_spec=delay)

    def _recorded(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return the nodes whose spikes are recorded, and those with a membrane, by population."""
        network = self._networks[0]
        with_spikes, with_membrane = [], []
        for p in network.populations:
            # Spikes of sources are known from the drive. Other generators have none to record: each of their targets
            # gets spikes of its own, so a recorder would get others, and change the noise that follows.
            if is_stimulator(p.model):
                continue
            ids = self._nodes.ids[p.name].ravel()
            if has_membrane(p.model):
                with_membrane.append(ids)
            if self._records_spikes or p.name == network.output or self._watched[network.first_neuron[p.name]]:
                with_spikes.append(ids)
        return with_spikes, with_membrane

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
        output = neuron - network.first_neuron[network.output]
        is_output = (output >= 0) & (output < network.n_outputs)
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
        network = self._networks[0]
        events = self._multimeter.get("events")
        step = network.grid.steps(events["times"])
        v_mv = np.full((len(self._networks), network.n_neurons, n_steps), np.nan)
        senders = np.asarray(events["senders"], dtype=np.int64)
        mine = np.flatnonzero(step <= n_steps)
        if len(mine):  # else NEST gives no V_m
            place = self._nodes.element_of[senders[mine]], self._nodes.neuron_of[senders[mine]], step[mine] - 1
            v_mv[place] = events["V_m"][mine]
        return Membranes(np.arange(1, n_steps + 1) * network.resolution_ms, v_mv)


def _collection(ids: list[np.ndarray]) -> nest.NodeCollection:
    return nest.NodeCollection(np.sort(np.concatenate(ids)))
