"""The compiled loop over one window of feed-forward networks: networks side by side, population after population.

What makes it give NEST's spikes:

* Within a *wave* no spike can reach another neuron, so each neuron is integrated through the whole wave at once.
  A wave is NEST's slice, the smallest delay (``SimulationManager::update_``).
* Spikes that arrive in the same step are summed in NEST's order: wave by wave; within a wave those of spike sources
  first (a ``spike_generator`` delivers at once, neurons at the end of a slice), then neuron by neuron.
* A feed-forward network whose synapses all have the same delay needs no waves: spikes that meet in a step were emitted
  in the same step, so the order of neurons is the order of summation. Such networks are taken here, with a whole
  window as one wave, unless their weights change; all others by :mod:`~neurosim_rl.simulators.compiled_waves`.
* Positive weights feed the excitatory current, others the inhibitory (``iaf_psc_alpha::handle``).

Neurons are integrated for several networks side by side (:mod:`~neurosim_rl.simulators.compiled_lanes`). Those
without synapses, driven by a current alone, sleep while they are not driven; where few lanes are awake, each is
integrated by itself, and a constant current makes its spikes regular.

Times are steps within the window: a spike in step t, delay d, is added in step t + d; it is recorded as step t + 1.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

from neurosim_rl.compilation import compiled
from neurosim_rl.simulators import compiled_lanes as lanes
from neurosim_rl.simulators.compiled_lanes import DRIVE, LEFT, N_LANES, V
from neurosim_rl.simulators.propagators import ALPHA, DELTA, EXP

SOURCE = -1
"""Kind of a population that emits given spikes."""

FEW = N_LANES // 2
"""Up to so many lanes, taking a neuron without synapses one by one is faster."""


TINY = 1e-200
"""mV or pA. What is smaller at the end of a window is forgotten, long before it becomes subnormal."""


class Layout(NamedTuple):
    """What does not change: structure of all networks of a batch (n_distinct different ones)."""

    first: np.ndarray  # (n_populations + 1,) first neuron of each population
    kind: np.ndarray  # (n_populations,) SOURCE, ALPHA, EXP, DELTA
    input: int  # population that the drive goes to
    synaptic: np.ndarray  # (n_neurons,) number among the neurons with synapses; -1: no network has one onto it
    network_of: np.ndarray  # (n_batch,) which distinct network an element holds
    constants: np.ndarray  # (n_distinct, n_neurons, n_constants)
    synapse_start: np.ndarray  # (n_distinct, n_neurons + 1) first synapse of each neuron
    target: np.ndarray  # (n_synapses,) number of the target times two, plus one if inhibitory
    weight: np.ndarray  # (n_synapses,) pA (mV for delta)
    delay: np.ndarray  # (n_synapses,) steps
    output: np.ndarray  # (2,) first output neuron, and the one behind the last


class State(NamedTuple):
    """What changes, in blocks of N_LANES elements."""

    lanes: np.ndarray  # (n_blocks, n_neurons, N_STATE * N_LANES)
    constants: np.ndarray  # (n_blocks, or 1 if all networks share them, n_neurons, n_constants * N_LANES)
    asleep_since: np.ndarray  # (n_blocks, n_neurons, N_LANES) step since which decay is not computed yet; -1: awake
    pending: np.ndarray  # (n_blocks, n_synaptic, max_delay * 2 * N_LANES) summed weights, beyond the window
    arriving: np.ndarray  # (n_synaptic + 1, n_slots * 2 * N_LANES) the same within it; zero between blocks; last: none


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
                n, n_awake = -1, N_LANES
                if numbers[neuron] < 0 and not traced:
                    n_awake = _count_awake(all_lanes, asleep_since, block, neuron)
                    if not n_awake:
                        continue
                    n = _one_by_one(state, kind, neuron, block, n_awake, now, n_steps, fired, n_fired)
                if n < 0:
                    n = _side_by_side(
                        layout, state, kind, neuron, block, lane_rows, active, n_steps, fired, n_fired, v_mv
                    )
                if numbers[neuron] < 0 and not traced:
                    _fall_asleep(state, neuron, block, now + n_steps)
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
def forget_tiny(states):
    """Set what has decayed to next to nothing to zero: arithmetic becomes some ten times slower below 2e-308.

    No spike depends on it, as nothing that is added to a number so small is.
    """
    for neuron in range(states.shape[0]):
        for k in range(LEFT):
            states[neuron, k] = states[neuron, k] if abs(states[neuron, k]) > TINY else 0.0


@compiled
def set_drive(layout, state, block, lane_rows, currents):
    """Set the current's share of each step, of all input neurons; that of the others never changes."""
    all_lanes, constants, first = state.lanes, state.constants, layout.first[layout.input]
    shared_or_own = min(block, constants.shape[0] - 1)
    for k in range(currents.shape[1]):
        for lane in range(N_LANES):
            if lane_rows[lane] >= 0:
                drive = constants[shared_or_own, first + k, lane] * currents[lane_rows[lane], k]
                all_lanes[block, first + k, DRIVE + lane] = drive


@compiled
def _count_awake(all_lanes, asleep_since, block, neuron):
    """Return in how many lanes a neuron without synapses has to be integrated."""
    n_awake = 0
    for lane in range(N_LANES):
        n_awake += (asleep_since[block, neuron, lane] < 0) | (all_lanes[block, neuron, DRIVE + lane] != 0.0)
    return n_awake


