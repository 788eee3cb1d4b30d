"""The compiled loop over one window, wave by wave: for recurrent networks, and wherever weights change.

A wave is NEST's slice, the smallest delay, or what a window has of it (see
:mod:`~neurosim_rl.simulators.compiled_kernels`). In a wave, neurons are integrated one after the other, each through
all of its steps; spikes of a wave are delivered neuron by neuron, which is NEST's order of summation. What arrives
waits in a ring of steps, so that what one wave reads and writes lies together, and stays in the processor's cache.

:func:`advance` is for static synapses, and delivers the spikes of some neurons as soon as these are integrated.
:func:`advance_learning` is for weights that change, by ``stdp_synapse`` or because they are set. What NEST does, and in
this order, because weights depend on it:

* At the beginning of a slice (``EventDeliveryManager::deliver_events``) the spikes of the slice before are delivered,
  and plastic synapses learn (:mod:`~neurosim_rl.simulators.compiled_plasticity`). Spikes of sources follow.
* Then neurons are integrated through the slice, and those with plastic synapses archive their spikes.
* Spikes of the last slice of a window wait for the next window, and meet weights that were set in between.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from neurosim_rl.compilation import compiled
from neurosim_rl.simulators import compiled_lanes as lanes
from neurosim_rl.simulators import compiled_plasticity as plasticity
from neurosim_rl.simulators.compiled_kernels import SOURCE, Layout, forget_tiny, set_drive
from neurosim_rl.simulators.compiled_lanes import N_LANES, V
from neurosim_rl.simulators.propagators import ALPHA, EXP

TOGETHER = 64
"""So many neurons are integrated before their spikes are delivered: as long as these are in the cache."""


class Synapses(NamedTuple):
    """Where spikes go by static synapses."""

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
def advance(layout, synapses, packed, state, rows, active, currents, sources, now, wave_ends, counts, spikes, v_mv):
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
        step, in a ring of as many slots as the longest delay and a slice have steps.
    wave_ends : int array
        Steps at which waves end, the last being the window's.
    rows, active, currents, sources, now, counts, spikes, v_mv
        As of :func:`neurosim_rl.simulators.compiled_kernels.advance`; spikes of sources sorted by row, wave, neuron
        and step.
    """
    n_recorded, n_neurons, output = 0, layout.first[-1], layout.output
    next_source, longest = sources[0].copy(), _longest(wave_ends)
    fired, network = _room(TOGETHER * longest, sources), np.zeros(N_LANES, np.int64)
    for block in range(rows.shape[0]):
        lane_rows = rows[block]
        set_drive(layout, state, block, lane_rows, currents)
        for lane in range(N_LANES):
            network[lane] = layout.network_of[active[lane_rows[lane]]] if lane_rows[lane] >= 0 else -1
        ring = state.pending[block]
        n_slots = ring.shape[0] // n_neurons
        begin = 0
        for end in wave_ends:
            n = _take_sources(sources, next_source, lane_rows, end, fired)
            if n:
                _deliver(synapses, network, ring.ravel(), n_neurons, n_slots, now, fired, n)
                n_recorded = _count(output, fired, n, lane_rows, active, counts, spikes, n_recorded)
            for population in range(layout.kind.shape[0]):
                last = layout.first[population + 1] if layout.kind[population] != SOURCE else 0
                for first in range(layout.first[population], last, TOGETHER):
                    ends = first, min(first + TOGETHER, last)
                    n = _integrate(
                        layout, population, state, packed, block, now, begin, end, ends, fired, lane_rows, active, v_mv
                    )
                    if n:
                        _deliver(synapses, network, ring.ravel(), n_neurons, n_slots, now, fired, n)
                        n_recorded = _count(output, fired, n, lane_rows, active, counts, spikes, n_recorded)
            begin = end
        forget_tiny(state.lanes[block])
    return n_recorded


