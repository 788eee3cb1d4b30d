"""The compiled loop over one window for networks whose weights change: by ``stdp_synapse``, or because they are set.

Differs from :mod:`~neurosim_rl.simulators.compiled_kernels` in when spikes are delivered. What NEST does, and in this
order, because weights depend on it:

* At the beginning of a slice (``EventDeliveryManager::deliver_events``) the spikes of the slice before are delivered,
  neuron by neuron as they were emitted. Then a plastic synapse learns (``stdp_synapse::send``): first from the spikes
  of its target since its source's last spike, each a whole delay later than it was emitted, then from its own.
* Then neurons are integrated through the slice. One with plastic synapses keeps its spikes with its trace at each
  (``ArchivingNode::set_spiketime``), until all its plastic synapses have learned from them and a later one is older
  than the longest delay and a slice.
* Spikes of the last slice of a window wait for the next window, and meet weights that were set in between.

All times are computed as NEST's ``Time`` does, in ms from ticks of 1e-3 ms, and each sum and product in its order.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from neurosim_rl.compilation import compiled
from neurosim_rl.simulators.compiled_kernels import (
    SOURCE,
    count_and_record,
    integrate,
    keep_pending,
    set_drive,
    take_pending,
)
from neurosim_rl.simulators.compiled_lanes import N_LANES

STDP_EPS = 1e-6
"""ms; times closer than this are the same (``ConnectionManager``)."""

MS_PER_TICK = 1 / 1000.0

STATIC_RULE = -1


class Synapses(NamedTuple):
    """Weights and memory of the synapses of each element, in the order of ``Layout``."""

    first: np.ndarray  # (n_batch,) place of each element's first synapse in `weight` and `k_plus`
    weight: np.ndarray  # (sum of all elements' synapses,) pA (mV for delta)
    k_plus: np.ndarray  # the same shape: trace of the source, just after its last spike
    last_spike_ms: np.ndarray  # (n_batch, n_neurons) last spike that was delivered of each neuron; 0: none
    rule: np.ndarray  # (n_synapses of all distinct networks,) row of `parameters`, or STATIC_RULE
    parameters: np.ndarray  # (n_rules, 6) tau_plus, lambda, alpha, mu_plus, mu_minus, Wmax
    one_sum: np.ndarray  # (n_synaptic,) whether positive and negative weights are summed up together (delta)
    ticks_per_step: int


class Archive(NamedTuple):
    """Spikes of the neurons that have plastic synapses, as ring buffers whose capacity is a power of two."""

    number: np.ndarray  # (n_synaptic,) number among these neurons; -1: none of them
    n_incoming: np.ndarray  # (n_distinct, n_archived) plastic synapses onto each
    age_limit_ms: np.ndarray  # (n_distinct, n_archived) longest delay of these and a slice: older ones may be forgotten
    inverse_tau_minus: np.ndarray  # (n_distinct, n_archived) 1 / ms
    first: np.ndarray  # (n_batch, n_archived) place of the oldest spike
    length: np.ndarray  # (n_batch, n_archived)
    time_ms: np.ndarray  # (n_batch, n_archived, capacity)
    k_minus: np.ndarray  # the same shape: trace just after the spike
    n_reads: np.ndarray  # the same shape: how many synapses have learned from it


@compiled
def advance(
    layout,
    state,
    synapses,
    archive,
    rows,
    active,
    currents,
    sources,
    now,
    wave_ends,
    in_slice,
    at_once_until,
    waiting,
    counts,
    spikes,
    v_mv,
):
    """Advance the running elements by one window; return how many spikes were recorded, and those that wait.

    Parameters are those of :func:`compiled_kernels.advance`, and:

    Parameters
    ----------
    wave_ends : int array
        Ends of NEST's slices within the window; the last is the window's.
    in_slice : bool
        Whether the first wave begins within a slice.
    at_once_until : int
        Spikes before this step are delivered at once: 0, unless the network is feed-forward, of one delay and static.
        Then the window is one wave, as in :mod:`compiled_kernels`, and this is where its last slice begins.
    waiting : int array, shape (n_waiting, 3)
        Element, neuron and step since ``build`` of the spikes that earlier windows left.

    Returns
    -------
    int, int array of shape (n_waiting, 3)
    """
    n_steps, n_recorded, n_left = wave_ends[-1], 0, 0
    first, kinds, numbers = layout.first, layout.kind, layout.synaptic
    first_output, last_output = layout.output[0], layout.output[1] - 1
    row_start, source_neuron, source_step = sources
    next_source = row_start.copy()
    block_of, lane_of = _places(rows, active, layout.network_of.shape[0])
    fired, n_fired = np.empty((N_LANES, n_steps), np.int64), np.zeros(N_LANES, np.int64)
    longest = 0  # of the parts of slices that this window has
    begin = 0
    for end in wave_ends:
        longest, begin = max(longest, end - begin), end
    capacity = waiting.shape[0] + N_LANES * first[-1] * longest
    queue = np.empty((capacity, 3), np.int64)  # element, neuron, step of the spikes that wait in this block
    left = np.empty((waiting.shape[0] + active.shape[0] * first[-1] * longest, 3), np.int64)
    for block in range(rows.shape[0]):
        lane_rows = rows[block]
        take_pending(state, block)
        set_drive(layout, state, block, lane_rows, currents)
        n_queued = 0
        for k in range(waiting.shape[0]):
            if block_of[waiting[k, 0]] == block:
                queue[n_queued] = waiting[k]
                n_queued += 1
        begin = 0
        for end in wave_ends:
            if begin > 0 or not in_slice:
                for k in range(n_queued):
                    element, neuron, step = queue[k]
                    _send(layout, synapses, archive, element, neuron, step, lane_of[element], state.arriving, now)
                n_queued = 0
            for lane in range(N_LANES if source_neuron.shape[0] else 0):
                row = lane_rows[lane]
                while row >= 0 and next_source[row] < row_start[row + 1] and source_step[next_source[row]] <= end:
                    neuron, fired[lane, 0] = source_neuron[next_source[row]], source_step[next_source[row]] - 1
                    step = now + source_step[next_source[row]]
                    _send(layout, synapses, archive, active[row], neuron, step, lane, state.arriving, now)
                    n_recorded = count_and_record(
                        counts, first_output, last_output, spikes, active[row], row, neuron, fired, 1, lane, n_recorded
                    )
                    next_source[row] += 1
            for population in range(kinds.shape[0]):
                kind = kinds[population]
                for neuron in range(first[population], first[population + 1] if kind != SOURCE else 0):
                    n = integrate(
                        layout, state, kind, neuron, block, lane_rows, active, now, begin, end, fired, n_fired, v_mv
                    )
                    archived = archive.number[numbers[neuron]] if numbers[neuron] >= 0 else -1
                    for lane in range(N_LANES if n else 0):
                        row = lane_rows[lane]
                        if row < 0 or not n_fired[lane]:
                            continue
                        element = active[row]
                        n = n_fired[lane]
                        n_recorded = count_and_record(
                            counts, first_output, last_output, spikes, element, row, neuron, fired, n, lane, n_recorded
                        )
                        network = layout.network_of[element]
                        sent = 0
                        while sent < n and fired[lane, sent] < at_once_until:
                            sent += 1
                        if sent:
                            _send_static(layout, synapses, element, neuron, fired, sent, lane, state.arriving)
                        for k in range(sent, n):
                            step = now + fired[lane, k] + 1
                            queue[n_queued, 0], queue[n_queued, 1], queue[n_queued, 2] = element, neuron, step
                            n_queued += 1
                            if archived >= 0 and archive.n_incoming[network, archived]:
                                _keep(archive, network, element, archived, _ms(step, synapses.ticks_per_step))
            begin = end
        keep_pending(state, block, n_steps)
        left[n_left : n_left + n_queued] = queue[:n_queued]
        n_left += n_queued
    for k in range(waiting.shape[0]):
        element, neuron, step = waiting[k]
        if block_of[element] < 0 and (wave_ends.shape[0] > 1 or not in_slice):
            _send(layout, synapses, archive, element, neuron, step, -1, state.arriving, now)
        elif block_of[element] < 0:
            left[n_left] = waiting[k]
            n_left += 1
    return n_recorded, left[:n_left].copy()


@compiled
def _places(rows, active, n_batch):
    """Return the block and the lane of each element; block -1: it has ended."""
    block_of, lane_of = np.full(n_batch, -1), np.full(n_batch, -1)
    for block in range(rows.shape[0]):
        for lane in range(N_LANES):
            if rows[block, lane] >= 0:
                block_of[active[rows[block, lane]]] = block
                lane_of[active[rows[block, lane]]] = lane
    return block_of, lane_of


@compiled
def _ms(step, ticks_per_step):
    """Return the time of a step (``Time::get_ms``)."""
    return MS_PER_TICK * (step * ticks_per_step)


@compiled
def _send(layout, synapses, archive, element, neuron, step, lane, arriving, now):
    """Deliver a spike by all synapses of a neuron, and let the plastic ones learn; lane -1: only that."""
    network = layout.network_of[element]
    begin, end = layout.synapse_start[network, neuron], layout.synapse_start[network, neuron + 1]
    offset = synapses.first[element] - layout.synapse_start[network, 0]
    weight, k_plus, rule = synapses.weight, synapses.k_plus, synapses.rule
    spike_ms, last_ms = _ms(step, synapses.ticks_per_step), synapses.last_spike_ms[element, neuron]
    ms_per_step = synapses.ticks_per_step / 1000.0
    slot = 2 * N_LANES * (step - 1 - now) + lane
    tau_plus, decay = 0.0, 0.0  # most synapses of a neuron share them
    for synapse in range(begin, end):
        place, number = offset + synapse, layout.target[synapse] >> 1
        if rule[synapse] != STATIC_RULE:
            p = synapses.parameters[rule[synapse]]
            if p[0] != tau_plus:
                tau_plus = p[0]
                decay = math.exp((last_ms - spike_ms) / tau_plus)
            target = archive.number[number]
            spikes = (
                archive.time_ms[element, target],
                archive.k_minus[element, target],
                archive.n_reads[element, target],
                archive.first[element, target],
                archive.length[element, target],
            )
            delay_ms, inverse_tau_minus = (
                layout.delay[synapse] * ms_per_step,
                archive.inverse_tau_minus[network, target],
            )
            weight[place] = _learn(
                weight[place], k_plus[place], p, spikes, last_ms - delay_ms, spike_ms - delay_ms, last_ms, delay_ms,
                inverse_tau_minus,
            )  # fmt: skip
            k_plus[place] = k_plus[place] * decay + 1.0
        if lane >= 0:
            w = weight[place]
            inhibits = w <= 0.0 and not synapses.one_sum[number]
            arriving[number, slot + 2 * N_LANES * layout.delay[synapse] + (N_LANES if inhibits else 0)] += w
    synapses.last_spike_ms[element, neuron] = spike_ms


@compiled
def _send_static(layout, synapses, element, neuron, fired, n_fired, lane, arriving):
    """Deliver spikes of the window by all synapses of a neuron, none of which is plastic."""
    network = layout.network_of[element]
    begin, end = layout.synapse_start[network, neuron], layout.synapse_start[network, neuron + 1]
    offset = synapses.first[element] - layout.synapse_start[network, 0]
    for synapse in range(begin, end):
        w, number = synapses.weight[offset + synapse], layout.target[synapse] >> 1
        inhibits = w <= 0.0 and not synapses.one_sum[number]
        place = 2 * N_LANES * layout.delay[synapse] + (N_LANES if inhibits else 0) + lane
        for k in range(n_fired):
            arriving[number, place + 2 * N_LANES * fired[lane, k]] += w


@compiled
def _learn(w, k_plus, p, spikes, t1, t2, last_ms, delay_ms, inverse_tau_minus):
    """Return a synapse's weight at a spike of its source.

    That is ``stdp_synapse::send`` with ``ArchivingNode::get_history`` from t1 to t2, the times of the source's last
    and of this spike less the delay, and ``ArchivingNode::get_K_value`` at t2.
    """
    times, traces, reads, first, length = spikes
    mask = times.shape[0] - 1
    k = length - 1
    while k >= 0 and times[(first + k) & mask] >= t2 + STDP_EPS:
        k -= 1
    finish = k + 1
    while k >= 0 and times[(first + k) & mask] >= t1 + STDP_EPS:
        reads[(first + k) & mask] += 1
        k -= 1
    for j in range(k + 1, finish):
        minus_dt = last_ms - (times[(first + j) & mask] + delay_ms)
        w = _facilitate(w, k_plus * math.exp(minus_dt / p[0]), p)
    k = finish - 1
    while k >= 0 and not t2 - times[(first + k) & mask] > STDP_EPS:
        k -= 1
    if k < 0:
        return _depress(w, 0.0, p)
    latest = (first + k) & mask
    return _depress(w, traces[latest] * math.exp((times[latest] - t2) * inverse_tau_minus), p)


@compiled
def _facilitate(w, k_plus, p):
    largest = p[5]
    norm = (w / largest) + (p[1] * _power(1.0 - (w / largest), p[3]) * k_plus)
    return norm * largest if norm < 1.0 else largest


@compiled
def _depress(w, k_minus, p):
    largest = p[5]
    norm = (w / largest) - (p[2] * p[1] * _power(w / largest, p[4]) * k_minus)
    return norm * largest if norm > 0.0 else 0.0


@compiled
def _power(base, exponent):
    """Return what ``std::pow`` gives; the exponents of additive and multiplicative rules take no time."""
    if exponent == 1.0:
        return base
    return 1.0 if exponent == 0.0 else math.pow(base, exponent)


@compiled
def _keep(archive, network, element, archived, time_ms):
    """Keep a spike, and forget those that are not needed any more (``ArchivingNode::set_spiketime``)."""
    times, k_minus, reads = (
        archive.time_ms[element, archived],
        archive.k_minus[element, archived],
        archive.n_reads[element, archived],
    )
    first, length, mask = archive.first[element, archived], archive.length[element, archived], times.shape[0] - 1
    age_limit = archive.age_limit_ms[network, archived] + STDP_EPS
    while length > 1 and reads[first] >= archive.n_incoming[network, archived]:
        if not time_ms - times[(first + 1) & mask] > age_limit:
            break
        first, length = (first + 1) & mask, length - 1
    trace = 1.0
    if length:
        last = (first + length - 1) & mask
        decay = math.exp((times[last] - time_ms) * archive.inverse_tau_minus[network, archived])
        trace = k_minus[last] * decay + 1.0
    new = (first + length) & mask
    times[new], k_minus[new], reads[new] = time_ms, trace, 0
    archive.first[element, archived], archive.length[element, archived] = first, length + 1
