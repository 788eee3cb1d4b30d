"""Waves of the compiled loops: for recurrent networks, and wherever weights change.

A wave is NEST's slice, the smallest delay, or what a window has of it (see
:mod:`~neurosim_rl.simulators.compiled_kernels`). In a wave, neurons are integrated one after the other, each through
all of its steps; spikes of a wave are delivered neuron by neuron, which is NEST's order of summation. What arrives
waits in a ring of steps, so that what one wave reads and writes lies together, and stays in the processor's cache.

Static synapses deliver the spikes of some neurons as soon as these are integrated
(:mod:`~neurosim_rl.simulators.compiled_static_waves`); those with changing weights, at the beginning of the next slice
(:mod:`~neurosim_rl.simulators.compiled_learning_waves`).
"""

from __future__ import annotations

import numpy as np

from neurosim_rl.compilation import compiled
from neurosim_rl.simulators.compiled_lanes import N_LANES, V, inlined
from neurosim_rl.simulators.compiled_neurons import by_step

TOGETHER = 64
"""So many neurons are integrated before their spikes are delivered: as long as these are in the cache."""


@compiled
def longest_wave(wave_ends):
    """Return how many steps the longest wave has."""
    longest, begin = 0, 0
    for end in wave_ends:
        longest, begin = max(longest, end - begin), end
    return longest


@compiled
def room_for_spikes(n_neuron_steps, sources):
    """Return room for the spikes of so many neurons' steps, or for all of a wave's sources: neuron and lane, step."""
    most = 0
    for row in range(sources[0].shape[0] - 1):
        most = max(most, sources[0][row + 1] - sources[0][row])
    return np.empty((2, N_LANES * max(n_neuron_steps, most)), np.int64)


@compiled
def take_sources(sources, next_source, lane_rows, end, fired):
    """List the given spikes of a wave; return how many they are."""
    row_start, neuron, step = sources
    n_fired = 0
    for lane in range(N_LANES if neuron.shape[0] else 0):
        row = lane_rows[lane]
        while row >= 0 and next_source[row] < row_start[row + 1] and step[next_source[row]] <= end:
            fired[0, n_fired] = neuron[next_source[row]] * N_LANES + lane
            fired[1, n_fired] = step[next_source[row]] - 1
            n_fired += 1
            next_source[row] += 1
    return n_fired


@compiled
def integrate(layout, population, state, block, now, begin, end, ends, fired, lane_rows, active, v_mv):
    """Integrate neurons ``ends[0]`` to ``ends[1] - 1`` of a population through a wave; return how often they fired.

    Their spikes are listed in `fired`, neuron after neuron and step after step: neuron times `N_LANES` plus lane, and
    step.
    """
    states, ring, n_neurons = state.lanes[block], state.pending[block], layout.first[-1]
    c, kind = state.constants[min(block, state.constants.shape[0] - 1)], layout.kind[population]
    row = (now + begin) % (ring.shape[0] // n_neurons) * n_neurons  # of neuron 0 in the first step
    if not v_mv.shape[0]:
        return _through(kind, states, c, ring, row, n_neurons, begin, end, ends, fired)
    # Membranes are recorded after each step: the same loop, called for one neuron and one step at a time.
    n_fired = 0
    for neuron in range(ends[0], ends[1]):
        only, place = (neuron, neuron + 1), row
        for t in range(begin, end):
            n_fired += _through(kind, states, c, ring, place, n_neurons, t, t + 1, only, fired[:, n_fired:])
            for lane in range(N_LANES):
                if lane_rows[lane] >= 0:
                    rest_mv = layout.rest_mv[layout.network_of[active[lane_rows[lane]]], neuron]
                    v_mv[lane_rows[lane], neuron, t] = states[neuron, V + lane] + rest_mv
            place = _next_step(place, ring, n_neurons)
    return n_fired


@by_step
def _through(step):
    """Integrate neurons of one kind from step to step; called with the kind, and the arguments of `loop`.

    Each neuron takes all of its steps before the next neuron does, so its state and constants stay in the cache.
    """

    def loop(states, c, ring, first_row, n_neurons, begin, end, ends, fired):
        n_fired = 0
        for neuron in range(ends[0], ends[1]):
            row = first_row
            for t in range(begin, end):
                for lane in range(N_LANES):
                    step(states, neuron, c, ring, row + neuron, 0, lane)
                n_fired = _list_fired(ring, row + neuron, neuron, t, fired, n_fired)
                row = _next_step(row, ring, n_neurons)
        return n_fired

    return loop


@inlined
def _next_step(row, ring, n_neurons):
    """Return where the next step begins in the ring."""
    return row + n_neurons if row + n_neurons < ring.shape[0] else 0


@inlined
def _list_fired(ring, row, neuron, t, fired, n_fired):
    """List the lanes in which a neuron fired, and clear them; no branch depends on which ones these are."""
    any_fired = 0
    for lane in range(N_LANES):
        any_fired |= ring[row, lane] != 0.0
    if any_fired:
        for lane in range(N_LANES):
            fired[0, n_fired] = neuron * N_LANES + lane
            fired[1, n_fired] = t
            n_fired += ring[row, lane] != 0.0
            ring[row, lane] = 0.0
    return n_fired


@compiled
def count(output, fired, n_fired, lane_rows, active, counts, spikes, n_recorded):
    """Count and record spikes; return how many are recorded by now."""
    for k in range(n_fired):
        neuron, row = fired[0, k] // N_LANES, lane_rows[fired[0, k] % N_LANES]
        if row < 0:
            continue
        if output[0] <= neuron < output[1]:
            counts[row, neuron - output[0]] += 1
        if spikes.shape[0]:
            spikes[n_recorded, 0], spikes[n_recorded, 1], spikes[n_recorded, 2] = active[row], neuron, fired[1, k] + 1
            n_recorded += 1
    return n_recorded


@compiled
def places(rows, active, n_batch):
    """Return the block and the lane of each element; -1: it has ended."""
    block_of, lane_of = np.full(n_batch, -1), np.full(n_batch, -1)
    for block in range(rows.shape[0]):
        for lane in range(N_LANES):
            if rows[block, lane] >= 0:
                block_of[active[rows[block, lane]]] = block
                lane_of[active[rows[block, lane]]] = lane
    return block_of, lane_of


@compiled
def line_up(fired, n_fired, lane_rows, active, now, queue, n_queued):
    """Put spikes into a queue of elements, neurons and steps since ``build``; return how many are in it."""
    for k in range(n_fired):
        row = lane_rows[fired[0, k] % N_LANES]
        if row >= 0:
            queue[n_queued, 0] = active[row]
            queue[n_queued, 1] = fired[0, k] // N_LANES
            queue[n_queued, 2] = now + fired[1, k] + 1
            n_queued += 1
    return n_queued
