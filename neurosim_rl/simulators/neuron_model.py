"""The contract of a neuron model in the compiled simulator."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from neurosim_rl.networks.nest_module import NestModule

MEMBRANE_DEFAULTS = {
    "tau_m": 10.0,
    "C_m": 250.0,
    "t_ref": 2.0,
    "E_L": -70.0,
    "I_e": 0.0,
    "V_th": -55.0,
    "V_reset": -70.0,
    # -70 mV for any E_L: NEST keeps the potential when only E_L is set.
    "V_m": -70.0,
    # No constant of the neuron, but of the plastic synapses onto it.
    "tau_minus": 20.0,
}
"""NEST's defaults of the parameters that all its ``iaf_psc_`` models have."""

BOUNDED_DEFAULTS = {**MEMBRANE_DEFAULTS, "V_min": -math.inf}
"""The same, of models that have a lower bound of the membrane."""

SYNAPTIC_DEFAULTS = {"tau_syn_ex": 2.0, "tau_syn_in": 2.0}
"""NEST's defaults of the parameters of synaptic currents."""


class ModelConstants(NamedTuple):
    """Constants of one neuron that depend on its model.

    Parameters
    ----------
    current : float
        mV that a constant current of 1 pA adds to the membrane in each step.
    own : tuple of float
        In the order of the model's own columns (:func:`compiled_lanes.own_constants`).
    """

    current: float
    own: tuple[float, ...]


@dataclass(frozen=True)
class NeuronModel:
    """A neuron model: its parameters, its constants and its step.

    Parameters
    ----------
    name : str
        NEST's name.
    defaults : mapping
        NEST's defaults of all parameters that are covered.
    constants : callable
        ``constants(parameters, resolution_ms)`` returns :class:`ModelConstants`, by NEST's operations in NEST's order.
    n_own_state, n_own_constants : int
        Values that the model adds to the state and to the constants.
    step : compiled function
        ``step(state, neuron, c, arriving, row, here, lane)`` integrates one step of a neuron in one lane, in the order
        of NEST's ``update``. The neuron's state and constants are rows `neuron` of `state` and `c`. The summed weights
        that arrive in this step are in row `row` of `arriving`: of excitation in column ``here + lane``, of inhibition
        in column ``here + N_LANES + lane``. There the step leaves 1 where the neuron fires and else 0; and 0 for
        inhibition.
    quiet_step : compiled function or None
        ``quiet_step(v, drive, c, neuron, lane)`` returns the membrane after a step in which the neuron is not
        refractory and has had no synaptic input yet, to the last bit, before the lower bound. For models in which only
        the membrane changes then: neurons without synapses may sleep (:mod:`compiled_sleep`). None: they are always
        integrated.
    sums_all_weights : bool
        Whether all weights that arrive make one sum, that of excitation, instead of one for each sign.
    module : NestModule or None
        Module that has the model in NEST; None: it is one of NEST's own. Another module may have another model of that
        name, so only networks with this module are covered.
    """

    name: str
    defaults: Mapping[str, float]
    constants: Callable[[Mapping[str, float], float], ModelConstants]
    n_own_state: int
    n_own_constants: int
    step: Callable[..., Any]
    quiet_step: Callable[..., Any] | None
    sums_all_weights: bool = False
    module: NestModule | None = None
