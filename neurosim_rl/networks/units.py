"""Units of synaptic weights and of recorded variables: those of the neuron model, by NEST's naming of models."""

from __future__ import annotations

from collections.abc import Iterable

CURRENT, JUMP, CONDUCTANCE = "pA", "mV", "nS"

_JUMPS = ("_psc_delta", "pp_psc_delta", "izhikevich")
_WITHOUT_UNIT = (
    "parrot_neuron",
    "ignore_and_fire",
    "rate_",
    "_ipn",
    "_opn",
    "ht_neuron",
    "siegert",
    "erfc",
    "ginzburg",
)
_CONDUCTANCES = ("_cond_", "glif_cond", "gif_cond", "iaf_chxk", "iaf_bw_2001", "pp_cond")


def weight_unit(model: str) -> str:
    """Return the unit of the weight of a synapse onto a neuron model; ``"1"`` for weights without unit.

    Models of a user's own, such as those of NESTML, have the unit that their author chose: ``"model unit"``.

    Parameters
    ----------
    model : str
        NEST's name of the target's model.

    Examples
    --------
    >>> weight_unit("iaf_psc_alpha"), weight_unit("iaf_psc_delta"), weight_unit("iaf_cond_exp")
    ('pA', 'mV', 'nS')
    """
    if any(part in model for part in _WITHOUT_UNIT):
        return "1"
    if any(part in model for part in _JUMPS):
        return JUMP
    if any(part in model for part in _CONDUCTANCES):
        return CONDUCTANCE
    if "_psc_" in model or model.startswith(("glif_psc", "iaf_tum", "eprop_", "mat2", "amat2")):
        return CURRENT
    return "model unit"


def common_weight_unit(models: Iterable[str]) -> str:
    """Return the unit of weights onto all these models; ``"units of the targets"`` where they differ."""
    units = set(map(weight_unit, models))
    return units.pop() if len(units) == 1 else "units of the targets"


_VARIABLES = {"V_m": "mV", "g_": "nS", "I_": "pA", "w": "pA", "V_": "mV", "U_m": "mV/ms"}


def variable_unit(name: str) -> str:
    """Return the unit of a recordable of NEST by its name; ``"1"`` where the name does not tell.

    Examples
    --------
    >>> variable_unit("V_m"), variable_unit("g_ex"), variable_unit("I_syn_in"), variable_unit("Act_m")
    ('mV', 'nS', 'pA', '1')
    """
    if name in _VARIABLES:
        return _VARIABLES[name]
    return next((unit for start, unit in _VARIABLES.items() if start.endswith("_") and name.startswith(start)), "1")
