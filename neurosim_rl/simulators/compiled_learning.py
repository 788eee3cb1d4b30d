"""Changing weights in the compiled simulator: the synapses of each element."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from neurosim_rl.errors import SimulatorError
from neurosim_rl.networks.network import Network
from neurosim_rl.simulators import compiled_plasticity as plasticity
from neurosim_rl.simulators.compiled_lanes import N_LANES, REFRACTORY
from neurosim_rl.simulators.compiled_layout import DistinctNetworks, Structure, weights_of
from neurosim_rl.simulators.compiled_learning_waves import advance_learning
from neurosim_rl.simulators.compiled_neurons import sums_all_weights
from neurosim_rl.simulators.compiled_plasticity import STATIC_RULE
from neurosim_rl.simulators.compiled_state import Layout, State
from neurosim_rl.simulators.neuron_model import MEMBRANE_DEFAULTS

FIRST_CAPACITY = 16
"""Spikes of each neuron that there is room for at first; a power of two."""


class Learning:
    """Synapses of each element with their memory, the targets' spikes that they learn from, and spikes on their way.

    Parameters
    ----------
    distinct : DistinctNetworks
    layout : Layout
        Of the same networks; every neuron is numbered as one with synapses.
    """

    def __init__(self, distinct: DistinctNetworks, layout: Layout) -> None:
        self._distinct, self._layout = distinct, layout
        self._structures = list({id(s): s for s in distinct.structures}.values())
        weights = []
        for described, structure in zip(distinct.networks, distinct.structures, strict=True):
            weights.append(weights_of(described)[structure.order])
        # Elements that share a network begin with the same weights, and each changes its own.
        of_each = [weights[k] for k in distinct.of_element]
        ends = np.cumsum(list(map(len, of_each)))
        network = distinct.networks[0]
        self.synapses = plasticity.PlasticSynapses(
            first=np.append(0, ends[:-1]),
            weight=np.concatenate(of_each).astype(np.float64),
            k_plus=np.zeros(ends[-1]),
            last_spike_ms=np.zeros((len(distinct.of_element), network.n_neurons)),
            wiring=self._wiring(),
            parameters=np.concatenate([s.rules for s in self._structures]),
            ticks_per_step=network.grid.ticks_per_step,
        )
        self.archive = self._empty_archive()
        self.waiting = np.zeros((0, 3), np.int64)
        self._shortest_interval = int(layout.constants[..., REFRACTORY // N_LANES].min()) + 1

    def _wiring(self) -> plasticity.Wiring:
        """Return the synapses of each different structure; elements with the same structure share them."""
        structures, network = self._structures, self._distinct.networks[0]
        number = {id(s): k for k, s in enumerate(structures)}
        of_distinct = np.array([number[id(s)] for s in self._distinct.structures])
        starts, targets, delays, rules = [], [], [], []
        n_synapses, n_rules = 0, 0
        for s in structures:
            targets.append(s.target)
            delays.append(s.delay)
            # All structures share one array of synapses and one of rules, so places in them are shifted.
            starts.append(s.start + n_synapses)
            rules.append(np.where(s.rule == STATIC_RULE, STATIC_RULE, s.rule + n_rules))
            n_synapses += len(s.target)
            n_rules += len(s.rules)
        target, delay = np.concatenate(targets), np.concatenate(delays)
        has_one_sum = np.repeat(sums_all_weights(self._layout.kind), np.diff(self._layout.first))
        return plasticity.Wiring(
            of_element=of_distinct[self._distinct.of_element],
            start=np.stack(starts),
            target=target.astype(np.int32),
            delay=delay.astype(np.int32),
            ahead=(2 * N_LANES * (network.n_neurons * delay + target)).astype(np.int32),
            aside=np.where(has_one_sum, 0, N_LANES)[target].astype(np.int32),
            rule=np.concatenate(rules).astype(np.int32),
        )

    def _empty_archive(self) -> plasticity.Archive:
        """Return an archive without spikes, with a place for each neuron that has plastic synapses in any network."""
        distinct = self._distinct
        n_distinct, n_neurons = len(distinct.networks), distinct.networks[0].n_neurons
        n_incoming, longest = np.zeros((n_distinct, n_neurons), np.int64), np.zeros((n_distinct, n_neurons), np.int64)
        for k, structure in enumerate(distinct.structures):
            is_plastic = structure.rule != STATIC_RULE
            np.add.at(n_incoming[k], structure.target[is_plastic], 1)
            np.maximum.at(longest[k], structure.target[is_plastic], structure.delay[is_plastic])
        is_archived = n_incoming.any(axis=0)
        shape = (len(distinct.of_element), int(is_archived.sum()))
        network = distinct.networks[0]
        step_ms = network.grid.delay_step_ms
        inverse_tau_minus = np.stack([1.0 / _tau_minus(n) for n in distinct.networks])
        return plasticity.Archive(
            number=np.where(is_archived, np.cumsum(is_archived) - 1, -1),
            n_incoming=n_incoming[:, is_archived],
            age_limit_ms=longest[:, is_archived] * step_ms + network.delay_range_steps[0] * step_ms,
            inverse_tau_minus=inverse_tau_minus[:, is_archived],
            first=np.zeros(shape, np.int64),
            length=np.zeros(shape, np.int64),
            time_ms=np.zeros((*shape, FIRST_CAPACITY)),
            k_minus=np.zeros((*shape, FIRST_CAPACITY)),
            n_reads=np.zeros((*shape, FIRST_CAPACITY), np.int64),
        )

    def advance(self, state: State, window: tuple[Any, ...], results: tuple[np.ndarray, ...]) -> int:
        """Advance by one window; return how many spikes were recorded.

        Parameters
        ----------
        window : tuple
            Arguments of :func:`compiled_learning_waves.advance_learning` from ``rows`` to ``in_slice``.
        results : tuple
            Its arrays ``counts``, ``spikes`` and ``v_mv``.
        """
        active, wave_ends = window[1], window[-2]
        self._make_room(int(wave_ends[-1]))
        n_in_wave = len(active) * int(self._layout.first[-1]) * int(np.diff(wave_ends, prepend=0).max())
        left = np.empty((len(self.waiting) + n_in_wave, 3), np.int64)
        arguments = self._layout, self.synapses, self.archive, state, *window, self.waiting, *results, left
        n_recorded, n_left = advance_learning(*arguments)
        self.waiting = left[:n_left].copy()
        return int(n_recorded)

    def _make_room(self, n_steps: int) -> None:
        """Let the archive hold all spikes of a window.

        A spike stays until all plastic synapses of its neuron have learned from it, so sources that are silent for long
        make it grow, as in NEST.
        """
        archive = self.archive
        old = archive.time_ms.shape[2]
        needed = int(archive.length.max(initial=0)) + n_steps // self._shortest_interval + 1
        if needed <= old:
            return
        capacity = 1 << (needed - 1).bit_length()
        order = (archive.first[..., np.newaxis] + np.arange(old)) % old  # so that the oldest comes first

        def grown(values: np.ndarray) -> np.ndarray:
            larger = np.zeros((*values.shape[:2], capacity), values.dtype)
            larger[..., :old] = np.take_along_axis(values, order, axis=2)
            return larger

        self.archive = archive._replace(
            first=np.zeros_like(archive.first),
            time_ms=grown(archive.time_ms),
            k_minus=grown(archive.k_minus),
            n_reads=grown(archive.n_reads),
        )

    def weights_pa(self, networks: Sequence[Network]) -> list[list[np.ndarray]]:
        """Return the weights of each element's projections, ordered as described."""
        weights = []
        for element, network in enumerate(networks):
            structure = self._distinct.structures[self._distinct.of_element[element]]
            described = self.synapses.weight[self.synapses.first[element] + structure.place]
            weights.append(np.split(described, _ends(network)[:-1])[: len(network.projections)])
        return weights

    def set_weights_pa(
        self,
        networks: Sequence[Network],
        projection: int,
        weight_pa: np.ndarray | Sequence[np.ndarray],
        elements: np.ndarray,
    ) -> None:
        """Set the weights of one projection, shape (n_rows, n_synapses), in these elements."""
        of_element = self._distinct.of_element[elements]
        structures = [self._distinct.structures[k] for k in of_element.tolist()]
        is_shared = len(set(map(id, structures))) == 1
        if is_shared and isinstance(weight_pa, np.ndarray):
            places = _places(networks[elements[0]], structures[0], projection)
            self.synapses.weight[self.synapses.first[elements][:, np.newaxis] + places] = weight_pa
            return
        for element, structure, row in zip(elements.tolist(), structures, weight_pa, strict=True):
            places = _places(networks[element], structure, projection)
            self.synapses.weight[self.synapses.first[element] + places] = row


def _places(network: Network, structure: Structure, projection: int) -> np.ndarray:
    """Return the places of a projection's synapses among those sorted by source."""
    end = _ends(network)[projection]
    return structure.place[end - network.projections[projection].n_synapses : end]


def _ends(network: Network) -> np.ndarray:
    """Return where each projection's synapses end among all synapses in the network's own order."""
    return np.cumsum([p.n_synapses for p in network.projections])


def _tau_minus(network: Network) -> np.ndarray:
    """Return the time constant of every neuron's trace in ms, shape (n_neurons,)."""
    values = np.empty(network.n_neurons)
    for p in network.populations:
        first = network.first_neuron[p.name]
        values[first : first + p.size] = p.parameters.get("tau_minus", MEMBRANE_DEFAULTS["tau_minus"])
    if (values <= 0).any():
        raise SimulatorError(f"tau_minus is {values.min():g} ms; expected a value above 0.")
    return values
