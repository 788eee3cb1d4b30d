"""The compiled loop over one window of feed-forward networks: networks side by side, population after population.

It gives NEST's spikes because of these rules:

* Within a *wave* no spike can reach another neuron, so each neuron is integrated through the whole wave at once.
  A wave is NEST's slice, the smallest delay (``SimulationManager::update_``).
* Spikes that arrive in the same step are summed in NEST's order: wave by wave; within a wave those of spike sources
  first (a ``spike_generator`` delivers at once, neurons at the end of a slice), then neuron by neuron.
* A feed-forward network in which all synapses have the same delay needs no waves: spikes that meet in a step were
  emitted in the same step, so the order of neurons is the order of summation. This module takes such networks, with a
  whole window as one wave, unless their weights change; :mod:`~neurosim_rl.simulators.compiled_waves` takes all
  others.
* Positive weights feed the excitatory current, others the inhibitory (``iaf_psc_alpha::handle``).

Neurons are integrated for several networks side by side (:mod:`~neurosim_rl.simulators.compiled_lanes`); those
without synapses may sleep (:mod:`~neurosim_rl.simulators.compiled_sleep`).

Times are steps within the window: a spike in step t, delay d, is added in step t + d; it is recorded as step t + 1.
"""

from __future__ import annotations

import numpy as np

from neurosim_rl.compilation import compiled
from neurosim_rl.simulators import compiled_lanes as lanes
from neurosim_rl.simulators import compiled_sleep as sleep
from neurosim_rl.simulators.compiled_lanes import LEFT, N_LANES, N_SHARED_STATE, V
from neurosim_rl.simulators.compiled_neurons import SOURCE, by_step
from neurosim_rl.simulators.compiled_state import forget_tiny, set_drive


@compiled
def advance(layout, state, rows, active, currents, sources, now, n_steps, counts, spikes, v_mv):
    """Advance the running elements by one window; return how many spikes were recorded.

    Parameters
    ----------
    rows : int array, shape (n_blocks, N_LANES)
        Which row of `active` each lane holds; -1: none.
    currents : array, shape (n_rows, n_inputs), or with no rows
        Into the neurons of the input population.
    sources : tuple (row_start (n_rows + 1,), neuron, step)
        Given spikes, sorted by row, neuron, step; empty for currents.
    now : int
        Steps before this window.
    n_steps : int
        Of the window.
    counts : int array, shape (n_rows, n_outputs), zero
    spikes : int array, shape (capacity, 3)
        Takes element, neuron, step of each spike; capacity 0: nothing is recorded.
    v_mv : array, shape (n_rows, n_neurons, n_steps), or with no rows: not recorded
    """
    n_recorded = 0
    first, kinds, numbers, network_of = layout.first, layout.kind, layout.synaptic, layout.network_of
    synapses, arriving = (layout.synapse_start, layout.target, layout.weight, layout.delay), state.arriving
    out = (counts, layout.output[0], layout.output[1] - 1, spikes)
    row_start, source_neuron, source_step = sources
    traced = v_mv.shape[0] > 0
    all_lanes, asleep_since = state.lanes, state.asleep_since
    fired, n_fired = np.empty((N_LANES, n_steps), np.int64), np.zeros(N_LANES, np.int64)
    for block in range(rows.shape[0]):
        lane_rows = rows[block]
        _take_pending(state, block)
        set_drive(layout, state, block, lane_rows, currents)
        # Sources first: a spike_generator delivers at once, so its spikes are the first of each sum.
        for lane in range(N_LANES if source_neuron.shape[0] else 0):
            row = lane_rows[lane]
            for k in range(row_start[row], row_start[row + 1]) if row >= 0 else range(0):
                fired[lane, 0] = source_step[k] - 1
                n_recorded = _emit(
                    synapses, network_of, active, row, source_neuron[k], fired, 1, lane, arriving, out, n_recorded
                )
        for population in range(kinds.shape[0]):
            kind = kinds[population]
            for neuron in range(first[population], first[population + 1] if kind != SOURCE else 0):
                # Neurons without a number have no synapses and may sleep. Recorded membranes keep all awake.
                n, n_awake = -1, N_LANES
                if numbers[neuron] < 0 and not traced:
                    n_awake = sleep.count_awake(all_lanes, asleep_since, block, neuron)
                    if not n_awake:
                        continue
                    n = sleep.one_by_one(kind, state, neuron, block, n_awake, now, n_steps, fired, n_fired)
                if n < 0:
                    n = _side_by_side(
                        layout, state, kind, neuron, block, lane_rows, active, n_steps, fired, n_fired, v_mv
                    )
                if numbers[neuron] < 0 and not traced:
                    sleep.fall_asleep(state, neuron, block, now + n_steps)
                # Lane after lane changes no order: different lanes never share a sum.
                for lane in range(N_LANES if n else 0):
                    row = lane_rows[lane]
                    if n_fired[lane] and row >= 0:
                        n = n_fired[lane]
                        n_recorded = _emit(
                            synapses, network_of, active, row, neuron, fired, n, lane, arriving, out, n_recorded
                        )
        _keep_pending(state, block, n_steps)
        forget_tiny(state.lanes[block])
    return n_recorded


