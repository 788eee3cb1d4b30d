"""One neuron of several networks at once: neighbouring networks of a batch lie side by side, in *lanes*.

A neuron's next step waits for its last, some twenty processor cycles, so one network after the other leaves the
processor idle. The same neuron of ``N_LANES`` networks shares its arithmetic in vector registers instead. The order of
operations in each lane is NEST's, so the results are the same to the last bit.

The compiler needs for that: few arrays, each with the lanes next to each other, and no slices of them where a
call is short; innermost loops over a constant number of lanes and without branches; constants in registers where all
networks share them. A step writes a neuron's spikes to the place where it has just read the arriving weights, instead
of an array of their own.

This module says where in these arrays the values of a neuron lie. A neuron has a row of the state and a row of the
constants. A row holds one value after the other, each for all lanes: value k of lane l is in column
``k * N_LANES + l``. `V` and the like are such ``k * N_LANES``. All neuron models share the first values; each adds
its own (:func:`own_state`, :func:`own_constants`).
"""

from __future__ import annotations

from functools import partial

from neurosim_rl.compilation import compiled

N_LANES = 16
"""Networks side by side: two vectors of eight numbers, so that one is computed while the other waits."""

N_SHARED_STATE = 3
DRIVE, LEFT, V = range(0, N_SHARED_STATE * N_LANES, N_LANES)
"""State of all models: mV that the current adds in each step, refractory steps left, membrane in mV above E_L.

`DRIVE` and `LEFT` come first: all values behind them decay (see :func:`compiled_state.forget_tiny`).
"""

N_SHARED_CONSTANTS = 5
CURRENT, THRESHOLD, RESET, REFRACTORY, MINIMUM = range(0, N_SHARED_CONSTANTS * N_LANES, N_LANES)
"""Constants of all models: mV that 1 pA adds in each step, threshold and reset in mV above E_L, refractory steps, and
the lowest membrane in mV above E_L, -inf for models without ``V_min``. Where a spike lowers the membrane by a number of
mV (``V_drop``), that is in the place of the reset."""

inlined = partial(compiled, inline="always")
"""Decorate a function that is called in innermost loops: its code becomes part of the loop."""


def own_state(n_values: int) -> tuple[int, ...]:
    """Return where a model's own values lie in a row of the state."""
    first = N_SHARED_STATE * N_LANES
    return tuple(range(first, first + n_values * N_LANES, N_LANES))


def own_constants(n_values: int) -> tuple[int, ...]:
    """Return where a model's own values lie in a row of the constants."""
    first = N_SHARED_CONSTANTS * N_LANES
    return tuple(range(first, first + n_values * N_LANES, N_LANES))


@compiled
def find_spikes(arriving, n_steps, fired, n_fired):
    """List the steps in which each lane fired, and clear them: `fired`, shape (N_LANES, n_steps), `n_fired` of each.

    Parameters
    ----------
    arriving : array, shape (at least n_steps * 2 * N_LANES,)
        Of one neuron, after all of its steps.

    Returns
    -------
    int
        Number of spikes in all lanes.
    """
    n_fired[:] = 0
    total = 0
    for t in range(n_steps):
        spikes = arriving[2 * t * N_LANES : (2 * t + 1) * N_LANES]
        # Spikes are rare: one test without branches for all lanes, in vector registers, before any lane is looked at.
        any_fired = 0
        for lane in range(N_LANES):
            any_fired |= spikes[lane] != 0.0
        if any_fired:
            for lane in range(N_LANES):
                if spikes[lane] != 0.0:
                    fired[lane, n_fired[lane]] = t
                    n_fired[lane] += 1
                    total += 1
                    spikes[lane] = 0.0
    return total
