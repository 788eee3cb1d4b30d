"""NEST's exact integration (Rotter & Diesmann 1999, Biol. Cybern. 81:381): its constants, bit for bit.

Each constant is computed by the same operations in the same order as in NEST 3.10 (``models/iaf_psc_*.cpp``,
``libnestutil/iaf_propagator.cpp``, ``libnestutil/numerics.cpp``), because a last bit may one day be a spike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from neurosim_rl.errors import SimulatorError

ALPHA, EXP, DELTA = 0, 1, 2
KINDS = {"iaf_psc_alpha": ALPHA, "iaf_psc_exp": EXP, "iaf_psc_delta": DELTA}

_MEMBRANE = {"tau_m": 10.0, "C_m": 250.0, "t_ref": 2.0, "E_L": -70.0, "I_e": 0.0, "V_th": -55.0, "V_reset": -70.0}
# V_m below is -70 mV for any E_L: NEST keeps the potential when only E_L is set.
_COMMON = {**_MEMBRANE, "tau_minus": 20.0}  # the last is no constant of the neuron, but of the synapses onto it
_SYNAPTIC = {"tau_syn_ex": 2.0, "tau_syn_in": 2.0}
_DEFAULTS: dict[str, dict[str, float]] = {
    "iaf_psc_alpha": {**_COMMON, **_SYNAPTIC, "V_min": -math.inf, "V_m": -70.0},
    "iaf_psc_exp": {**_COMMON, **_SYNAPTIC, "V_m": -70.0},
    "iaf_psc_delta": {**_COMMON, "V_min": -math.inf, "V_m": -70.0},
}
"""NEST's defaults of every parameter that is covered."""

CONSTANTS = (
    "P_current",  # mV / pA: constant current to membrane
    "P_membrane",  # membrane to itself; for alpha minus one (NEST adds the membrane separately)
    "theta_mv",  # threshold, relative to E_L
    "reset_mv",
    "minimum_mv",
    "n_refractory",  # steps
    "I_e",  # pA
    "E_L",  # mV
    "P31_ex",
    "P32_ex",
    "P31_in",
    "P32_in",
    "P11_ex",
    "P21_ex",
    "P11_in",
    "P21_in",
    "initial_ex",  # pA / ms: height that a spike of 1 pA gives to the derivative of the alpha current
    "initial_in",
)
"""Columns of a constants array."""


@dataclass(frozen=True)
class NeuronConstants:
    """Constants of a population.

    Parameters
    ----------
    kind : int
        ``ALPHA``, ``EXP`` or ``DELTA``.
    values : array, shape (size, len(CONSTANTS))
    v_mv : array, shape (size,)
        Initial membrane potential relative to E_L.
    """

    kind: int
    values: np.ndarray = field(repr=False)
    v_mv: np.ndarray = field(repr=False)


def neuron_constants(
    model: str, parameters: Mapping[str, float | np.ndarray], size: int, resolution_ms: float
) -> NeuronConstants:
    """Return the constants of a population's neurons.

    Raises
    ------
    SimulatorError
        For a model or parameter that is not covered.
    """
    values = tuple((key, np.asarray(value, np.float64).tobytes()) for key, value in sorted(parameters.items()))
    return _population(model, values, size, resolution_ms)


@lru_cache(maxsize=1024)
def _population(model: str, values: tuple[tuple[str, bytes], ...], size: int, resolution_ms: float) -> NeuronConstants:
    """Return the same, computed once for all populations that are alike (in evolution most are)."""
    if model not in KINDS:
        raise SimulatorError(f"the compiled simulator has no {model!r}, only {', '.join(KINDS)}. Use --simulator nest.")
    parameters = {key: np.frombuffer(value) for key, value in values}
    defaults = _DEFAULTS[model]
    for key in parameters:
        if key not in defaults:
            raise SimulatorError(
                f"the compiled simulator does not cover {key!r} of {model}, only {', '.join(sorted(defaults))}. "
                "Use --simulator nest."
            )
    columns = [np.broadcast_to(parameters.get(key, np.array(value)), (size,)) for key, value in defaults.items()]
    rows = [_one_neuron(model, tuple(row), resolution_ms) for row in np.stack(columns, axis=1).tolist()]
    return NeuronConstants(KINDS[model], np.array([r[0] for r in rows]), np.array([r[1] for r in rows]))


