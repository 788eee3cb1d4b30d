"""One neuron of several networks at once: neighbouring networks of a batch lie side by side, in *lanes*.

A neuron's next step waits for its last, some twenty processor cycles, so one network after the other leaves the
processor idle. The same neuron of ``N_LANES`` networks shares its arithmetic in vector registers instead. The order of
operations in each lane is NEST's, so the results are the same to the last bit.

What the compiler needs for that: few arrays, each with the lanes next to each other, and no slices of them where a
call is short; innermost loops over a constant number of lanes and without branches; constants in registers where all
networks share them. A neuron's spikes are written where it has just read what arrived, instead of into an array of
their own.

``alpha``, ``exp`` and ``delta`` integrate one neuron from step `begin` to step `end`: row `neuron` of `state`
(n_neurons, N_STATE * N_LANES) and of the constants `c` (n_neurons, n_constants * N_LANES). Row `row` of `arriving` has
2 * N_LANES sums of weights for each step, of excitation and inhibition. There a step leaves 1 where a lane fired, else
0; and 0 for inhibition.
"""

from __future__ import annotations

from functools import partial

from neurosim_rl.compilation import compiled

N_LANES = 16
"""Networks side by side: two vectors of eight numbers, so that one is computed while the other waits."""

N_STATE = 7
"""Values of a neuron in each lane: V, dI_ex, I_ex, dI_in, I_in, refractory steps left, P_current times current."""

V, DI_EX, I_EX, DI_IN, I_IN, LEFT, DRIVE = (k * N_LANES for k in range(N_STATE))


inlined = partial(compiled, inline="always")


@inlined
def _at(values, neuron, k, lane):
    """Return one value of a neuron in one lane."""
    return values[neuron, k * N_LANES + lane]


@inlined
def _membrane_constants(c, neuron, lane):
    """Return P_membrane, threshold, reset, minimum, refractory steps (columns of propagators.CONSTANTS)."""
    return (
        _at(c, neuron, 1, lane),
        _at(c, neuron, 2, lane),
        _at(c, neuron, 3, lane),
        _at(c, neuron, 4, lane),
        _at(c, neuron, 5, lane),
    )


@inlined
def _synaptic_constants(c, neuron, lane):
    """Return P31 and P32, P11 and P21 of excitation and inhibition, and their initial values."""
    return (
        (_at(c, neuron, 8, lane), _at(c, neuron, 9, lane), _at(c, neuron, 10, lane), _at(c, neuron, 11, lane)),
        (_at(c, neuron, 12, lane), _at(c, neuron, 13, lane), _at(c, neuron, 14, lane), _at(c, neuron, 15, lane)),
        (_at(c, neuron, 16, lane), _at(c, neuron, 17, lane)),
    )


@inlined
def alpha(state, neuron, c, arriving, row, begin, end):
    """Integrate ``iaf_psc_alpha`` (``iaf_psc_alpha::update``)."""
    for t in range(begin, end):
        here = 2 * t * N_LANES
        for lane in range(N_LANES):
            P33, theta, reset, minimum, refractory = _membrane_constants(c, neuron, lane)
            (P31_ex, P32_ex, P31_in, P32_in), decays, initial = _synaptic_constants(c, neuron, lane)
            P11_ex, P21_ex, P11_in, P21_in = decays
            initial_ex, initial_in = initial
            v, left = state[neuron, V + lane], state[neuron, LEFT + lane]
            d_ex, i_ex = state[neuron, DI_EX + lane], state[neuron, I_EX + lane]
            d_in, i_in = state[neuron, DI_IN + lane], state[neuron, I_IN + lane]
            drive = state[neuron, DRIVE + lane]
            after = drive + P31_ex * d_ex + P32_ex * i_ex + P31_in * d_in + P32_in * i_in + P33 * v + v
            after = minimum if after < minimum else after
            v = after if left == 0.0 else v
            left = 0.0 if left == 0.0 else left - 1.0
            fires = v >= theta
            state[neuron, V + lane] = reset if fires else v
            state[neuron, LEFT + lane] = refractory if fires else left
            state[neuron, I_EX + lane] = P21_ex * d_ex + P11_ex * i_ex
            state[neuron, DI_EX + lane] = d_ex * P11_ex + initial_ex * arriving[row, here + lane]
            state[neuron, I_IN + lane] = P21_in * d_in + P11_in * i_in
            state[neuron, DI_IN + lane] = d_in * P11_in + initial_in * arriving[row, here + N_LANES + lane]
            arriving[row, here + lane] = 1.0 if fires else 0.0
            arriving[row, here + N_LANES + lane] = 0.0


