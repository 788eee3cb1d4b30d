"""The compiled loops: one network after the other, one neuron after the other, as far as spikes allow.

What makes them give NEST's spikes:

* Within a *wave* no spike can reach another neuron, so each neuron is integrated through the whole wave with its state
  in registers. A wave is NEST's slice, the smallest delay (``SimulationManager::update_``).
* Spikes that arrive in the same step are summed in NEST's order: wave by wave; within a wave those of spike sources
  first (a ``spike_generator`` delivers at once, neurons at the end of a slice), then neuron by neuron.
* A feed-forward network whose synapses all have the same delay needs no waves: spikes that meet in a step were emitted
  in the same step, so the order of neurons is the order of summation. There a wave is the whole window.
* Positive weights feed the excitatory current, others the inhibitory (``iaf_psc_alpha::handle``).

Times are steps within the window: a spike in step t, delay d, is added in step t + d; it is recorded as step t + 1.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from neurosim_rl.simulators.propagators import ALPHA, DELTA

SOURCE = -1
"""Kind of a population that emits given spikes."""


class Layout(NamedTuple):
    """What does not change: structure of all networks of a batch (n_distinct different ones)."""

    first: np.ndarray  # (n_populations + 1,) first neuron of each population
    kind: np.ndarray  # (n_populations,) SOURCE, ALPHA, EXP, DELTA
    has_input: np.ndarray  # (n_populations,) whether any network has a synapse onto it
    buffer: np.ndarray  # (n_neurons,) first of the two rows that sum up its arriving spikes, -1: none
    network_of: np.ndarray  # (n_batch,) which distinct network an element holds
    constants: np.ndarray  # (n_distinct, n_neurons, n_constants)
    synapse_start: np.ndarray  # (n_distinct, n_neurons + 1) first synapse of each neuron
    target_row: np.ndarray  # (n_synapses,) row that a synapse adds to; all distinct networks, one after the other
    weight: np.ndarray  # (n_synapses,) pA (mV for delta)
    delay: np.ndarray  # (n_synapses,) steps
    output: np.ndarray  # (2,) first output neuron, and the one behind the last


class State(NamedTuple):
    """What changes, with the element as first axis."""

    membrane: np.ndarray  # (n_batch, n_neurons) mV relative to E_L
    synaptic: np.ndarray  # (n_batch, n_neurons, 4) dI_ex, I_ex, dI_in, I_in
    refractory: np.ndarray  # (n_batch, n_neurons) steps left
    idle: np.ndarray  # (n_batch, n_neurons) steps of plain decay that are still to be made up for
    arriving: np.ndarray  # (n_batch, n_rows, n_slots) summed weights by step; rows: excitatory, inhibitory, ...


@numba.njit(cache=True, error_model="numpy")
def advance(layout, state, active, currents, sources, wave_ends, n_steps, counts, spikes, v_mv):
    """Advance the running elements by one window; return how many spikes were recorded.

    Parameters
    ----------
    currents : array, shape (n_rows, n_inputs)
        Into the first neurons of the input population (its index is ``sources.population``).
    sources : tuple (input_population, row_start (n_rows + 1,), neuron, step)
        Given spikes, sorted by row, neuron, step; empty for currents.
    wave_ends : int array
        Steps at which waves end, the last being `n_steps`.
    counts : int array, shape (n_rows, n_outputs), zero
    spikes : int array, shape (capacity, 3)
        Takes element, neuron, step of each spike; capacity 0: nothing is recorded.
    v_mv : array, shape (n_rows, n_neurons, n_steps), or with no rows: not recorded
    """
    # Fields are taken out of the tuples once, and rows of an element once: each time would count references.
    first, kinds, has_input, buffer = layout.first, layout.kind, layout.has_input, layout.buffer
    synapses = (layout.target_row, layout.weight, layout.delay)
    traced = v_mv.shape[0] > 0
    fired = np.empty(n_steps, np.int64)
    trace = np.empty(n_steps if traced else 0)
    input_population, row_start, source_neuron, source_step = sources
    n_recorded = 0
    for row in range(active.shape[0]):
        element = active[row]
        network = layout.network_of[element]
        c, synapse_start = layout.constants[network], layout.synapse_start[network]
        v, r, s = state.membrane[element], state.refractory[element], state.synaptic[element]
        idle, arriving = state.idle[element], state.arriving[element]
        begin = 0
        for wave in range(wave_ends.shape[0]):
            end = wave_ends[wave]
            for k in range(row_start[row], row_start[row + 1]):
                t = source_step[k] - 1
                if begin <= t < end:
                    fired[0] = t
                    _deliver(synapses, synapse_start, source_neuron[k], fired, 1, arriving)
                    n_recorded = _record(spikes, n_recorded, element, source_neuron[k], fired, 1)
            for population in range(kinds.shape[0]):
                kind = kinds[population]
                if kind == SOURCE:
                    continue
                for neuron in range(first[population], first[population + 1]):
                    current = c[neuron, 6]
                    if population == input_population:
                        current = currents[row, neuron - first[population]]
                    if has_input[population]:
                        n_fired = _driven_by_synapses(
                            kind, c, v, r, s, neuron, current, arriving, buffer[neuron], begin, end, fired, trace
                        )
                    elif current == 0.0 and not traced and _only_decays(c, v, r, neuron):
                        idle[neuron] += end - begin
                        continue
                    else:
                        n_fired = _driven_by_current(kind, c, v, r, idle, neuron, current, begin, end, fired, trace)
                    if traced:
                        v_mv[row, neuron, begin:end] = trace[begin:end] + c[neuron, 7]
                    if n_fired:
                        _deliver(synapses, synapse_start, neuron, fired, n_fired, arriving)
                        n_recorded = _record(spikes, n_recorded, element, neuron, fired, n_fired)
                        if layout.output[0] <= neuron < layout.output[1]:
                            counts[row, neuron - layout.output[0]] += n_fired
            begin = end
        _forget(arriving, n_steps)
    return n_recorded


@numba.njit(cache=True, error_model="numpy")
def _only_decays(c, v, r, neuron):
    """Return whether nothing can happen without a current; the decay is made up for when there is one again."""
    return r[neuron] == 0 and 0.0 <= v[neuron] < c[neuron, 2] and c[neuron, 4] <= 0.0


@numba.njit(cache=True, error_model="numpy")
def _driven_by_current(kind, c, membrane, refractory, idle, neuron, current, begin, end, fired, trace):
    """Integrate a neuron without synapses; return how often it fired (steps in `fired`)."""
    v, r = membrane[neuron], refractory[neuron]
    P30, P33, theta, reset, minimum = c[neuron, 0], c[neuron, 1], c[neuron, 2], c[neuron, 3], c[neuron, 4]
    n_refractory = np.int64(c[neuron, 5])
    if v != 0.0:
        for _ in range(idle[neuron]):
            v = _membrane_step(kind, P30, P33, v, 0.0)
    idle[neuron] = 0
    n_fired = 0
    t = begin
    while t < end:
        if r == 0:
            v = _membrane_step(kind, P30, P33, v, current)
            v = minimum if v < minimum else v
        else:
            r -= 1
        if v >= theta:
            r, v = n_refractory, reset
            fired[n_fired] = t
            n_fired += 1
            if n_fired > 1 and not trace.shape[0]:
                # Same current, same reset: every further interval is like the last.
                interval = fired[n_fired - 1] - fired[n_fired - 2]
                while t + interval < end:
                    t += interval
                    fired[n_fired] = t
                    n_fired += 1
        if trace.shape[0]:
            trace[t] = v
        t += 1
    membrane[neuron], refractory[neuron] = v, r
    return n_fired


@numba.njit(cache=True, error_model="numpy", inline="always")
def _membrane_step(kind, P30, P33, v, current):
    """Return the membrane after a step without synaptic current; order of terms as in NEST's update functions."""
    if kind == ALPHA:
        return P30 * current + P33 * v + v
    if kind == DELTA:
        return P30 * current + P33 * v
    return v * P33 + current * P30