@compiled
def _take_pending(state, block):
    """Put what arrives from earlier windows into the buffers."""
    pending, arriving = state.pending, state.arriving
    for number in range(pending.shape[1]):
        for k in range(pending.shape[2]):
            arriving[number, k] = pending[block, number, k]


@compiled
def _keep_pending(state, block, n_steps):
    """Take what arrives after the window out of the buffers: they are zero then, as each step cleared its own."""
    pending, arriving = state.pending, state.arriving
    for number in range(pending.shape[1]):
        for k in range(pending.shape[2]):
            pending[block, number, k] = arriving[number, n_steps * 2 * N_LANES + k]
            arriving[number, n_steps * 2 * N_LANES + k] = 0.0


@compiled
def _side_by_side(layout, state, kind, neuron, block, lane_rows, active, n_steps, fired, n_fired, v_mv):
    """Integrate a neuron of all lanes; return how often it fired (steps in `fired`)."""
    of_block, c = state.lanes[block], state.constants[min(block, state.constants.shape[0] - 1)]
    # Neurons without synapses share the last row, which no spike reaches: it takes the spikes that they emit.
    row_arriving = layout.synaptic[neuron] if layout.synaptic[neuron] >= 0 else state.arriving.shape[0] - 1
    here, asleep_since = of_block[neuron], state.asleep_since[block, neuron]
    before = here[: N_SHARED_STATE * N_LANES].copy()
    one_step = np.empty((1 if v_mv.shape[0] else 0, 2 * N_LANES))
    if not v_mv.shape[0]:
        _integrate(kind, of_block, neuron, c, state.arriving, row_arriving, n_steps)
    for t in range(n_steps if v_mv.shape[0] else 0):
        of_step = state.arriving[row_arriving, 2 * t * N_LANES : 2 * (t + 1) * N_LANES]
        one_step[0] = of_step
        _integrate(kind, of_block, neuron, c, one_step, 0, 1)
        of_step[:] = one_step[0]
        for lane in range(N_LANES):
            row = lane_rows[lane]
            if row >= 0:
                v_mv[row, neuron, t] = here[V + lane] + layout.rest_mv[layout.network_of[active[row]], neuron]
    for lane in range(N_LANES):
        if asleep_since[lane] >= 0:  # still asleep: its decay is made up for when it wakes
            here[V + lane], here[LEFT + lane] = before[V + lane], before[LEFT + lane]
    return lanes.find_spikes(state.arriving[row_arriving], n_steps, fired, n_fired)


@by_step
def _integrate(step):
    """Integrate a neuron of all lanes; called with the kind, and the arguments of `loop`."""

    def loop(states, neuron, c, arriving, row, n_steps):
        # Steps are counted from 0. From an argument on they might be negative, for all that the compiler knows, and
        # Python's places from the end of an array would keep it from using vector registers (three times slower).
        for t in range(n_steps):
            here = 2 * t * N_LANES
            for lane in range(N_LANES):
                step(states, neuron, c, arriving, row, here, lane)

    return loop


@compiled
def _emit(synapses, network_of, active, row, neuron, fired, n_fired, lane, arriving, out, n_recorded):
    """Deliver, count and record a neuron's spikes; return how many spikes are recorded by now."""
    start, target, weight, delay = synapses
    counts, first_output, last_output, spikes = out
    element = active[row]
    network = network_of[element]
    for synapse in range(start[network, neuron], start[network, neuron + 1]):
        number, w = target[synapse] >> 1, weight[synapse]
        place = 2 * N_LANES * delay[synapse] + N_LANES * (target[synapse] & 1) + lane
        for k in range(n_fired):
            arriving[number, place + 2 * N_LANES * fired[lane, k]] += w
    if first_output <= neuron <= last_output:
        counts[row, neuron - first_output] += n_fired
    for k in range(n_fired if spikes.shape[0] else 0):
        spikes[n_recorded, 0] = element
        spikes[n_recorded, 1] = neuron
        spikes[n_recorded, 2] = fired[lane, k] + 1
        n_recorded += 1
    return n_recorded
