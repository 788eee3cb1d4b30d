"""``iaf_psc_exp``: a leaky integrate-and-fire neuron with synaptic currents that jump and decay exponentially.

After NEST 3.10, ``models/iaf_psc_exp.cpp``: constants as in ``pre_run_hook``, the step as in ``update``.
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
from neurosim_rl.simulators.neuron_model import MEMBRANE_DEFAULTS, SYNAPTIC_DEFAULTS, ModelConstants, NeuronModel
from neurosim_rl.simulators.propagators import propagators

I_EX, I_IN = own_state(2)
"""Excitatory and inhibitory current in pA."""

P22, P21_EX, P21_IN, P11_EX, P11_IN = own_constants(5)
"""Propagators by NEST's names: membrane to itself, currents to membrane, currents to themselves."""


def constants(parameters: Mapping[str, float], resolution_ms: float) -> ModelConstants:
    """Return the constants of one neuron; variables as in NEST's source."""
    h, tau_m, c_m = resolution_ms, parameters["tau_m"], parameters["C_m"]
    tau_ex, tau_in = parameters["tau_syn_ex"], parameters["tau_syn_in"]
    p22 = math.exp(-h / tau_m)
    current = tau_m / c_m * (1.0 - p22)
    _, p21_ex = propagators(tau_ex, tau_m, c_m, h)
    _, p21_in = propagators(tau_in, tau_m, c_m, h)
    return ModelConstants(current, (p22, p21_ex, p21_in, math.exp(-h / tau_ex), math.exp(-h / tau_in)))


@inlined
def step(state: np.ndarray, neuron: int, c: np.ndarray, arriving: np.ndarray, row: int, here: int, lane: int) -> None:
    """Integrate one step in one lane (``iaf_psc_exp::update``)."""
    # All is read before anything is written or chosen: a read within a conditional expression would be a branch.
    theta, reset, refractory = c[neuron, THRESHOLD + lane], c[neuron, RESET + lane], c[neuron, REFRACTORY + lane]
    p22, p21_ex, p21_in = c[neuron, P22 + lane], c[neuron, P21_EX + lane], c[neuron, P21_IN + lane]
    p11_ex, p11_in = c[neuron, P11_EX + lane], c[neuron, P11_IN + lane]
    v, left, drive = state[neuron, V + lane], state[neuron, LEFT + lane], state[neuron, DRIVE + lane]
    i_ex, i_in = state[neuron, I_EX + lane], state[neuron, I_IN + lane]
    # Terms are added from left to right, as in NEST: another order would change the last bit.
    after = v * p22 + i_ex * p21_ex + i_in * p21_in + drive
    # Conditional expressions become masks of vector registers, where an if statement would be a branch for each lane.
    v = after if left == 0.0 else v
    left = 0.0 if left == 0.0 else left - 1.0
    fires = v >= theta
    state[neuron, V + lane] = reset if fires else v
    state[neuron, LEFT + lane] = refractory if fires else left
    # Spikes that arrive now show in the membrane a step later.
    state[neuron, I_EX + lane] = i_ex * p11_ex + arriving[row, here + lane]
    state[neuron, I_IN + lane] = i_in * p11_in + arriving[row, here + N_LANES + lane]
    arriving[row, here + lane] = 1.0 if fires else 0.0
    arriving[row, here + N_LANES + lane] = 0.0


@inlined
def quiet_step(v: float, drive: float, c: np.ndarray, neuron: int, lane: int) -> float:
    """Return the membrane after a step without synaptic current."""
    # The terms that are left out of those in `step` are zeros there, and adding zero changes no bit.
    return v * c[neuron, P22 + lane] + drive  # type: ignore[no-any-return]


MODEL = NeuronModel(
    name="iaf_psc_exp",
    defaults={**MEMBRANE_DEFAULTS, **SYNAPTIC_DEFAULTS},
    constants=constants,
    n_own_state=2,
    n_own_constants=5,
    step=step,
    quiet_step=quiet_step,
)
