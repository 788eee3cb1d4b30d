"""Arithmetic of NEST's exact integration (Rotter & Diesmann 1999, Biol. Cybern. 81:381), bit for bit.

Each number is computed by the same operations in the same order as in NEST 3.10 (``libnestutil/iaf_propagator.cpp``,
``libnestutil/numerics.h``), because a last bit may one day be a spike. What belongs to one neuron model is in the file
of that model.
"""

from __future__ import annotations

import math
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import numpy as np


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
    """Return exp(x) - 1 as the installed NEST's ``numerics::expm1`` does.

    Up to 3.10 NEST's wheels are built without the C library's function, and the last bit of their series differs from
    it; NEST 3.11 takes the C library's. A test compares with the installed NEST.
    """
    return expm1_by_series(x) if _nest_has_a_series() else math.expm1(x)


@cache
def _nest_has_a_series() -> bool:
    try:
        major, minor = version("nest-simulator").split(".")[:2]
    except PackageNotFoundError:
        return True
    return (int(major), int(minor)) < (3, 11)


def expm1_by_series(x: float) -> float:
    """Return exp(x) - 1 by the series of NEST 3.10."""
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
