"""The compiled loop over one window that cuts a slice of a network with sources and static synapses.

NEST delivers spikes of neurons at the end of a slice, but those of sources at once, also those of the next window where
that is within the slice. So the spikes of neurons wait here for the end of the slice: the order of summation depends on
it. In networks without sources it does not, and other windows cut nothing: those take the shorter loop of
:mod:`~neurosim_rl.simulators.compiled_static_waves`.
"""

from __future__ import annotations

import numpy as np

from neurosim_rl.compilation import compiled
from neurosim_rl.simulators import compiled_waves as waves
from neurosim_rl.simulators.compiled_lanes import N_LANES
from neurosim_rl.simulators.compiled_neurons import SOURCE
from neurosim_rl.simulators.compiled_state import forget_tiny, set_drive
from neurosim_rl.simulators.compiled_static_waves import deliver_fired


@compiled
def advance_cut(
    layout,
    synapses,
    state,
    rows,
    active,
    currents,
    sources,
    now,
    wave_ends,
    cuts,
    waiting,
    counts,
    spikes,
    v_mv,
    left,
):
    """Advance the running elements by one window; return how many spikes were recorded, and how many wait.

    No array is returned: numba would run Python code for that, where a signal's exception becomes a SystemError.

    Parameters are those of :func:`neurosim_rl.simulators.compiled_static_waves.advance_static`, and:

    Parameters
    ----------
    cuts : bool array, shape (2,)
        Whether the window begins within a slice, and whether it ends within one.
    waiting : int array, shape (n_waiting, 3)
        Element, neuron and step since ``build`` of the spikes that earlier windows left.
    left : int array, shape (n_waiting + n_active * n_neurons * steps of a slice, 3)
        Room for the spikes that this window leaves.
    """
    n_recorded, n_left, n_neurons, output = 0, 0, layout.first[-1], layout.output
    next_source, longest = sources[0].copy(), waves.longest_wave(wave_ends)
    fired, network = waves.room_for_spikes(waves.TOGETHER * longest, sources), np.zeros(N_LANES, np.int64)
    queue = np.empty((2, waiting.shape[0] + N_LANES * n_neurons * longest), np.int64)  # as in `fired`
    block_of, lane_of = waves.places(rows, active, layout.network_of.shape[0])
    for block in range(rows.shape[0]):
        lane_rows = rows[block]
        set_drive(layout, state, block, lane_rows, currents)
        for lane in range(N_LANES):
            network[lane] = layout.network_of[active[lane_rows[lane]]] if lane_rows[lane] >= 0 else -1
        ring = state.pending[block]
        n_slots = ring.shape[0] // n_neurons
        n_queued = _take_waiting(waiting, block_of, lane_of, block, now, queue)
        begin = 0
        for end in wave_ends:
            n = waves.take_sources(sources, next_source, lane_rows, end, fired)
            deliver_fired(synapses, network, ring.ravel(), n_neurons, n_slots, now, fired, n)
            n_recorded = waves.count(output, fired, n, lane_rows, active, counts, spikes, n_recorded)
            for population in range(layout.kind.shape[0]):
                last = layout.first[population + 1] if layout.kind[population] != SOURCE else 0
                for first in range(layout.first[population], last, waves.TOGETHER):
                    ends = first, min(first + waves.TOGETHER, last)
                    n = waves.integrate(
                        layout, population, state, block, now, begin, end, ends, fired, lane_rows, active, v_mv
                    )
                    queue[:, n_queued : n_queued + n] = fired[:, :n]
                    n_queued += n
                    n_recorded = waves.count(output, fired, n, lane_rows, active, counts, spikes, n_recorded)
            # At the end of a slice; a wave that the window's end cuts is none.
            if end < wave_ends[-1] or not cuts[1]:
                deliver_fired(synapses, network, ring.ravel(), n_neurons, n_slots, now, queue, n_queued)
                n_queued = 0
            begin = end
        forget_tiny(state.lanes[block])
        n_left = waves.line_up(queue, n_queued, lane_rows, active, now, left, n_left)
    return n_recorded, n_left


@compiled
def _take_waiting(waiting, block_of, lane_of, block, now, queue):
    """Put spikes that wait in a block into the queue, with steps from this window on; return how many they are."""
    n_queued = 0
    for k in range(waiting.shape[0]):
        element = waiting[k, 0]
        if block_of[element] == block:
            queue[0, n_queued] = waiting[k, 1] * N_LANES + lane_of[element]
            queue[1, n_queued] = waiting[k, 2] - 1 - now
            n_queued += 1
    return n_queued