@compiled
def _side_by_side(layout, state, kind, neuron, block, lane_rows, active, n_steps, fired, n_fired, v_mv):
    """Integrate a neuron of all lanes; return how often it fired (steps in `fired`)."""
    of_block, c = state.lanes[block], state.constants[min(block, state.constants.shape[0] - 1)]
    row_arriving = layout.synaptic[neuron] if layout.synaptic[neuron] >= 0 else state.arriving.shape[0] - 1
    here, asleep_since = of_block[neuron], state.asleep_since[block, neuron]
    before = here[: DRIVE + N_LANES].copy()
    if not v_mv.shape[0]:
        _integrate(kind, of_block, neuron, c, state.arriving, row_arriving, 0, n_steps)
    for t in range(n_steps if v_mv.shape[0] else 0):
        _integrate(kind, of_block, neuron, c, state.arriving, row_arriving, t, t + 1)
        for lane in range(N_LANES):
            row = lane_rows[lane]
            if row >= 0:
                v_mv[row, neuron, t] = here[V + lane] + layout.constants[layout.network_of[active[row]], neuron, 7]
    for lane in range(N_LANES):
        if asleep_since[lane] >= 0:  # it was not its turn
            here[V + lane], here[LEFT + lane] = before[V + lane], before[LEFT + lane]
    return lanes.find_spikes(state.arriving[row_arriving], n_steps, fired, n_fired)


@compiled
def _integrate(kind, states, neuron, c, arriving, row, begin, end):
    if kind == ALPHA:
        lanes.alpha(states, neuron, c, arriving, row, begin, end)
    elif kind == EXP:
        lanes.exp(states, neuron, c, arriving, row, begin, end)
    else:
        lanes.delta(states, neuron, c, arriving, row, begin, end)


@compiled
def _one_by_one(state, kind, neuron, block, n_awake, now, n_steps, fired, n_fired):
    """Wake a neuron without synapses where it is driven, and integrate it there if these lanes are few.

    Returns
    -------
    int
        How often it fired (steps in `fired`); -1: there are many, and it is not integrated.
    """
    here, c = state.lanes[block, neuron], state.constants[min(block, state.constants.shape[0] - 1), neuron]
    asleep_since = state.asleep_since[block, neuron]
    n_fired[:] = 0
    total = 0
    for lane in range(N_LANES):
        if asleep_since[lane] >= 0 and here[DRIVE + lane] == 0.0:
            continue
        if asleep_since[lane] >= 0:
            v, P33 = here[V + lane], c[N_LANES + lane]
            for _ in range(now - asleep_since[lane] if v != 0.0 else 0):
                v = _membrane_step(kind, P33, v, 0.0)
            here[V + lane], asleep_since[lane] = v, -1
        if n_awake <= FEW:
            n_fired[lane] = _driven_by_current(kind, here, c, n_steps, fired, lane)
            total += n_fired[lane]
    return total if n_awake <= FEW else -1


@compiled
def _fall_asleep(state, neuron, block, time):
    """Let a neuron sleep in those lanes where it can only decay: made up for when it is driven again."""
    here, c = state.lanes[block, neuron], state.constants[min(block, state.constants.shape[0] - 1), neuron]
    asleep_since = state.asleep_since[block, neuron]
    for lane in range(N_LANES):
        v, theta, minimum = here[V + lane], c[2 * N_LANES + lane], c[4 * N_LANES + lane]
        decays = here[DRIVE + lane] == 0.0 and here[LEFT + lane] == 0.0 and 0.0 <= v < theta and minimum <= 0.0
        if decays and asleep_since[lane] < 0:
            asleep_since[lane] = time


@compiled
def _driven_by_current(kind, here, c, n_steps, fired, lane):
    """Integrate a neuron without synapses in one lane; return how often it fired (steps in `fired`)."""
    v, left, drive = here[V + lane], here[LEFT + lane], here[DRIVE + lane]
    P33, theta, reset = c[N_LANES + lane], c[2 * N_LANES + lane], c[3 * N_LANES + lane]
    minimum, n_refractory = c[4 * N_LANES + lane], c[5 * N_LANES + lane]
    n_fired = 0
    t = 0
    while t < n_steps:
        if left == 0.0:
            v = _membrane_step(kind, P33, v, drive)
            v = minimum if v < minimum else v
        else:
            left -= 1.0
        if v >= theta:
            left, v = n_refractory, reset
            fired[lane, n_fired] = t
            n_fired += 1
            if n_fired > 1:
                # Same current, same reset: every further interval is like the last.
                interval = fired[lane, n_fired - 1] - fired[lane, n_fired - 2]
                while t + interval < n_steps:
                    t += interval
                    fired[lane, n_fired] = t
                    n_fired += 1
        t += 1
    here[V + lane], here[LEFT + lane] = v, left
    return n_fired


@partial(compiled, inline="always")
def _membrane_step(kind, P33, v, drive):
    """Return the membrane after a step without synaptic current; order of terms as in NEST's update functions."""
    if kind == ALPHA:
        return drive + P33 * v + v
    if kind == DELTA:
        return drive + P33 * v
    return v * P33 + drive


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
