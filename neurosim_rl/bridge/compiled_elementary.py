"""Elementary functions of plain additions, multiplications and divisions, compiled.

The same bits on every processor: IEEE 754 defines these operations to the last bit, and `compiled` allows no fused
products. Errors stay below three units in the last place.

Method: the argument is reduced to a small interval, where a Taylor series converges fast (Muller 2016, Elementary
Functions, 3rd edition, chapters 3 and 11).
"""

from __future__ import annotations

import math

import numpy as np

from neurosim_rl.compilation import compiled

LN2 = float.fromhex("0x1.62e42fefa39efp-1")
LN2_HIGH = float.fromhex("0x1.62e42fee00000p-1")
"""The first 33 bits of ln 2: products with an exponent are exact."""
LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
"""The rest of ln 2."""
ROOT_HALF = math.sqrt(0.5)
INVERSE_FACTORIALS = tuple(1.0 / math.factorial(k) for k in range(14, 1, -1))
"""Coefficients of (exp(r) - 1 - r) / r^2, highest power first."""
INVERSE_ODD = tuple(2.0 / k for k in range(23, 1, -2))
"""Coefficients of (2 artanh(s) - 2 s) / s^3 in powers of s^2, highest power first."""
LOWEST_EXPONENT, HIGHEST_EXPONENT = -600, 600
POWERS_OF_2 = np.ldexp(1.0, np.arange(LOWEST_EXPONENT, HIGHEST_EXPONENT + 1))


@compiled
def _scaled(value: float, exponent: int) -> float:
    """Return value * 2^exponent; only the second product may round."""
    first = exponent // 2
    return value * POWERS_OF_2[first - LOWEST_EXPONENT] * POWERS_OF_2[exponent - first - LOWEST_EXPONENT]


@compiled
def _near_zero(r: float, rest: float) -> float:
    """Return exp(r + rest) - 1 for abs(r) up to ln 2 / 2 and a tiny rest."""
    series = 0.0
    for coefficient in INVERSE_FACTORIALS:
        series = series * r + coefficient
    return r + (rest + r * r * series)


@compiled
def _reduced(x: float) -> tuple[int, float]:
    """Return k and exp(r) - 1 with exp(x) = 2^k exp(r), for abs(x) up to 800."""
    k = math.floor(x / LN2 + 0.5)
    # ln 2 in two parts: the first difference is exact, and the bits that the second one loses are the rest.
    high, low = x - k * LN2_HIGH, k * LN2_LOW
    r = high - low
    return k, _near_zero(r, (high - r) - low)


@compiled
def exponential_of(x: float) -> float:
    """Return exp(x)."""
    if x != x:
        return x
    if x > 710.0:
        return math.inf
    if x < -746.0:
        return 0.0
    k, minus_one = _reduced(x)
    return _scaled(1.0 + minus_one, k)


@compiled
def exponential_minus_one_of(x: float) -> float:
    """Return exp(x) - 1."""
    if x > 40.0:
        return exponential_of(x) - 1.0
    if x < -40.0:
        return -1.0
    if x != x or x == 0.0:
        return x
    k, minus_one = _reduced(x)
    power = _scaled(1.0, k)
    return power * minus_one + (power - 1.0)


@compiled
def power_of_two_of(x: float) -> float:
    """Return 2^x."""
    if x != x:
        return x
    if x > 1025.0:
        return math.inf
    if x < -1080.0:
        return 0.0
    k = math.floor(x + 0.5)
    return _scaled(1.0 + _near_zero((x - k) * LN2, 0.0), k)


@compiled
def logarithm_of(x: float) -> float:
    """Return the natural logarithm."""
    if x == 0.0:
        return -math.inf
    if not x > 0.0:
        return math.nan
    if x == math.inf:
        return x
    fraction, exponent = math.frexp(x)
    if fraction < ROOT_HALF:
        fraction, exponent = 2.0 * fraction, exponent - 1
    # ln(1 + f) = 2 artanh(s) with s = f / (2 + f), and 2 s = f - s f.
    f = fraction - 1.0
    s = f / (2.0 + f)
    series = 0.0
    for coefficient in INVERSE_ODD:
        series = series * (s * s) + coefficient
    return exponent * LN2_HIGH - ((s * (f - s * s * series) - exponent * LN2_LOW) - f)


@compiled
def logarithm_of_one_plus_of(x: float) -> float:
    """Return ln(1 + x)."""
    one_plus = 1.0 + x
    if one_plus == 1.0 or x == math.inf:
        return x
    if not one_plus > 0.0:
        return logarithm_of(one_plus)
    # What the sum has rounded away is x - (one_plus - 1).
    return logarithm_of(one_plus) + (x - (one_plus - 1.0)) / one_plus


@compiled
def hyperbolic_tangent_of(x: float) -> float:
    """Return tanh(x)."""
    size = abs(x)
    if size > 20.0:
        return math.copysign(1.0, x)
    twice = exponential_minus_one_of(2.0 * size)
    return math.copysign(twice / (twice + 2.0), x)


@compiled
def exponentials(x: np.ndarray, results: np.ndarray) -> None:
    """Fill the results with exp(x); both have shape (n,)."""
    for i in range(x.size):
        results[i] = exponential_of(x[i])


@compiled
def exponentials_minus_one(x: np.ndarray, results: np.ndarray) -> None:
    """Fill the results with exp(x) - 1; both have shape (n,)."""
    for i in range(x.size):
        results[i] = exponential_minus_one_of(x[i])


@compiled
def powers_of_two(x: np.ndarray, results: np.ndarray) -> None:
    """Fill the results with 2^x; both have shape (n,)."""
    for i in range(x.size):
        results[i] = power_of_two_of(x[i])


@compiled
def logarithms(x: np.ndarray, results: np.ndarray) -> None:
    """Fill the results with ln(x); both have shape (n,)."""
    for i in range(x.size):
        results[i] = logarithm_of(x[i])


@compiled
def logarithms_of_one_plus(x: np.ndarray, results: np.ndarray) -> None:
    """Fill the results with ln(1 + x); both have shape (n,)."""
    for i in range(x.size):
        results[i] = logarithm_of_one_plus_of(x[i])


@compiled
def hyperbolic_tangents(x: np.ndarray, results: np.ndarray) -> None:
    """Fill the results with tanh(x); both have shape (n,)."""
    for i in range(x.size):
        results[i] = hyperbolic_tangent_of(x[i])
