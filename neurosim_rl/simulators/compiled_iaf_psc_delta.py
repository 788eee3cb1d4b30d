"""``iaf_psc_delta``: a leaky integrate-and-fire neuron; each spike lets its membrane jump by the weight.

After NEST 3.10, ``models/iaf_psc_delta.cpp``: constants as in ``pre_run_hook``, the step as in ``update``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from neurosim_rl.simulators.compiled_lanes import (
    DRIVE,
    LEFT,
    MINIMUM,
    REFRACTORY,
    RESET,
    THRESHOLD,
    V,
    inlined,
    own_constants,
)
from neurosim_rl.simulators.neuron_model import BOUNDED_DEFAULTS, ModelConstants, NeuronModel

(P33,) = own_constants(1)
"""Membrane to itself, by NEST's name."""


def constants(parameters: Mapping[str, float], resolution_ms: float) -> ModelConstants:
    """Return the constants of one neuron; variables as in NEST's source."""
    h, tau_m, c_m = resolution_ms, parameters["tau_m"], parameters["C_m"]
    p33 = math.exp(-h / tau_m)
    current = 1 / c_m * (1 - p33) * tau_m
    return ModelConstants(current, (p33,))


@inlined
def step(state: np.ndarray, neuron: int, c: np.ndarray, arriving: np.ndarray, row: int, here: int, lane: int) -> None:
    """Integrate one step in one lane (``iaf_psc_delta::update``): all weights arrive as one sum, in mV."""
    # All is read before anything is written or chosen: a read within a conditional expression would be a branch.
    theta, reset, refractory = c[neuron, THRESHOLD + lane], c[neuron, RESET + lane], c[neuron, REFRACTORY + lane]
    p33, minimum = c[neuron, P33 + lane], c[neuron, MINIMUM + lane]
    v, left, drive = state[neuron, V + lane], state[neuron, LEFT + lane], state[neuron, DRIVE + lane]
    # Terms are added from left to right, as in NEST: another order would change the last bit.
    after = drive + p33 * v + arriving[row, here + lane]
    # Conditional expressions become masks of vector registers, where an if statement would be a branch for each lane.
    after = minimum if after < minimum else after
    v = after if left == 0.0 else v
    left = 0.0 if left == 0.0 else left - 1.0
    fires = v >= theta
    state[neuron, V + lane] = reset if fires else v
    state[neuron, LEFT + lane] = refractory if fires else left
    # The place of inhibition is not read and stays zero: no weight is sent there (`sums_all_weights`).
    arriving[row, here + lane] = 1.0 if fires else 0.0


@inlined
def quiet_step(v: float, drive: float, c: np.ndarray, neuron: int, lane: int) -> float:
    """Return the membrane after a step without spikes."""
    return drive + c[neuron, P33 + lane] * v  # type: ignore[no-any-return]


MODEL = NeuronModel(
    name="iaf_psc_delta",
    defaults=BOUNDED_DEFAULTS,
    constants=constants,
    n_own_state=0,
    n_own_constants=1,
    step=step,
    quiet_step=quiet_step,
    sums_all_weights=True,
)