@numba.njit(cache=True, error_model="numpy")
def _driven_by_synapses(
    kind, c, membrane, refractory, synaptic, neuron, current, arriving, buffer, begin, end, fired, trace
):
    """Integrate a neuron with synapses; return how often it fired (steps in `fired`)."""
    v, r = membrane[neuron], refractory[neuron]
    d_ex, i_ex, d_in, i_in = synaptic[neuron, 0], synaptic[neuron, 1], synaptic[neuron, 2], synaptic[neuron, 3]
    P30, P33, theta, reset, minimum = c[neuron, 0], c[neuron, 1], c[neuron, 2], c[neuron, 3], c[neuron, 4]
    n_refractory = np.int64(c[neuron, 5])
    P31_ex, P32_ex, P31_in, P32_in = c[neuron, 8], c[neuron, 9], c[neuron, 10], c[neuron, 11]
    P11_ex, P21_ex, P11_in, P21_in = c[neuron, 12], c[neuron, 13], c[neuron, 14], c[neuron, 15]
    initial_ex, initial_in = c[neuron, 16], c[neuron, 17]
    n_fired = 0
    for t in range(begin, end):
        ex, in_ = arriving[buffer, t], arriving[buffer + 1, t]
        if kind == ALPHA:
            if r == 0:
                v = P30 * current + P31_ex * d_ex + P32_ex * i_ex + P31_in * d_in + P32_in * i_in + P33 * v + v
            i_ex = P21_ex * d_ex + P11_ex * i_ex
            d_ex = d_ex * P11_ex + initial_ex * ex
            i_in = P21_in * d_in + P11_in * i_in
            d_in = d_in * P11_in + initial_in * in_
        elif kind == DELTA:
            if r == 0:
                v = P30 * current + P33 * v + ex
        else:
            if r == 0:
                v = v * P33 + i_ex * P32_ex + i_in * P32_in + current * P30
            i_ex = i_ex * P11_ex + ex
            i_in = i_in * P11_in + in_
        if r == 0:
            v = minimum if v < minimum else v
        else:
            r -= 1
        if v >= theta:
            r, v = n_refractory, reset
            fired[n_fired] = t
            n_fired += 1
        if trace.shape[0]:
            trace[t] = v
    membrane[neuron], refractory[neuron] = v, r
    synaptic[neuron, 0], synaptic[neuron, 1], synaptic[neuron, 2], synaptic[neuron, 3] = d_ex, i_ex, d_in, i_in
    return n_fired


