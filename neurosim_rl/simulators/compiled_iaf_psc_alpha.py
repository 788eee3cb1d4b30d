"""``iaf_psc_alpha``: a leaky integrate-and-fire neuron whose synaptic currents are alpha functions.

After NEST 3.10, ``models/iaf_psc_alpha.cpp``: constants as in ``pre_run_hook``, the step as in ``update``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from neurosim_rl.simulators.compiled_lanes import (
    DRIVE,
    LEFT,
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

P33_MINUS_1, MINIMUM, P31_EX, P32_EX, P31_IN, P32_IN, P11_EX, P21_EX, P11_IN, P21_IN, INITIAL_EX, INITIAL_IN = (
    own_constants(12)
)
"""Propagators by NEST's names; INITIAL: pA / ms that a weight of 1 pA adds to the derivative of the current."""


def constants(parameters: Mapping[str, float], resolution_ms: float) -> ModelConstants:
    """Return the constants of one neuron; variables as in NEST's source."""
    h, tau_m, c_m = resolution_ms, parameters["tau_m"], parameters["C_m"]
    # NEST stores exp(-h / tau_m) - 1 and adds the membrane itself in the step: the small number keeps more digits.
    p33_minus_1 = expm1(-h / tau_m)
    current = -tau_m / c_m * expm1(-h / tau_m)
    p31_ex, p32_ex, p11_ex, p21_ex, initial_ex = _synapse(parameters["tau_syn_ex"], tau_m, c_m, h)
    p31_in, p32_in, p11_in, p21_in, initial_in = _synapse(parameters["tau_syn_in"], tau_m, c_m, h)
    minimum = parameters["V_min"] - parameters["E_L"]
    propagated = (p31_ex, p32_ex, p31_in, p32_in, p11_ex, p21_ex, p11_in, p21_in)
    return ModelConstants(current, (p33_minus_1, minimum, *propagated, initial_ex, initial_in))


def _synapse(tau_syn: float, tau_m: float, c_m: float, h: float) -> tuple[float, float, float, float, float]:
    """Return P31, P32, P11, P21 and the initial value of one synaptic current."""
    p31, p32 = propagators(tau_syn, tau_m, c_m, h)
    p11 = math.exp(-h / tau_syn)
    return p31, p32, p11, h * p11, 1.0 * math.e / tau_syn


@inlined
def step(state: np.ndarray, neuron: int, c: np.ndarray, arriving: np.ndarray, row: int, here: int, lane: int) -> None:
    """Integrate one step in one lane (``iaf_psc_alpha::update``)."""
    v, left = state[neuron, V + lane], state[neuron, LEFT + lane]
    d_ex, i_ex = state[neuron, D_EX + lane], state[neuron, I_EX + lane]
    d_in, i_in = state[neuron, D_IN + lane], state[neuron, I_IN + lane]
    # Terms are added from left to right, as in NEST: another order would change the last bit.
    after = (
        state[neuron, DRIVE + lane]
        + c[neuron, P31_EX + lane] * d_ex
        + c[neuron, P32_EX + lane] * i_ex
        + c[neuron, P31_IN + lane] * d_in
        + c[neuron, P32_IN + lane] * i_in
        + c[neuron, P33_MINUS_1 + lane] * v
        + v
    )
    after = c[neuron, MINIMUM + lane] if after < c[neuron, MINIMUM + lane] else after
    # Conditional expressions become masks of vector registers, where an if statement would be a branch for each lane.
    v = after if left == 0.0 else v
    left = 0.0 if left == 0.0 else left - 1.0
    fires = v >= c[neuron, THRESHOLD + lane]
    state[neuron, V + lane] = c[neuron, RESET + lane] if fires else v
    state[neuron, LEFT + lane] = c[neuron, REFRACTORY + lane] if fires else left
    # The current first: it takes the derivative from before this step.
    state[neuron, I_EX + lane] = c[neuron, P21_EX + lane] * d_ex + c[neuron, P11_EX + lane] * i_ex
    excitation = c[neuron, INITIAL_EX + lane] * arriving[row, here + lane]
    state[neuron, D_EX + lane] = d_ex * c[neuron, P11_EX + lane] + excitation
    state[neuron, I_IN + lane] = c[neuron, P21_IN + lane] * d_in + c[neuron, P11_IN + lane] * i_in
    inhibition = c[neuron, INITIAL_IN + lane] * arriving[row, here + N_LANES + lane]
    state[neuron, D_IN + lane] = d_in * c[neuron, P11_IN + lane] + inhibition
    arriving[row, here + lane] = 1.0 if fires else 0.0
    arriving[row, here + N_LANES + lane] = 0.0


@inlined
def quiet_step(v: float, drive: float, c: np.ndarray, neuron: int, lane: int) -> float:
    """Return the membrane after a step without synaptic current."""
    # The terms that are left out in `step` are zeros there, and adding zero changes no bit.
    after = drive + c[neuron, P33_MINUS_1 + lane] * v + v
    return c[neuron, MINIMUM + lane] if after < c[neuron, MINIMUM + lane] else after  # type: ignore[no-any-return]


MODEL = NeuronModel(
    name="iaf_psc_alpha",
    defaults={**BOUNDED_DEFAULTS, **SYNAPTIC_DEFAULTS},
    constants=constants,
    n_own_state=4,
    n_own_constants=12,
    step=step,
    quiet_step=quiet_step,
)
