"""The compiled loop over one window, wave by wave, for weights that change.

They change by ``stdp_synapse``, or because they are set. What NEST does, and in this order, because weights depend on
it:

* At the beginning of a slice (``EventDeliveryManager::deliver_events``) the spikes of the slice before are delivered,
  and plastic synapses learn (:mod:`~neurosim_rl.simulators.compiled_plasticity`). Spikes of sources follow.
* Then neurons are integrated through the slice, and those with plastic synapses archive their spikes.
* Spikes of the last slice of a window wait for the next window, and meet weights that were set in between.
"""

from __future__ import annotations

import numpy as np

from neurosim_rl.compilation import compiled
from neurosim_rl.simulators import compiled_plasticity as plasticity
from neurosim_rl.simulators import compiled_waves as waves
from neurosim_rl.simulators.compiled_lanes import N_LANES
from neurosim_rl.simulators.compiled_neurons import SOURCE
from neurosim_rl.simulators.compiled_state import forget_tiny, set_drive


@compiled
def advance_learning(
    layout,
    synapses,
    archive,
    state,
    rows,
    active,
    currents,
    sources,
    now,
    wave_ends,
    in_slice,
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
    synapses, archive : compiled_plasticity.PlasticSynapses, compiled_plasticity.Archive
    in_slice : bool
        Whether the first wave begins within a slice.
    waiting : int array, shape (n_waiting, 3)
        Element, neuron and step since ``build`` of the spikes that earlier windows left.
    left : int array, shape (n_waiting + n_active * n_neurons * longest wave, 3)
        Room for the spikes that this window leaves.
    """
    n_recorded, n_left, n_neurons, output = 0, 0, layout.first[-1], layout.output
    next_source, longest = sources[0].copy(), waves.longest_wave(wave_ends)
    fired = waves.room_for_spikes(waves.TOGETHER * longest, sources)
    queue = np.empty((waiting.shape[0] + N_LANES * n_neurons * longest, 3), np.int64)  # element, neuron, step
    given = np.empty((fired.shape[1], 3), np.int64)
    block_of, lane_of = waves.places(rows, active, layout.network_of.shape[0])
    for block in range(rows.shape[0]):
        lane_rows = rows[block]
        set_drive(layout, state, block, lane_rows, currents)
        ring = state.pending[block]
        n_queued = _take_waiting(waiting, block_of, block, queue)
        begin = 0
        for end in wave_ends:
            # A window may cut a slice. Its spikes then wait until the next window has finished the slice.
            if begin > 0 or not in_slice:
                plasticity.deliver(layout.network_of, synapses, archive, queue, n_queued, lane_of, ring, n_neurons)
                n_queued = 0
            # Spikes of sources come after those of the last slice, as in NEST.
            n = waves.take_sources(sources, next_source, lane_rows, end, fired)
            if n:
                n_given = waves.line_up(fired, n, lane_rows, active, now, given, 0)
                plasticity.deliver(layout.network_of, synapses, archive, given, n_given, lane_of, ring, n_neurons)
                n_recorded = waves.count(output, fired, n, lane_rows, active, counts, spikes, n_recorded)
            for population in range(layout.kind.shape[0]):
                last = layout.first[population + 1] if layout.kind[population] != SOURCE else 0
                for first in range(layout.first[population], last, waves.TOGETHER):
                    ends = first, min(first + waves.TOGETHER, last)
                    n = waves.integrate(
                        layout, population, state, block, now, begin, end, ends, fired, lane_rows, active, v_mv
                    )
                    if n:
                        n_before = n_queued
                        n_queued = waves.line_up(fired, n, lane_rows, active, now, queue, n_queued)
                        plasticity.keep(archive, layout.network_of, queue[n_before:n_queued], synapses.ticks_per_step)
                        n_recorded = waves.count(output, fired, n, lane_rows, active, counts, spikes, n_recorded)
            begin = end
        forget_tiny(state.lanes[block])
        left[n_left : n_left + n_queued] = queue[:n_queued]
        n_left += n_queued
    # The last spikes of elements that have ended: their synapses learn once more, and nothing arrives.
    n_queued = _take_waiting(waiting, block_of, -1, queue)
    if wave_ends.shape[0] > 1 or not in_slice:
        ring = np.zeros((n_neurons, 1))
        plasticity.deliver(layout.network_of, synapses, archive, queue, n_queued, lane_of, ring, n_neurons)
    else:
        left[n_left : n_left + n_queued] = queue[:n_queued]
        n_left += n_queued
    return n_recorded, n_left


@compiled
def _take_waiting(waiting, block_of, block, queue):
    """Put spikes that wait in a block into a queue; return how many they are. Block -1: of elements that have ended."""
    n_queued = 0
    for k in range(waiting.shape[0]):
        if block_of[waiting[k, 0]] == block:
            queue[n_queued] = waiting[k]
            n_queued += 1
    return n_queued
