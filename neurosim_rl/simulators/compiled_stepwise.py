"""The compiled loop over one window where a spike may reach a neuron in the next step: step after step.

A recurrent network whose smallest delay is one step has waves of one step (see
:mod:`~neurosim_rl.simulators.compiled_kernels`). Each step integrates all neurons, and delivers spikes neuron by
neuron, which is NEST's order of summation. What arrives waits in a ring of steps, so that what one step reads and
writes lies together, and stays in the processor's cache.

Covered: currents as drive and static synapses. Membranes are not recorded, and no neuron sleeps.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neurosim_rl.compilation import compiled
from neurosim_rl.simulators import compiled_lanes as lanes
from neurosim_rl.simulators.compiled_kernels import Layout, set_drive
from neurosim_rl.simulators.compiled_lanes import N_LANES
from neurosim_rl.simulators.propagators import ALPHA, EXP

TOGETHER = 64
"""So many neurons are integrated before their spikes are delivered: as long as these are in the cache."""


class Synapses(NamedTuple):
    """Where spikes go."""

    start: np.ndarray  # (n_distinct, n_neurons + 1) first synapse of each neuron
    ahead: np.ndarray  # (n_synapses,) how far ahead in the ring, without lane, the sum lies that a spike is added to
    weight: np.ndarray  # (n_synapses,) pA (mV for delta)


def synapses_of(layout: Layout) -> Synapses:
    """Return the synapses of a layout in which every neuron is numbered as one with synapses."""
    n_neurons = int(layout.first[-1])
    ahead = N_LANES * (2 * n_neurons * layout.delay + layout.target)
    return Synapses(layout.synapse_start, ahead, layout.weight)


def pack(constants: np.ndarray) -> np.ndarray:
    """Return those constants that ``iaf_psc_exp`` uses, side by side.

    Parameters
    ----------
    constants : array, shape (n_blocks, n_neurons, n_constants * N_LANES)
        As of a State.

    Returns
    -------
    array, shape (n_blocks, n_neurons, len(lanes.EXP_COLUMNS) * N_LANES)
    """
    columns = constants.reshape(*constants.shape[:2], -1, N_LANES)[:, :, list(lanes.EXP_COLUMNS)]
    return np.ascontiguousarray(columns).reshape(*constants.shape[:2], -1)


@compiled
def advance(layout, synapses, packed, state, rows, active, currents, now, n_steps, counts, spikes):
    """Advance the running elements by one window; return how many spikes were recorded.

    Parameters
    ----------
    layout : Layout
        Every neuron is numbered as one with synapses.
    synapses : Synapses
    packed : array
        The constants of `state`, as of :func:`pack`.
    state : State
        Its ``pending`` has shape (n_blocks, n_slots * n_neurons, 2 * N_LANES): what arrives at each neuron, step after
        step, in a ring of one slot more than the longest delay has steps.
    rows, active, currents, now, counts, spikes
        As of :func:`neurosim_rl.simulators.compiled_kernels.advance`.
    """
    n_recorded, n_neurons = 0, layout.first[-1]
    n_slots = state.pending.shape[1] // n_neurons
    fired, network = np.empty(TOGETHER * N_LANES, np.int64), np.zeros(N_LANES, np.int64)
    for block in range(rows.shape[0]):
        set_drive(layout, state, block, rows[block], currents)
        for lane in range(N_LANES):
            network[lane] = layout.network_of[active[rows[block, lane]]] if rows[block, lane] >= 0 else -1
        states, ring = state.lanes[block], state.pending[block]
        shared_or_own = min(block, state.constants.shape[0] - 1)
        c = state.constants[shared_or_own], packed[shared_or_own]
        for step in range(n_steps):
            base = (now + step) % n_slots * n_neurons
            for population in range(layout.kind.shape[0]):
                for first in range(layout.first[population], layout.first[population + 1], TOGETHER):
                    ends = first, min(first + TOGETHER, layout.first[population + 1])
                    n = _integrate(layout.kind[population], states, c, ring, base, ends, fired)
                    _deliver(synapses, network, ring.ravel(), base * 2 * N_LANES, fired[:n])
                    n_recorded = _count(layout.output, fired[:n], rows[block], active, step, counts, spikes, n_recorded)
    return n_recorded


@compiled
def _integrate(kind, states, c, ring, base, ends, fired):
    """Integrate neurons of one kind by one step; return how often they fired.

    Which ones did is listed in `fired`: neuron times `N_LANES` plus lane. Row `base` of the ring is the first neuron's.
    `c` are the constants, all of them and packed.
    """
    n_fired = 0
    all_constants, packed = c
    if kind == EXP:
        for neuron in range(ends[0], ends[1]):
            lanes.packed_exp(states, neuron, packed, ring, base + neuron)
            n_fired = _list_fired(ring, base, neuron, fired, n_fired)
    elif kind == ALPHA:
        for neuron in range(ends[0], ends[1]):
            lanes.alpha(states, neuron, all_constants, ring, base + neuron, 0, 1)
            n_fired = _list_fired(ring, base, neuron, fired, n_fired)
    else:
        for neuron in range(ends[0], ends[1]):
            lanes.delta(states, neuron, all_constants, ring, base + neuron, 0, 1)
            n_fired = _list_fired(ring, base, neuron, fired, n_fired)
    return n_fired


@lanes.inlined
def _list_fired(ring, base, neuron, fired, n_fired):
    """List the lanes in which a neuron fired, and clear them; no branch depends on which ones these are."""
    any_fired = 0
    for lane in range(N_LANES):
        any_fired |= ring[base + neuron, lane] != 0.0
    if any_fired:
        for lane in range(N_LANES):
            fired[n_fired] = neuron * N_LANES + lane
            n_fired += ring[base + neuron, lane] != 0.0
            ring[base + neuron, lane] = 0.0
    return n_fired


@compiled
def _deliver(synapses, network, ring, now, fired):
    """Add spikes up where they arrive; `ring` as one row, of which the present step begins at `now`."""
    for k in range(len(fired)):
        neuron, lane = fired[k] // N_LANES, fired[k] % N_LANES
        if network[lane] < 0:
            continue
        for synapse in range(synapses.start[network[lane], neuron], synapses.start[network[lane], neuron + 1]):
            place = now + synapses.ahead[synapse] + lane
            if place >= len(ring):
                place -= len(ring)
            ring[place] += synapses.weight[synapse]


@compiled
def _count(output, fired, lane_rows, active, step, counts, spikes, n_recorded):
    """Count and record spikes; return how many are recorded by now."""
    for k in range(len(fired)):
        neuron, row = fired[k] // N_LANES, lane_rows[fired[k] % N_LANES]
        if row < 0:
            continue
        if output[0] <= neuron < output[1]:
            counts[row, neuron - output[0]] += 1
        if spikes.shape[0]:
            spikes[n_recorded, 0], spikes[n_recorded, 1], spikes[n_recorded, 2] = active[row], neuron, step + 1
            n_recorded += 1
    return n_recorded
