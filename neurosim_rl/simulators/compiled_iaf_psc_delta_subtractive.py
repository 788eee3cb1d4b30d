"""``iaf_psc_delta_subtractive``: a leaky integrate-and-fire neuron in which spikes subtract from the membrane.

After the C++ that NESTML 9 generates of ``networks/iaf_psc_delta_subtractive.nestml``: constants as in
``recompute_internal_variables``, the step as in ``update``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from neurosim_rl.networks.shipped_modules import SUBTRACTIVE_MODULE
from neurosim_rl.simulators.compiled_lanes import DRIVE, LEFT, REFRACTORY, RESET, THRESHOLD, V, inlined, own_constants
from neurosim_rl.simulators.neuron_model import ModelConstants, NeuronModel

(P33,) = own_constants(1)
"""Membrane to itself, by the name of the model's file."""


def constants(parameters: Mapping[str, float], resolution_ms: float) -> ModelConstants:
    """Return the constants of one neuron; variables as in the model's file."""
    h, tau_m, c_m = resolution_ms, parameters["tau_m"], parameters["C_m"]
    p33 = math.exp(-h / tau_m)
    return ModelConstants(1 / c_m * (1 - p33) * tau_m, (p33,))


@inlined
def step(state: np.ndarray, neuron: int, c: np.ndarray, arriving: np.ndarray, row: int, here: int, lane: int) -> None:
    """Integrate one step in one lane: all weights arrive as one sum, in mV; the reset is what a spike subtracts."""
    # All is read before anything is written or chosen: a read within a conditional expression would be a branch.
    theta, drop, refractory = c[neuron, THRESHOLD + lane], c[neuron, RESET + lane], c[neuron, REFRACTORY + lane]
    v, left, drive = state[neuron, V + lane], state[neuron, LEFT + lane], state[neuron, DRIVE + lane]
    # NESTML has spikes per second and times in ms, so that a weight comes as 0.001 of itself, and back as 1000 of that.
    jump = 0.001 * arriving[row, here + lane] * 1000.0
    after = drive + c[neuron, P33 + lane] * v
    after = after + jump
    # Conditional expressions become masks of vector registers, where an if statement would be a branch for each lane.
    left = left - 1.0 if left > 0.0 else left
    fires = (left == 0.0) & (after >= theta)
    state[neuron, V + lane] = after - drop if fires else after
    state[neuron, LEFT + lane] = refractory + 1.0 if fires else left
    # The place of inhibition is not read and stays zero: no weight is sent there (`sums_all_weights`).
    arriving[row, here + lane] = 1.0 if fires else 0.0


MODEL = NeuronModel(
    name="iaf_psc_delta_subtractive",
    defaults={"tau_m": 10.0, "C_m": 250.0, "t_ref": 0.0, "V_th": 15.0, "V_drop": 15.0, "I_e": 0.0, "V_m": 0.0},
    constants=constants,
    n_own_state=0,
    n_own_constants=1,
    step=step,
    # A neuron that sleeps is woken as one whose state after each spike is the same; this one's is not.
    quiet_step=None,
    sums_all_weights=True,
    module=SUBTRACTIVE_MODULE,
)