@inlined
def exp(state, neuron, c, arriving, row, begin, end):
    """Integrate ``iaf_psc_exp`` (``iaf_psc_exp::update``)."""
    for t in range(begin, end):
        for lane in range(N_LANES):
            P33, theta, reset, _, refractory = _membrane_constants(c, neuron, lane)
            (_, P32_ex, _, P32_in), (P11_ex, _, P11_in, _), _ = _synaptic_constants(c, neuron, lane)
            constants = P33, theta, reset, refractory, P32_ex, P32_in, P11_ex, P11_in
            _exp_step(state, neuron, constants, arriving, row, 2 * t * N_LANES, lane)


EXP_COLUMNS = (1, 2, 3, 5, 9, 11, 12, 14)
"""Columns of propagators.CONSTANTS that ``iaf_psc_exp`` uses."""


@inlined
def packed_exp(state, neuron, packed, arriving, row):
    """Integrate ``iaf_psc_exp`` by one step; `packed` are the columns `EXP_COLUMNS` of the constants alone.

    A large network's constants do not fit into the processor's cache: side by side they come sooner.
    """
    for lane in range(N_LANES):
        constants = (
            _at(packed, neuron, 0, lane),
            _at(packed, neuron, 1, lane),
            _at(packed, neuron, 2, lane),
            _at(packed, neuron, 3, lane),
            _at(packed, neuron, 4, lane),
            _at(packed, neuron, 5, lane),
            _at(packed, neuron, 6, lane),
            _at(packed, neuron, 7, lane),
        )
        _exp_step(state, neuron, constants, arriving, row, 0, lane)


@inlined
def _exp_step(state, neuron, constants, arriving, row, here, lane):
    """Integrate ``iaf_psc_exp`` by one step in one lane; what arrives begins at `here`."""
    P33, theta, reset, refractory, P32_ex, P32_in, P11_ex, P11_in = constants
    v, left = state[neuron, V + lane], state[neuron, LEFT + lane]
    i_ex, i_in = state[neuron, I_EX + lane], state[neuron, I_IN + lane]
    after = v * P33 + i_ex * P32_ex + i_in * P32_in + state[neuron, DRIVE + lane]
    v = after if left == 0.0 else v
    left = 0.0 if left == 0.0 else left - 1.0
    fires = v >= theta
    state[neuron, V + lane] = reset if fires else v
    state[neuron, LEFT + lane] = refractory if fires else left
    state[neuron, I_EX + lane] = i_ex * P11_ex + arriving[row, here + lane]
    state[neuron, I_IN + lane] = i_in * P11_in + arriving[row, here + N_LANES + lane]
    arriving[row, here + lane] = 1.0 if fires else 0.0
    arriving[row, here + N_LANES + lane] = 0.0


@inlined
def delta(state, neuron, c, arriving, row, begin, end):
    """Integrate ``iaf_psc_delta`` (``iaf_psc_delta::update``): all weights arrive as one sum, in mV."""
    for t in range(begin, end):
        here = 2 * t * N_LANES
        for lane in range(N_LANES):
            P33, theta, reset, minimum, refractory = _membrane_constants(c, neuron, lane)
            v, left = state[neuron, V + lane], state[neuron, LEFT + lane]
            after = state[neuron, DRIVE + lane] + P33 * v + arriving[row, here + lane]
            after = minimum if after < minimum else after
            v = after if left == 0.0 else v
            left = 0.0 if left == 0.0 else left - 1.0
            fires = v >= theta
            state[neuron, V + lane] = reset if fires else v
            state[neuron, LEFT + lane] = refractory if fires else left
            arriving[row, here + lane] = 1.0 if fires else 0.0


@compiled
def find_spikes(arriving, n_steps, fired, n_fired):
    """List the steps in which each lane fired, and clear them: `fired`, shape (N_LANES, n_steps), `n_fired` of each.

    Returns
    -------
    int
        Number of spikes in all lanes.
    """
    n_fired[:] = 0
    total = 0
    for t in range(n_steps):
        spikes = arriving[2 * t * N_LANES : (2 * t + 1) * N_LANES]
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
