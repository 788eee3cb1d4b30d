"""The compiled simulator: NEST's spikes, without NEST's overhead for each call and node."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np

from neurosim_rl.bridge.drive import Drive, SpikeTrains
from neurosim_rl.errors import SimulatorError
from neurosim_rl.networks.network import Network
from neurosim_rl.records.spikes import Membranes, Spikes
from neurosim_rl.simulators import compiled_kernels as kernels
from neurosim_rl.simulators.base import Simulator
from neurosim_rl.simulators.checks import (
    check_active,
    check_batch,
    check_drive,
    check_weights,
    check_window,
    neurons_of,
)
from neurosim_rl.simulators.compiled_blocks import at_rest, blocks, close_ranks, one_for_all
from neurosim_rl.simulators.compiled_lanes import DRIVE, N_LANES, V
from neurosim_rl.simulators.compiled_layout import DistinctNetworks, is_feed_forward, layout_of
from neurosim_rl.simulators.compiled_learning import Learning
from neurosim_rl.simulators.compiled_static import StaticWaves


class CompiledSimulator(Simulator):
    """Exact integration on NEST's grid in compiled code (numba), with NEST's arithmetic in NEST's order.

    Covered: the neuron models of :mod:`compiled_neurons` with constant parameters that may differ between neurons and
    elements; ``static_synapse`` and ``stdp_synapse`` with any weight, delay and parameters, at most one
    from a neuron to another; currents and spike trains as drive. Anything else raises an error that says to use NEST.
    There can be any number of these simulators in a process.
    """

    def build(
        self,
        networks: Sequence[Network],
        *,
        record_spikes: bool = False,
        record_membranes: bool = False,
        window_spikes_of: Sequence[str] = (),
        sets_weights: bool = False,
        noise_seeds: Sequence[int] | None = None,
    ) -> None:
        """Take a batch of networks (see :class:`~neurosim_rl.simulators.base.Simulator`).

        Raises
        ------
        SimulatorError
            For a model, parameter or synapse that is not covered.
        """
        check_batch(networks)
        watched, distinct = neurons_of(window_spikes_of, networks[0]), DistinctNetworks.of(networks)
        is_plastic = any(s.rules.size for s in distinct.structures)
        learns = is_plastic or sets_weights
        # Feed-forward networks with constant weights are simulated population by population, all others wave by wave
        # (see compiled_kernels).
        self._in_waves = learns or not all(is_feed_forward(n) for n in distinct.networks)
        layout = layout_of(distinct, numbers_all=self._in_waves)
        self._learning = Learning(distinct, layout) if learns else None
        self._layout, self._watched = layout, watched
        self._static = StaticWaves(layout, networks[0]) if self._in_waves and not learns else None
        self.networks = networks
        self._records_spikes, self._records_membranes = record_spikes, record_membranes
        self._records_window, self._sets_weights = record_spikes or watched.any(), sets_weights
        self._active = np.arange(len(networks))
        self._steps_done = 0
        self._slice_steps = networks[0].delay_range_steps[0]
        self._max_delay = max(n.delay_range_steps[1] for n in networks)
        self._elements = blocks(self._active)
        self._rows = self._elements
        n_synaptic = int((layout.synaptic >= 0).sum())
        self._state = at_rest(distinct, layout, self._elements, n_synaptic, self._pending_shape(n_synaptic))
        self._put_empty_lanes_to_sleep()
        self._spike_chunks: list[np.ndarray] = []
        self._last_window = np.zeros((0, 3), np.int64)
        self._membrane_chunks: list[np.ndarray] = []

    def _pending_shape(self, n_synaptic: int) -> tuple[int, int]:
        """Return the shape of what a block's spikes that are under way need: a row a neuron, or a ring of steps."""
        if self._in_waves:
            return (self._max_delay + self._slice_steps) * n_synaptic, 2 * N_LANES
        return n_synaptic, self._max_delay * 2 * N_LANES

    def advance(self, drive: Drive, window_ms: float, active: np.ndarray) -> np.ndarray:
        """Simulate one window (see :class:`~neurosim_rl.simulators.base.Simulator`)."""
        if not self.networks:
            raise SimulatorError("advance() before build(): there is no network yet.")
        network = self.networks[0]
        n_steps = check_window(window_ms, network.grid)
        check_drive(drive, network, len(active), n_steps)
        if active is not self._active:
            check_active(active, self._active)
            self._choose(np.asarray(active))
        counts = np.zeros((len(active), network.n_outputs), np.int64)
        # Arrays without rows tell the kernels to record nothing. Compiled code allocates no results: an array that it
        # returned would be made by Python code, where a signal's exception becomes a SystemError.
        spikes = np.empty((self._most_spikes(drive, n_steps), 3), np.int64)
        n_recorded_rows = len(active) if self._records_membranes else 0
        v_mv = np.full((n_recorded_rows, network.n_neurons, n_steps), np.nan)
        n_recorded = self._advance(drive, n_steps, (counts, spikes, v_mv))
        self._keep(spikes[:n_recorded], v_mv, n_steps)
        self._steps_done += n_steps
        return counts

    def _most_spikes(self, drive: Drive, n_steps: int) -> int:
        """Return how many spikes a window can have: a neuron one in each step, a source any number."""
        if not self._records_window:
            return 0
        n_given = len(drive.row) if isinstance(drive, SpikeTrains) else 0
        n_given += 0 if drive.background is None else len(drive.background.row)
        return drive.n_rows * self.networks[0].n_neurons * n_steps + n_given

    def _advance(self, drive: Drive, n_steps: int, results: tuple[np.ndarray, np.ndarray, np.ndarray]) -> int:
        """Simulate one window by the kernel that fits; return how many spikes were recorded."""
        wave_ends = self._wave_ends(n_steps)
        inputs = _inputs(drive, self.networks[0], wave_ends)
        window = self._rows, self._active, *inputs, self._steps_done
        if self._static is not None:
            return self._static.advance(self._state, (*window, wave_ends), results)
        if self._learning is None:
            self._make_room(n_steps)
            return kernels.advance(self._layout, self._state, *window, n_steps, *results)  # type: ignore[no-any-return]
        in_slice = self._steps_done % self._slice_steps != 0
        return self._learning.advance(self._state, (*window, wave_ends, in_slice), results)

    def _choose(self, active: np.ndarray) -> None:
        """Keep only these elements running; when a quarter of the blocks can be saved, they close ranks."""
        self._active = active
        n_blocks = -(-len(active) // N_LANES)
        if 4 * n_blocks <= 3 * len(self._elements):
            before, self._elements = self._elements, blocks(active)
            self._state = close_ranks(self._state, self._layout, before, self._elements)
        row_of = np.full(len(self.networks) + 1, -1)  # the last is for lanes without an element
        row_of[active] = np.arange(len(active))
        self._rows = row_of[self._elements]
        self._put_empty_lanes_to_sleep()

    def _put_empty_lanes_to_sleep(self) -> None:
        block, lane = np.nonzero(self._rows < 0)
        self._state.asleep_since[block, :, lane] = 0
        self._state.lanes[block, :, DRIVE + lane] = 0.0

    def _make_room(self, n_steps: int) -> None:
        """Let the buffers hold a window's arrivals and the longest delay beyond it."""
        n_slots = n_steps + self._max_delay
        if self._state.arriving.shape[1] != n_slots * 2 * N_LANES:
            arriving = np.zeros((len(self._state.arriving), n_slots * 2 * N_LANES))
            self._state = self._state._replace(arriving=arriving)

    def _wave_ends(self, n_steps: int) -> np.ndarray:
        """Return where waves end: NEST's slices lie on a fixed grid since time 0, and a window may cut one."""
        if not self._in_waves:
            return np.array([n_steps])
        wave = self._slice_steps
        ends = np.arange(wave - self._steps_done % wave, n_steps, wave)
        return np.append(ends, n_steps)

    def _keep(self, spikes: np.ndarray, v_mv: np.ndarray, n_steps: int) -> None:
        if self._records_window:
            self._last_window = spikes + np.array([0, 0, self._steps_done])
        if self._records_spikes:
            self._spike_chunks.append(self._last_window)
        if self._records_membranes:
            whole = np.full((len(self.networks), *v_mv.shape[1:]), np.nan)
            whole[self._active] = v_mv
            self._membrane_chunks.append(whole)

    def output_mv(self) -> np.ndarray:
        """Return the output neurons' membranes at the end of the last window, in mV, shape (n_rows, n_outputs).

        Raises
        ------
        SimulatorError
            When no network has a synapse onto an output neuron: such a neuron may sleep, and its decay is not computed.
        """
        if not self.networks:
            raise SimulatorError("output_mv() before build(): there is no network yet.")
        first, last = self._layout.output
        if (self._layout.synaptic[first:last] < 0).any():
            raise SimulatorError("output neurons without synapses cannot be read here. Use --simulator nest.")
        block, lane = np.nonzero(self._rows >= 0)
        v_mv = np.empty((len(self._active), last - first))
        v_mv[self._rows[block, lane]] = self._state.lanes[block[:, None], np.arange(first, last), V + lane[:, None]]
        return v_mv + self._layout.rest_mv[self._layout.network_of[self._active], first:last]

    def spikes(self) -> Spikes:
        """Return all spikes since ``build``."""
        if not self.networks or not self._records_spikes:
            raise SimulatorError("spikes were not recorded. Build with record_spikes=True.")
        element, neuron, step = np.concatenate([np.zeros((0, 3), np.int64), *self._spike_chunks]).T
        return Spikes.sorted(element, neuron, step, self.networks[0].resolution_ms)

    def membranes(self) -> Membranes:
        """Return all membrane potentials since ``build``, those of the last window included."""
        if not self.networks or not self._records_membranes:
            raise SimulatorError("membranes were not recorded. Build with record_membranes=True.")
        nothing = np.zeros((len(self.networks), self.networks[0].n_neurons, 0))
        v_mv = np.concatenate([nothing, *self._membrane_chunks], axis=2)
        return Membranes(np.arange(1, v_mv.shape[2] + 1) * self.networks[0].resolution_ms, v_mv)

    def window_spikes(self) -> Spikes:
        """Return the spikes of the last window, of the populations named in :meth:`build`."""
        if not self.networks or not self._watched.any():
            raise SimulatorError("spikes of windows were not asked for. Build with window_spikes_of=[names].")
        mine = self._last_window[self._watched[self._last_window[:, 1]]]
        element, neuron, step = mine.T
        return Spikes.sorted(element, neuron, step, self.networks[0].resolution_ms)

    def weights_pa(self) -> list[list[np.ndarray]]:
        """Return the present weights (see :class:`~neurosim_rl.simulators.base.Simulator`)."""
        if not self.networks:
            raise SimulatorError("weights_pa() before build(): there is no network yet.")
        if self._learning is not None:
            return self._learning.weights_pa(self.networks)
        weights = []
        for network in self.networks:
            of_element = [np.array(p.weight_pa, dtype=np.float64) for p in network.projections]
            weights.append(of_element)
        return weights

    def set_weights_pa(
        self, projection: int, weight_pa: np.ndarray | Sequence[np.ndarray], elements: np.ndarray | None = None
    ) -> None:
        """Set the weights of one projection (see :class:`~neurosim_rl.simulators.base.Simulator`)."""
        if not self.networks or self._learning is None or not self._sets_weights:
            raise SimulatorError("weights cannot be set. Build with sets_weights=True.")
        chosen = self._active if elements is None else np.asarray(elements)
        check_active(chosen, self._active)
        check_weights(self.networks, projection, weight_pa, chosen)
        self._learning.set_weights_pa(self.networks, projection, weight_pa, chosen)

    def spread(self, element: int) -> Simulator:
        """Return a simulator in which all elements have the state of one (see the base class).

        Raises
        ------
        SimulatorError
            For networks that learn.
        """
        if not self.networks or self._learning is not None:
            raise SimulatorError("the state of networks that learn is not copied: expected networks that do not.")
        check_active(np.array([element]), self._active)
        other = copy(self)
        other._active = np.arange(len(self.networks))
        other._elements = other._rows = blocks(other._active)
        other._state = one_for_all(self._state, self._layout, self._elements, element, other._elements)
        other._put_empty_lanes_to_sleep()
        other._static = None if self._static is None else self._static.spread(element, other._active)
        other._spike_chunks, other._membrane_chunks = [], []
        other._last_window = np.zeros((0, 3), np.int64)
        return other

    def close(self) -> None:
        """Forget the networks."""
        self.networks = ()


def _inputs(drive: Drive, network: Network, wave_ends: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Return currents, and given spikes in the kernels' order; what there is none of is empty."""
    trains: list[tuple[SpikeTrains, int]] = []  # with the first neuron; those of an input are adjacent
    if drive.background is not None:
        trains.append((drive.background, network.first_neuron[str(network.background)]))
    if isinstance(drive, SpikeTrains):
        trains.append((drive, network.first_neuron[network.inputs[0]]))
        return np.zeros((0, 0)), _given_spikes(trains, wave_ends)
    currents = np.ascontiguousarray(drive.pa, dtype=np.float64)
    if trains:
        return currents, _given_spikes(trains, wave_ends)
    nothing = np.zeros(0, np.int64)
    return currents, (np.zeros(drive.n_rows + 1, np.int64), nothing, nothing)


def _given_spikes(trains: list[tuple[SpikeTrains, int]], wave_ends: np.ndarray) -> tuple:
    """Return the first spike of each row, and neuron and step of all spikes of some populations."""
    rows, neurons, steps = [], [], []
    for train, first in trains:
        rows.append(train.row)
        neurons.append(first + train.input)
        steps.append(train.step)
    row, neuron = np.concatenate(rows), np.concatenate(neurons).astype(np.int64)
    step = np.concatenate(steps).astype(np.int64)
    if len(wave_ends) > 1 or len(trains) > 1:
        # Within a wave NEST delivers neuron by neuron: that is the order of summation.
        order = np.lexsort((step, neuron, np.searchsorted(wave_ends, step), row))
        row, neuron, step = row[order], neuron[order], step[order]
    return np.searchsorted(row, np.arange(trains[0][0].n_rows + 1)), neuron, step
