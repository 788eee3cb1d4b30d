"""Weighted sums in a fixed order, compiled."""

from __future__ import annotations

import numpy as np

from neurosim_rl.compilation import compiled


@compiled
def add_in_order(values: np.ndarray, weights: np.ndarray, individuals: np.ndarray, sums: np.ndarray) -> None:
    """Add the weighted values of each row to its sums, one value after the other.

    Parameters
    ----------
    values : float array, shape (n_rows, n_values)
    weights : float array, shape (n_individuals, n_values, n_sums)
    individuals : int array, shape (n_rows,)
        Index of the individual of each row, which selects the weights.
    sums : float array, shape (n_rows, n_sums)
        Changed in place.
    """
    n_rows, n_values = values.shape
    for row in range(n_rows):
        own = weights[individuals[row]]
        # The order of the values is the order of the additions, so it decides the last bit. Only the innermost loop
        # may be vectorised: it runs over independent sums. `compiled` allows no fused products.
        for k in range(n_values):
            value = values[row, k]
            for to in range(sums.shape[1]):
                sums[row, to] += value * own[k, to]