@compiled
def advance_learning(
    layout,
    synapses,
    archive,
    packed,
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

    Parameters are those of :func:`advance`, and:

    Parameters
    ----------
    synapses, archive : compiled_plasticity.Synapses, compiled_plasticity.Archive
    in_slice : bool
        Whether the first wave begins within a slice.
    waiting : int array, shape (n_waiting, 3)
        Element, neuron and step since ``build`` of the spikes that earlier windows left.
    left : int array, shape (n_waiting + n_active * n_neurons * longest wave, 3)
        Room for the spikes that this window leaves.
    """
    n_recorded, n_left, n_neurons, output = 0, 0, layout.first[-1], layout.output
    next_source, longest = sources[0].copy(), _longest(wave_ends)
    fired = _room(TOGETHER * longest, sources)
    queue = np.empty((waiting.shape[0] + N_LANES * n_neurons * longest, 3), np.int64)  # element, neuron, step
    given = np.empty((fired.shape[1], 3), np.int64)
    block_of, lane_of = _places(rows, active, layout.network_of.shape[0])
    for block in range(rows.shape[0]):
        lane_rows = rows[block]
        set_drive(layout, state, block, lane_rows, currents)
        ring = state.pending[block]
        n_queued = 0
        for k in range(waiting.shape[0]):
            if block_of[waiting[k, 0]] == block:
                queue[n_queued] = waiting[k]
                n_queued += 1
        begin = 0
        for end in wave_ends:
            if begin > 0 or not in_slice:
                plasticity.deliver(layout.network_of, synapses, archive, queue, n_queued, lane_of, ring, n_neurons)
                n_queued = 0
            n = _take_sources(sources, next_source, lane_rows, end, fired)
            if n:
                n_given = _line_up(fired, n, lane_rows, active, now, given, 0)
                plasticity.deliver(layout.network_of, synapses, archive, given, n_given, lane_of, ring, n_neurons)
                n_recorded = _count(output, fired, n, lane_rows, active, counts, spikes, n_recorded)
            for population in range(layout.kind.shape[0]):
                last = layout.first[population + 1] if layout.kind[population] != SOURCE else 0
                for first in range(layout.first[population], last, TOGETHER):
                    ends = first, min(first + TOGETHER, last)
                    n = _integrate(
                        layout, population, state, packed, block, now, begin, end, ends, fired, lane_rows, active, v_mv
                    )
                    if n:
                        n_before = n_queued
                        n_queued = _line_up(fired, n, lane_rows, active, now, queue, n_queued)
                        plasticity.keep(archive, layout.network_of, queue[n_before:n_queued], synapses.ticks_per_step)
                        n_recorded = _count(output, fired, n, lane_rows, active, counts, spikes, n_recorded)
            begin = end
        forget_tiny(state.lanes[block])
        left[n_left : n_left + n_queued] = queue[:n_queued]
        n_left += n_queued
    n_queued = 0
    for k in range(waiting.shape[0]):
        if block_of[waiting[k, 0]] < 0:
            queue[n_queued] = waiting[k]
            n_queued += 1
    if wave_ends.shape[0] > 1 or not in_slice:  # elements that have ended: their synapses learn once more
        ring = np.zeros((n_neurons, 1))
        plasticity.deliver(layout.network_of, synapses, archive, queue, n_queued, lane_of, ring, n_neurons)
    else:
        left[n_left : n_left + n_queued] = queue[:n_queued]
        n_left += n_queued
    return n_recorded, n_left


@compiled
def _longest(wave_ends):
    """Return how many steps the longest wave has."""
    longest, begin = 0, 0
    for end in wave_ends:
        longest, begin = max(longest, end - begin), end
    return longest


@compiled
def _room(n_neuron_steps, sources):
    """Return room for the spikes of so many neurons' steps, or for all of a wave's sources: neuron and lane, step."""
    most = 0
    for row in range(sources[0].shape[0] - 1):
        most = max(most, sources[0][row + 1] - sources[0][row])
    return np.empty((2, N_LANES * max(n_neuron_steps, most)), np.int64)


@compiled
def _places(rows, active, n_batch):
    """Return the block and the lane of each element; -1: it has ended."""
    block_of, lane_of = np.full(n_batch, -1), np.full(n_batch, -1)
    for block in range(rows.shape[0]):
        for lane in range(N_LANES):
            if rows[block, lane] >= 0:
                block_of[active[rows[block, lane]]] = block
                lane_of[active[rows[block, lane]]] = lane
    return block_of, lane_of


@compiled
def _take_sources(sources, next_source, lane_rows, end, fired):
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
def _integrate(layout, population, state, packed, block, now, begin, end, ends, fired, lane_rows, active, v_mv):
    """Integrate some neurons of a population through a wave; return how often they fired.

    Which ones did is listed in `fired`, neuron after neuron and step after step: neuron times `N_LANES` plus lane, and
    step.
    """
    states, ring, n_neurons = state.lanes[block], state.pending[block], layout.first[-1]
    of_block, kind = min(block, state.constants.shape[0] - 1), layout.kind[population]
    row = (now + begin) % (ring.shape[0] // n_neurons) * n_neurons  # of neuron 0 in the first step
    if not v_mv.shape[0]:
        c = packed[of_block] if kind == EXP else state.constants[of_block]
        return _through(kind, states, c, ring, row, n_neurons, begin, end, ends, fired)
    n_fired = 0
    for neuron in range(ends[0], ends[1]):
        place = row
        for t in range(begin, end):
            c, only = packed[of_block] if kind == EXP else state.constants[of_block], (neuron, neuron + 1)
            n_fired += _through(kind, states, c, ring, place, n_neurons, t, t + 1, only, fired[:, n_fired:])
            for lane in range(N_LANES):
                if lane_rows[lane] >= 0:
                    rest = layout.constants[layout.network_of[active[lane_rows[lane]]], neuron, 7]
                    v_mv[lane_rows[lane], neuron, t] = states[neuron, V + lane] + rest
            place = _next_step(place, ring, n_neurons)
    return n_fired


@compiled
def _through(kind, states, c, ring, first_row, n_neurons, begin, end, ends, fired):
    """Integrate neurons of one kind from step to step: few arrays and a loop for each kind, as compilers like it.

    `c` are the constants, for ``iaf_psc_exp`` packed.
    """
    n_fired = 0
    if kind == EXP:
        for neuron in range(ends[0], ends[1]):
            row = first_row
            for t in range(begin, end):
                lanes.packed_exp(states, neuron, c, ring, row + neuron)
                n_fired = _list_fired(ring, row + neuron, neuron, t, fired, n_fired)
                row = _next_step(row, ring, n_neurons)
    elif kind == ALPHA:
        for neuron in range(ends[0], ends[1]):
            row = first_row
            for t in range(begin, end):
                lanes.alpha(states, neuron, c, ring, row + neuron, 0, 1)
                n_fired = _list_fired(ring, row + neuron, neuron, t, fired, n_fired)
                row = _next_step(row, ring, n_neurons)
    else:
        for neuron in range(ends[0], ends[1]):
            row = first_row
            for t in range(begin, end):
                lanes.delta(states, neuron, c, ring, row + neuron, 0, 1)
                n_fired = _list_fired(ring, row + neuron, neuron, t, fired, n_fired)
                row = _next_step(row, ring, n_neurons)
    return n_fired


@lanes.inlined
def _next_step(row, ring, n_neurons):
    """Return where the next step begins in the ring."""
    return row + n_neurons if row + n_neurons < ring.shape[0] else 0


@lanes.inlined
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
def _deliver(synapses, network, ring, n_neurons, n_slots, now, fired, n_fired):
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


@compiled
def _line_up(fired, n_fired, lane_rows, active, now, queue, n_queued):
    """Put spikes into a queue of elements, neurons and steps since ``build``; return how many are in it."""
    for k in range(n_fired):
        row = lane_rows[fired[0, k] % N_LANES]
        if row >= 0:
            queue[n_queued, 0] = active[row]
            queue[n_queued, 1] = fired[0, k] // N_LANES
            queue[n_queued, 2] = now + fired[1, k] + 1
            n_queued += 1
    return n_queued


@compiled
def _count(output, fired, n_fired, lane_rows, active, counts, spikes, n_recorded):
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
