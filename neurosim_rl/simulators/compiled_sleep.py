"""Neurons without synapses, driven by a current alone: they sleep while they are not driven.

With one-hot encoders most input neurons receive no current for many windows. Such a neuron only decays, and neither
spikes nor matters to others. So it is skipped (it *sleeps*), and the steps of its decay are computed when a current
wakes it: the same operations in the same order, so the same bits.

Where few lanes are awake, each is integrated by itself, and a constant current makes its spikes regular.
"""

from __future__ import annotations

from neurosim_rl.compilation import compiled
from neurosim_rl.simulators.compiled_lanes import (
    DRIVE,
    LEFT,
    MINIMUM,
    N_LANES,
    REFRACTORY,
    RESET,
    THRESHOLD,
    V,
    inlined,
)
from neurosim_rl.simulators.compiled_neurons import by_quiet_step

FEW = N_LANES // 2
"""Up to so many lanes awake, integrating a neuron without synapses lane by lane is faster."""


@compiled
def count_awake(all_lanes, asleep_since, block, neuron):
    """Return in how many lanes a neuron without synapses has to be integrated."""
    n_awake = 0
    for lane in range(N_LANES):
        n_awake += (asleep_since[block, neuron, lane] < 0) | (all_lanes[block, neuron, DRIVE + lane] != 0.0)
    return n_awake


@by_quiet_step
def one_by_one(quiet_step):
    """Wake a neuron without synapses where it is driven, and integrate it there if these lanes are few.

    Called as ``one_by_one(kind, state, neuron, block, n_awake, now, n_steps, fired, n_fired)``; `n_awake` as of
    :func:`count_awake`. Returns how often the neuron fired (steps in `fired`); -1: many lanes are awake, and it is not
    integrated.
    """

    def loop(state, neuron, block, n_awake, now, n_steps, fired, n_fired):
        here, c = state.lanes[block, neuron], state.constants[min(block, state.constants.shape[0] - 1)]
        asleep_since = state.asleep_since[block, neuron]
        n_fired[:] = 0
        total = 0
        for lane in range(N_LANES):
            if asleep_since[lane] >= 0 and here[DRIVE + lane] == 0.0:
                continue
            if asleep_since[lane] >= 0:
                v = here[V + lane]
                # Step by step: one power of the decay would round differently. A membrane at rest stays there.
                for _ in range(now - asleep_since[lane] if v != 0.0 else 0):
                    v = quiet_step(v, 0.0, c, neuron, lane)
                here[V + lane], asleep_since[lane] = v, -1
            if n_awake <= FEW:
                n_fired[lane] = _driven_by_current(quiet_step, here, c, neuron, n_steps, fired, lane)
                total += n_fired[lane]
        return total if n_awake <= FEW else -1

    return loop


@compiled
def fall_asleep(state, neuron, block, time):
    """Let a neuron sleep in those lanes where it can only decay."""
    here, c = state.lanes[block, neuron], state.constants[min(block, state.constants.shape[0] - 1), neuron]
    asleep_since = state.asleep_since[block, neuron]
    for lane in range(N_LANES):
        v, theta, minimum = here[V + lane], c[THRESHOLD + lane], c[MINIMUM + lane]
        # Between rest and threshold a membrane decays to rest, unless a lower bound above rest holds it up.
        decays = here[DRIVE + lane] == 0.0 and here[LEFT + lane] == 0.0 and 0.0 <= v < theta and minimum <= 0.0
        if decays and asleep_since[lane] < 0:
            asleep_since[lane] = time


@inlined
def _driven_by_current(quiet_step, here, c, neuron, n_steps, fired, lane):
    """Integrate a neuron without synapses in one lane; return how often it fired (steps in `fired`)."""
    v, left, drive = here[V + lane], here[LEFT + lane], here[DRIVE + lane]
    theta, reset, minimum = c[neuron, THRESHOLD + lane], c[neuron, RESET + lane], c[neuron, MINIMUM + lane]
    n_refractory = c[neuron, REFRACTORY + lane]
    n_fired = 0
    t = 0
    while t < n_steps:
        if left == 0.0:
            v = quiet_step(v, drive, c, neuron, lane)
            v = minimum if v < minimum else v
        else:
            left -= 1.0
        if v >= theta:
            left, v = n_refractory, reset
            fired[lane, n_fired] = t
            n_fired += 1
            if n_fired > 1:
                # The current is constant, and the state after each spike is the same: so are all further intervals.
                interval = fired[lane, n_fired - 1] - fired[lane, n_fired - 2]
                while t + interval < n_steps:
                    t += interval
                    fired[lane, n_fired] = t
                    n_fired += 1
        t += 1
    here[V + lane], here[LEFT + lane] = v, left
    return n_fired
