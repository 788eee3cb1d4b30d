"""Elementary functions with the same bits on every processor.

NumPy chooses other code on processors with AVX2 or AVX512, and the mathematical library of C on those with fused
products. Their exponentials, logarithms and hyperbolic tangents then differ in the last bit. What decides about a
result uses the functions of this module instead.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

# Each function imports its kernel itself, because numba loads slowly.


def exponential(x: np.ndarray | float) -> np.ndarray:
    """Return exp(x): an array for an array, a number for a number."""
    from neurosim_rl.bridge.compiled_elementary import exponentials

    return _of_each(exponentials, x)


def exponential_minus_one(x: np.ndarray | float) -> np.ndarray:
    """Return exp(x) - 1: an array for an array, a number for a number."""
    from neurosim_rl.bridge.compiled_elementary import exponentials_minus_one

    return _of_each(exponentials_minus_one, x)


def power_of_two(x: np.ndarray | float) -> np.ndarray:
    """Return 2^x: an array for an array, a number for a number."""
    from neurosim_rl.bridge.compiled_elementary import powers_of_two

    return _of_each(powers_of_two, x)


def logarithm(x: np.ndarray | float) -> np.ndarray:
    """Return the natural logarithm: an array for an array, a number for a number."""
    from neurosim_rl.bridge.compiled_elementary import logarithms

    return _of_each(logarithms, x)


def logarithm_of_one_plus(x: np.ndarray | float) -> np.ndarray:
    """Return ln(1 + x): an array for an array, a number for a number."""
    from neurosim_rl.bridge.compiled_elementary import logarithms_of_one_plus

    return _of_each(logarithms_of_one_plus, x)


def hyperbolic_tangent(x: np.ndarray | float) -> np.ndarray:
    """Return tanh(x): an array for an array, a number for a number."""
    from neurosim_rl.bridge.compiled_elementary import hyperbolic_tangents

    return _of_each(hyperbolic_tangents, x)


def _of_each(kernel: Callable[[np.ndarray, np.ndarray], None], x: np.ndarray | float) -> np.ndarray:
    values = np.asarray(x, np.float64)
    results = np.empty(values.size)
    kernel(values.ravel(), results)
    return results.reshape(values.shape)[()]  # type: ignore[no-any-return]
