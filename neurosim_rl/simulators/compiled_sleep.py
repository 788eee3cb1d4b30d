"""Neurons without synapses, driven by a current alone: they sleep while they are not driven.

Where few lanes are awake, each is integrated by itself, and a constant current makes its spikes regular.
"""

from __future__ import annotations

from functools import partial

from neurosim_rl.compilation import compiled
from neurosim_rl.simulators.compiled_lanes import DRIVE, LEFT, N_LANES, V
from neurosim_rl.simulators.propagators import ALPHA, DELTA

FEW = N_LANES // 2
"""Up to so many lanes, taking a neuron without synapses one by one is faster."""


@compiled
def count_awake(all_lanes, asleep_since, block, neuron):
    """Return in how many lanes a neuron without synapses has to be integrated."""
    n_awake = 0
    for lane in range(N_LANES):
        n_awake += (asleep_since[block, neuron, lane] < 0) | (all_lanes[block, neuron, DRIVE + lane] != 0.0)
    return n_awake


@compiled
def one_by_one(state, kind, neuron, block, n_awake, now, n_steps, fired, n_fired):
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
def fall_asleep(state, neuron, block, time):
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
