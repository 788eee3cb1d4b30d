"""The compiled loop over one window, wave by wave, for static synapses.

Spikes of neurons are delivered as soon as these are integrated through the wave. Where a window cuts a slice of a
network with sources, :mod:`~neurosim_rl.simulators.compiled_cut_waves` is the loop.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neurosim_rl.compilation import compiled
from neurosim_rl.simulators import compiled_waves as waves
from neurosim_rl.simulators.compiled_lanes import N_LANES
from neurosim_rl.simulators.compiled_neurons import SOURCE
from neurosim_rl.simulators.compiled_state import Layout, forget_tiny, set_drive


class StaticSynapses(NamedTuple):
    """Where spikes go by static synapses."""

    start: np.ndarray  # (n_distinct, n_neurons + 1) first synapse of each neuron
    ahead: np.ndarray  # (n_synapses,) how far ahead in the ring, without lane, the sum lies that a spike is added to
    weight: np.ndarray  # (n_synapses,) pA (mV for delta)


def synapses_of(layout: Layout) -> StaticSynapses:
    """Return the synapses of a layout in which every neuron is numbered as one with synapses."""
    n_neurons = int(layout.first[-1])
    ahead = N_LANES * (2 * n_neurons * layout.delay + layout.target)
    return StaticSynapses(layout.synapse_start, ahead, layout.weight)


@compiled
def advance_static(layout, synapses, state, rows, active, currents, sources, now, wave_ends, counts, spikes, v_mv):
    """Advance the running elements by one window; return how many spikes were recorded.

    Parameters
    ----------
    layout : Layout
        Every neuron is numbered as one with synapses.
    synapses : StaticSynapses
    state : State
        Its ``pending`` has shape (n_blocks, n_slots * n_neurons, 2 * N_LANES): what arrives at each neuron, step after
        step, in a ring of as many slots as the longest delay and a slice have steps.
    wave_ends : int array
        Steps at which waves end, the last being the window's.
    rows, active, currents, sources, now, counts, spikes, v_mv
        As of :func:`neurosim_rl.simulators.compiled_kernels.advance`; spikes of sources sorted by row, wave, neuron
        and step.
    """
    n_recorded, n_neurons, output = 0, layout.first[-1], layout.output
    next_source, longest = sources[0].copy(), waves.longest_wave(wave_ends)
    fired, network = waves.room_for_spikes(waves.TOGETHER * longest, sources), np.zeros(N_LANES, np.int64)
    for block in range(rows.shape[0]):
        lane_rows = rows[block]
        set_drive(layout, state, block, lane_rows, currents)
        for lane in range(N_LANES):
            network[lane] = layout.network_of[active[lane_rows[lane]]] if lane_rows[lane] >= 0 else -1
        ring = state.pending[block]
        n_slots = ring.shape[0] // n_neurons
        begin = 0
        for end in wave_ends:
            n = waves.take_sources(sources, next_source, lane_rows, end, fired)
            if n:
                deliver_fired(synapses, network, ring.ravel(), n_neurons, n_slots, now, fired, n)
                n_recorded = waves.count(output, fired, n, lane_rows, active, counts, spikes, n_recorded)
            for population in range(layout.kind.shape[0]):
                last = layout.first[population + 1] if layout.kind[population] != SOURCE else 0
                for first in range(layout.first[population], last, waves.TOGETHER):
                    ends = first, min(first + waves.TOGETHER, last)
                    n = waves.integrate(
                        layout, population, state, block, now, begin, end, ends, fired, lane_rows, active, v_mv
                    )
                    if n:
                        deliver_fired(synapses, network, ring.ravel(), n_neurons, n_slots, now, fired, n)
                        n_recorded = waves.count(output, fired, n, lane_rows, active, counts, spikes, n_recorded)
            begin = end
        forget_tiny(state.lanes[block])
    return n_recorded


@compiled
def deliver_fired(synapses, network, ring, n_neurons, n_slots, now, fired, n_fired):
    """Add spikes up where they arrive; `ring` as one row."""
    for k in range(n_fired):
        neuron, lane = fired[0, k] // N_LANES, fired[0, k] % N_LANES
        if network[lane] < 0:
            continue
        here = (now + fired[1, k]) % n_slots * n_neurons * 2 * N_LANES
        for synapse in range(synapses.start[network[lane], neuron], synapses.start[network[lane], neuron + 1]):
            place = here + synapses.ahead[synapse] + lane
            if place >= len(ring):
                place -= len(ring)
            ring[place] += synapses.weight[synapse]
