"""Weighted sums in order: compiled."""

from __future__ import annotations

import numpy as np

from neurosim_rl.compilation import compiled


@compiled
def add_in_order(values: np.ndarray, weights: np.ndarray, individuals: np.ndarray, sums: np.ndarray) -> None:
    """Add to each row's sums its weighted values, one after the other.

    Parameters
    ----------
    values : float array, shape (n_rows, n_values)
    weights : float array, shape (n_individuals, n_values, n_sums)
    individuals : int array, shape (n_rows,)
        Whose weights each row has.
    sums : float array, shape (n_rows, n_sums)
        Changed in place.
    """
    n_rows, n_values = values.shape
    for row in range(n_rows):
        own = weights[individuals[row]]
        for k in range(n_values):
            value = values[row, k]
            for to in range(sums.shape[1]):
                sums[row, to] += value * own[k, to]
