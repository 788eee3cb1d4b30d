"""Plastic synapses: delivery of spikes, and what ``stdp_synapse`` learns from them.

A plastic synapse learns when a spike of its source is delivered (``stdp_synapse::send``): first from the spikes of its
target since its source's last spike, each a whole delay later than it was emitted, then from its own. A neuron with
plastic synapses keeps its spikes with its trace at each (``ArchivingNode::set_spiketime``), until all its plastic
synapses have learned from them and a later one is older than the longest delay and a slice. When what happens is up to
:mod:`~neurosim_rl.simulators.compiled_learning_waves`.

All times are computed as NEST's ``Time`` does, in ms from ticks of 1e-3 ms, and each sum and product in its order.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from neurosim_rl.compilation import compiled
from neurosim_rl.simulators.compiled_lanes import N_LANES

STDP_EPS = 1e-6
"""ms; times closer than this are the same (``ConnectionManager``)."""

MS_PER_TICK = 1 / 1000.0

STATIC_RULE = -1


class Wiring(NamedTuple):
    """Synapses of each different structure, sorted by source; several elements may share one."""

    of_element: np.ndarray  # (n_batch,) which structure an element has
    start: np.ndarray  # (n_structures, n_neurons + 1) first synapse of each neuron
    target: np.ndarray  # (n_synapses of all structures,) neuron
    delay: np.ndarray  # the same shape: steps
    ahead: np.ndarray  # the same shape: how far ahead in the ring, without lane, the sum lies that a spike is added to
    aside: np.ndarray  # the same shape: by how much further where the weight is not positive (0 for delta)
    rule: np.ndarray  # the same shape: row of the parameters, or STATIC_RULE


class PlasticSynapses(NamedTuple):
    """Weights and memory of the synapses of each element, in the order of its structure."""

    first: np.ndarray  # (n_batch,) place of each element's first synapse in `weight` and `k_plus`
    weight: np.ndarray  # (sum of all elements' synapses,) pA (mV for delta)
    k_plus: np.ndarray  # the same shape: trace of the source, just after its last spike
    last_spike_ms: np.ndarray  # (n_batch, n_neurons) last spike that was delivered of each neuron; 0: none
    wiring: Wiring
    parameters: np.ndarray  # (n_rules, 6) tau_plus, lambda, alpha, mu_plus, mu_minus, Wmax
    ticks_per_step: int


class Archive(NamedTuple):
    """Spikes of the neurons that have plastic synapses, as ring buffers; the capacity is a power of two."""

    number: np.ndarray  # (n_neurons,) number among these neurons; -1: none of them
    n_incoming: np.ndarray  # (n_distinct, n_archived) plastic synapses onto each
    age_limit_ms: np.ndarray  # (n_distinct, n_archived) longest delay of these and a slice: older ones may be forgotten
    inverse_tau_minus: np.ndarray  # (n_distinct, n_archived) 1 / ms
    first: np.ndarray  # (n_batch, n_archived) place of the oldest spike
    length: np.ndarray  # (n_batch, n_archived)
    time_ms: np.ndarray  # (n_batch, n_archived, capacity)
    k_minus: np.ndarray  # the same shape: trace just after the spike
    n_reads: np.ndarray  # the same shape: how many synapses have learned from it


@compiled
def deliver(network_of, synapses, archive, queue, n_queued, lane_of, ring, n_neurons):
    """Deliver spikes by all synapses of their neurons, and let the plastic ones learn.

    Parameters
    ----------
    network_of : int array, shape (n_batch,)
        Which distinct network an element holds.
    synapses : PlasticSynapses
    archive : Archive
    queue : int array, shape (at least n_queued, 3)
        Element, neuron and step since ``build``.
    lane_of : int array, shape (n_batch,)
        Of each element; -1: it has ended, its synapses learn, and nothing arrives.
    ring : array, shape (n_slots * n_neurons, 2 * N_LANES)
        What arrives (see :func:`neurosim_rl.simulators.compiled_static_waves.advance_static`).
    """
    weight, k_plus, wiring = synapses.weight, synapses.k_plus, synapses.wiring
    ahead, aside, rule = wiring.ahead, wiring.aside, wiring.rule
    ms_per_step = synapses.ticks_per_step / 1000.0
    sums, n_slots = ring.ravel(), ring.shape[0] // n_neurons
    for q in range(n_queued):
        element, neuron, step = queue[q, 0], queue[q, 1], queue[q, 2]
        structure, lane = wiring.of_element[element], lane_of[element]
        begin, end = wiring.start[structure, neuron], wiring.start[structure, neuron + 1]
        offset = synapses.first[element] - wiring.start[structure, 0]
        here = (step - 1) % n_slots * n_neurons * 2 * N_LANES + lane
        spike_ms, last_ms = _ms(step, synapses.ticks_per_step), synapses.last_spike_ms[element, neuron]
        tau_plus, decay = 0.0, 0.0  # most synapses of a neuron share them
        for synapse in range(begin, end):
            place = offset + synapse
            if rule[synapse] != STATIC_RULE:
                p = synapses.parameters[rule[synapse]]
                if p[0] != tau_plus:
                    tau_plus = p[0]
                    decay = math.exp((last_ms - spike_ms) / tau_plus)
                target = archive.number[wiring.target[synapse]]
                spikes = (
                    archive.time_ms[element, target],
                    archive.k_minus[element, target],
                    archive.n_reads[element, target],
                    archive.first[element, target],
                    archive.length[element, target],
                )
                delay_ms = wiring.delay[synapse] * ms_per_step
                weight[place] = _learn(
                    weight[place], k_plus[place], p, spikes, last_ms - delay_ms, spike_ms - delay_ms, last_ms, delay_ms,
                    archive.inverse_tau_minus[network_of[element], target],
                )  # fmt: skip
                k_plus[place] = k_plus[place] * decay + 1.0
            if lane >= 0:
                w = weight[place]
                there = here + ahead[synapse] + (aside[synapse] if w <= 0.0 else 0)
                if there >= len(sums):
                    there -= len(sums)
                sums[there] += w
        synapses.last_spike_ms[element, neuron] = spike_ms


@compiled
def _ms(step, ticks_per_step):
    """Return the time of a step (``Time::get_ms``)."""
    return MS_PER_TICK * (step * ticks_per_step)


@compiled
def _learn(w, k_plus, p, spikes, t1, t2, last_ms, delay_ms, inverse_tau_minus):
    """Return a synapse's weight at a spike of its source.

    That is ``stdp_synapse::send`` with ``ArchivingNode::get_history`` from t1 to t2, the times of the source's last
    and of this spike less the delay, and ``ArchivingNode::get_K_value`` at t2.
    """
    times, traces, reads, first, length = spikes
    mask = times.shape[0] - 1  # the capacity is a power of two, so this is the remainder of a place in the ring
    # Back from the latest spike: most synapses have learned from all but the last few.
    k = length - 1
    while k >= 0 and times[(first + k) & mask] >= t2 + STDP_EPS:
        k -= 1
    finish = k + 1
    while k >= 0 and times[(first + k) & mask] >= t1 + STDP_EPS:
        reads[(first + k) & mask] += 1
        k -= 1
    # Forward again: facilitation depends on the weight, so on the order of spikes.
    for j in range(k + 1, finish):
        minus_dt = last_ms - (times[(first + j) & mask] + delay_ms)
        w = _facilitate(w, k_plus * math.exp(minus_dt / p[0]), p)
    # Depression takes the trace of the last spike that is strictly earlier.
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
def keep(archive, network_of, spikes, ticks_per_step):
    """Keep the spikes of neurons that have plastic synapses, each with its trace.

    Those that are not needed any more are forgotten (``ArchivingNode::set_spiketime``).

    Parameters
    ----------
    spikes : int array, shape (n_spikes, 3)
        Element, neuron and step since ``build``; those of a neuron ordered by step.
    """
    for q in range(spikes.shape[0]):
        element, archived = spikes[q, 0], archive.number[spikes[q, 1]]
        network = network_of[element]
        if archived < 0 or not archive.n_incoming[network, archived]:
            continue
        time_ms = _ms(spikes[q, 2], ticks_per_step)
        times, k_minus, reads = (
            archive.time_ms[element, archived],
            archive.k_minus[element, archived],
            archive.n_reads[element, archived],
        )
        first, length, mask = archive.first[element, archived], archive.length[element, archived], times.shape[0] - 1
        age_limit = archive.age_limit_ms[network, archived] + STDP_EPS
        # All synapses must have read the oldest spike, and the second one must be old enough to give traces by itself.
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