@lru_cache(maxsize=4096)
def _one_neuron(model: str, row: tuple[float, ...], h: float) -> tuple[tuple[float, ...], float]:
    """Return the constants and the initial membrane potential of one neuron; names as in NEST's sources."""
    p = dict(zip(_DEFAULTS[model], row, strict=True))
    tau_m, c_m, rest = p["tau_m"], p["C_m"], p["E_L"]
    ex = in_ = (0.0,) * 5
    if model == "iaf_psc_delta":
        membrane = math.exp(-h / tau_m)
        current = 1 / c_m * (1 - membrane) * tau_m
    elif model == "iaf_psc_exp":
        membrane = math.exp(-h / tau_m)
        current = tau_m / c_m * (1.0 - membrane)
    else:
        membrane = expm1(-h / tau_m)
        current = -tau_m / c_m * expm1(-h / tau_m)
    if model != "iaf_psc_delta":
        ex, in_ = (_synapse(p[f"tau_syn_{name}"], tau_m, c_m, h) for name in ("ex", "in"))
    constants = (
        current,
        membrane,
        p["V_th"] - rest,
        p["V_reset"] - rest,
        p.get("V_min", -math.inf) - rest,
        float(n_steps_of(p["t_ref"], h)),
        p["I_e"],
        rest,
        *(ex[0], ex[1], in_[0], in_[1]),
        *(ex[2], ex[3], in_[2], in_[3]),
        *(ex[4], in_[4]),
    )
    return constants, p["V_m"] - rest


def _synapse(tau_syn: float, tau_m: float, c_m: float, h: float) -> tuple[float, float, float, float, float]:
    """Return P31, P32, P11, P21 and the initial value of one synaptic current."""
    p31, p32 = propagators(tau_syn, tau_m, c_m, h)
    p11 = math.exp(-h / tau_syn)
    return p31, p32, p11, h * p11, 1.0 * math.e / tau_syn


def propagators(tau_syn: float, tau_m: float, c_m: float, h: float) -> tuple[float, float]:
    """Return P31 and P32, synaptic current to membrane (``IAFPropagator`` of NEST).

    At and near ``tau_syn == tau_m`` the general formula divides by nothing; NEST then takes the limit.
    """
    equal = tau_m == tau_syn
    beta = math.inf if equal else tau_syn * tau_m / (tau_m - tau_syn)
    gamma = beta / c_m
    inverse_beta = (tau_m - tau_syn) / (tau_syn * tau_m)
    exp_h_tau_syn = math.exp(-h * (1 / tau_syn))
    expm1_h_tau = expm1(h * inverse_beta)
    exp_h_tau = math.exp(-h * (1 / tau_m))
    p32 = gamma * exp_h_tau_syn * expm1_h_tau
    if not (math.isfinite(p32) and p32 >= np.finfo(float).tiny):
        p32 = h * (1 / c_m) * exp_h_tau
    h_min_regular = math.inf if equal else 1e-7 * tau_m * tau_m / abs(tau_m - tau_syn)
    if h > h_min_regular:
        return gamma * exp_h_tau_syn * (beta * expm1_h_tau - h), p32
    return 0.5 * h * h * (1 / c_m) * exp_h_tau, p32


def expm1(x: float) -> float:
    """Return exp(x) - 1 by the series of NEST's ``numerics::expm1``.

    NEST's wheels are built without the C library's function, and the series' last bit differs from it.
    """
    if x == 0:
        return 0.0
    if abs(x) > math.log(2.0):
        return math.exp(x) - 1
    total, term, n = x, x * x / 2, 2
    while abs(term) > abs(total) * np.finfo(float).eps:
        total += term
        n += 1
        term *= x / n
    return total


def n_steps_of(time_ms: float, resolution_ms: float) -> int:
    """Return grid steps of a time, rounded to NEST's ticks (1e-3 ms) and then up, as ``Time::get_steps``."""
    ticks = math.floor(time_ms * 1000.0 + 0.5)
    ticks_per_step = round(resolution_ms * 1000.0)
    return -(-ticks // ticks_per_step)
