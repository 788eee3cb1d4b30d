"""``iaf_psc_alpha``: a leaky integrate-and-fire neuron with synaptic currents that are alpha functions.

After NEST 3.10, ``models/iaf_psc_alpha.cpp``: constants as in ``pre_run_hook``, the step as in ``update``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

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
    own_constants,
    own_state,
)
from neurosim_rl.simulators.neuron_model import BOUNDED_DEFAULTS, SYNAPTIC_DEFAULTS, ModelConstants, NeuronModel
from neurosim_rl.simulators.propagators import expm1, propagators

D_EX, I_EX, D_IN, I_IN = own_state(4)
"""Derivative of the excitatory current in pA / ms, that current in pA; the same of inhibition."""

P33_MINUS_1, P31_EX, P32_EX, P31_IN, P32_IN, P11_EX, P21_EX, P11_IN, P21_IN, INITIAL_EX, INITIAL_IN = own_constants(11)
"""Propagators by NEST's names; INITIAL: pA / ms that a weight of 1 pA adds to the derivative of the current."""


def constants(parameters: Mapping[str, float], resolution_ms: float) -> ModelConstants:
    """Return the constants of one neuron; variables as in NEST's source."""
    h, tau_m, c_m = resolution_ms, parameters["tau_m"], parameters["C_m"]
    # NEST stores exp(-h / tau_m) - 1 and adds the membrane itself in the step: the small number keeps more digits.
    p33_minus_1 = expm1(-h / tau_m)
    current = -tau_m / c_m * expm1(-h / tau_m)
    p31_ex, p32_ex, p11_ex, p21_ex, initial_ex = _synapse(parameters["tau_syn_ex"], tau_m, c_m, h)
    p31_in, p32_in, p11_in, p21_in, initial_in = _synapse(parameters["tau_syn_in"], tau_m, c_m, h)
    propagated = (p31_ex, p32_ex, p31_in, p32_in, p11_ex, p21_ex, p11_in, p21_in)
    return ModelConstants(current, (p33_minus_1, *propagated, initial_ex, initial_in))


def _synapse(tau_syn: float, tau_m: float, c_m: float, h: float) -> tuple[float, float, float, float, float]:
    """Return P31, P32, P11, P21 and the initial value of one synaptic current."""
    p31, p32 = propagators(tau_syn, tau_m, c_m, h)
    p11 = math.exp(-h / tau_syn)
    return p31, p32, p11, h * p11, 1.0 * math.e / tau_syn


@inlined
def step(state: np.ndarray, neuron: int, c: np.ndarray, arriving: np.ndarray, row: int, here: int, lane: int) -> None:
    """Integrate one step in one lane (``iaf_psc_alpha::update``)."""
    # All is read before anything is written or chosen: a read within a conditional expression would be a branch.
    theta, reset, refractory = c[neuron, THRESHOLD + lane], c[neuron, RESET + lane], c[neuron, REFRACTORY + lane]
    p33_minus_1, minimum = c[neuron, P33_MINUS_1 + lane], c[neuron, MINIMUM + lane]
    p31_ex, p32_ex = c[neuron, P31_EX + lane], c[neuron, P32_EX + lane]
    p31_in, p32_in = c[neuron, P31_IN + lane], c[neuron, P32_IN + lane]
    p11_ex, p21_ex = c[neuron, P11_EX + lane], c[neuron, P21_EX + lane]
    p11_in, p21_in = c[neuron, P11_IN + lane], c[neuron, P21_IN + lane]
    initial_ex, initial_in = c[neuron, INITIAL_EX + lane], c[neuron, INITIAL_IN + lane]
    v, left, drive = state[neuron, V + lane], state[neuron, LEFT + lane], state[neuron, DRIVE + lane]
    d_ex, i_ex = state[neuron, D_EX + lane], state[neuron, I_EX + lane]
    d_in, i_in = state[neuron, D_IN + lane], state[neuron, I_IN + lane]
    # Terms are added from left to right, as in NEST: another order would change the last bit.
    after = drive + p31_ex * d_ex + p32_ex * i_ex + p31_in * d_in + p32_in * i_in + p33_minus_1 * v + v
    # Conditional expressions become masks of vector registers, where an if statement would be a branch for each lane.
    after = minimum if after < minimum else after
    v = after if left == 0.0 else v
    left = 0.0 if left == 0.0 else left - 1.0
    fires = v >= theta
    state[neuron, V + lane] = reset if fires else v
    state[neuron, LEFT + lane] = refractory if fires else left
    # A current takes its derivative of before this step; spikes that arrive now show in the membrane a step later.
    state[neuron, I_EX + lane] = p21_ex * d_ex + p11_ex * i_ex
    state[neuron, D_EX + lane] = d_ex * p11_ex + initial_ex * arriving[row, here + lane]
    state[neuron, I_IN + lane] = p21_in * d_in + p11_in * i_in
    state[neuron, D_IN + lane] = d_in * p11_in + initial_in * arriving[row, here + N_LANES + lane]
    arriving[row, here + lane] = 1.0 if fires else 0.0
    arriving[row, here + N_LANES + lane] = 0.0


@inlined
def quiet_step(v: float, drive: float, c: np.ndarray, neuron: int, lane: int) -> float:
    """Return the membrane after a step without synaptic current."""
    # The terms that are left out of those in `step` are zeros there, and adding zero changes no bit.
    return drive + c[neuron, P33_MINUS_1 + lane] * v + v  # type: ignore[no-any-return]


MODEL = NeuronModel(
    name="iaf_psc_alpha",
    defaults={**BOUNDED_DEFAULTS, **SYNAPTIC_DEFAULTS},
    constants=constants,
    n_own_state=4,
    n_own_constants=11,
    step=step,
    quiet_step=quiet_step,
)
