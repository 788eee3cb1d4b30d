"""One neuron of several networks at once: neighbouring networks of a batch lie side by side, in *lanes*.

A neuron's next step waits for its last, some twenty processor cycles, so one network after the other leaves the
processor idle. The same neuron of ``N_LANES`` networks shares its arithmetic in vector registers instead. The order of
operations in each lane is NEST's, so the results are the same to the last bit.

What the compiler needs for that: few arrays, each with the lanes next to each other; innermost loops over a constant
number of lanes and without branches; constants in registers where all networks share them. A neuron's spikes are
written where it has just read what arrived, instead of into an array of their own.
"""

from __future__ import annotations

from neurosim_rl.compilation import compiled

N_LANES = 16
"""Networks side by side: two vectors of eight numbers, so that one is computed while the other waits."""

N_STATE = 7
"""Values of a neuron in each lane: V, dI_ex, I_ex, dI_in, I_in, refractory steps left, P_current times current."""

V, DI_EX, I_EX, DI_IN, I_IN, LEFT, DRIVE = (k * N_LANES for k in range(N_STATE))


@compiled
def _membrane_constants(c, lane):
    """Return P_membrane, threshold, reset, minimum, refractory steps (columns of propagators.CONSTANTS)."""
    return (
        c[1 * N_LANES + lane],
        c[2 * N_LANES + lane],
        c[3 * N_LANES + lane],
        c[4 * N_LANES + lane],
        c[5 * N_LANES + lane],
    )


@compiled
def _synaptic_constants(c, lane):
    """Return P31 and P32, P11 and P21 of excitation and inhibition, and their initial values."""
    return (
        (c[8 * N_LANES + lane], c[9 * N_LANES + lane], c[10 * N_LANES + lane], c[11 * N_LANES + lane]),
        (c[12 * N_LANES + lane], c[13 * N_LANES + lane], c[14 * N_LANES + lane], c[15 * N_LANES + lane]),
        (c[16 * N_LANES + lane], c[17 * N_LANES + lane]),
    )


@compiled
def alpha(state, c, arriving, begin, end):
    """Integrate ``iaf_psc_alpha`` (``iaf_psc_alpha::update``)."""
    for t in range(begin, end):
        spikes = arriving[2 * t * N_LANES : 2 * (t + 1) * N_LANES]
        for lane in range(N_LANES):
            P33, theta, reset, minimum, refractory = _membrane_constants(c, lane)
            (P31_ex, P32_ex, P31_in, P32_in), (P11_ex, P21_ex, P11_in, P21_in), initial = _synaptic_constants(c, lane)
            initial_ex, initial_in = initial
            v, left = state[V + lane], state[LEFT + lane]
            d_ex, i_ex, d_in, i_in = state[DI_EX + lane], state[I_EX + lane], state[DI_IN + lane], state[I_IN + lane]
            after = state[DRIVE + lane] + P31_ex * d_ex + P32_ex * i_ex + P31_in * d_in + P32_in * i_in + P33 * v + v
            after = minimum if after < minimum else after
            v = after if left == 0.0 else v
            left = 0.0 if left == 0.0 else left - 1.0
            fires = v >= theta
            state[V + lane] = reset if fires else v
            state[LEFT + lane] = refractory if fires else left
            state[I_EX + lane] = P21_ex * d_ex + P11_ex * i_ex
            state[DI_EX + lane] = d_ex * P11_ex + initial_ex * spikes[lane]
            state[I_IN + lane] = P21_in * d_in + P11_in * i_in
            state[DI_IN + lane] = d_in * P11_in + initial_in * spikes[N_LANES + lane]
            spikes[lane] = 1.0 if fires else 0.0
            spikes[N_LANES + lane] = 0.0


@compiled
def exp(state, c, arriving, begin, end):
    """Integrate ``iaf_psc_exp`` (``iaf_psc_exp::update``)."""
    for t in range(begin, end):
        spikes = arriving[2 * t * N_LANES : 2 * (t + 1) * N_LANES]
        for lane in range(N_LANES):
            P33, theta, reset, _, refractory = _membrane_constants(c, lane)
            (_, P32_ex, _, P32_in), (P11_ex, _, P11_in, _), _ = _synaptic_constants(c, lane)
            v, left, i_ex, i_in = state[V + lane], state[LEFT + lane], state[I_EX + lane], state[I_IN + lane]
            after = v * P33 + i_ex * P32_ex + i_in * P32_in + state[DRIVE + lane]
            v = after if left == 0.0 else v
            left = 0.0 if left == 0.0 else left - 1.0
            fires = v >= theta
            state[V + lane] = reset if fires else v
            state[LEFT + lane] = refractory if fires else left
            state[I_EX + lane] = i_ex * P11_ex + spikes[lane]
            state[I_IN + lane] = i_in * P11_in + spikes[N_LANES + lane]
            spikes[lane] = 1.0 if fires else 0.0
            spikes[N_LANES + lane] = 0.0


@compiled
def delta(state, c, arriving, begin, end):
    """Integrate ``iaf_psc_delta`` (``iaf_psc_delta::update``): all weights arrive as one sum, in mV."""
    for t in range(begin, end):
        spikes = arriving[2 * t * N_LANES : 2 * (t + 1) * N_LANES]
        for lane in range(N_LANES):
            P33, theta, reset, minimum, refractory = _membrane_constants(c, lane)
            v, left = state[V + lane], state[LEFT + lane]
            after = state[DRIVE + lane] + P33 * v + spikes[lane]
            after = minimum if after < minimum else after
            v = after if left == 0.0 else v
            left = 0.0 if left == 0.0 else left - 1.0
            fires = v >= theta
            state[V + lane] = reset if fires else v
            state[LEFT + lane] = refractory if fires else left
            spikes[lane] = 1.0 if fires else 0.0


@compiled
def find_spikes(arriving, begin, end, fired, n_fired):
    """List the steps in which each lane fired, and clear them: `fired`, shape (N_LANES, n_steps), `n_fired` of each.

    Returns
    -------
    int
        Number of spikes in all lanes.
    """
    n_fired[:] = 0
    total = 0
    for t in range(begin, end):
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