@numba.njit(cache=True, error_model="numpy")
def _deliver(synapses, synapse_start, neuron, fired, n_fired, arriving):
    """Add a neuron's spikes to the buffers of its targets."""
    target_row, weight, delay = synapses
    for synapse in range(synapse_start[neuron], synapse_start[neuron + 1]):
        row, w, d = target_row[synapse], weight[synapse], delay[synapse]
        for k in range(n_fired):
            arriving[row, fired[k] + d] += w


@numba.njit(cache=True, error_model="numpy")
def _record(spikes, n_recorded, element, neuron, fired, n_fired):
    """Write a neuron's spikes down if they are wanted; return how many are written by now."""
    if not spikes.shape[0]:
        return 0
    for k in range(n_fired):
        spikes[n_recorded, 0] = element
        spikes[n_recorded, 1] = neuron
        spikes[n_recorded, 2] = fired[k] + 1
        n_recorded += 1
    return n_recorded


@numba.njit(cache=True, error_model="numpy")
def _forget(arriving, n_steps):
    """Move what arrives after the window to its beginning, and clear the rest."""
    n_left = arriving.shape[1] - n_steps
    for row in range(arriving.shape[0]):
        line = arriving[row]
        for t in range(n_left):
            line[t] = line[t + n_steps]
        for t in range(n_left, line.shape[0]):
            line[t] = 0.0
