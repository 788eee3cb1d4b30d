"""Weighted sums that do not depend, in any bit, on what else is in a batch."""

from __future__ import annotations

import numpy as np


class WeightedSums:
    """Weighted sums of values, with other weights for each batch element.

    An element's sums are added up in the order of its values, whatever else is in the batch: a matrix product may add
    in another order for another number of rows, and then end in another last bit.

    Parameters
    ----------
    weights : array, shape (n_values, n_batch, n_sums)
    """

    def __init__(self, weights: np.ndarray) -> None:
        self._weights = weights
        self._running = (np.arange(weights.shape[1]), weights)

    def __call__(self, values: np.ndarray, active: np.ndarray, begin: np.ndarray | float = 0.0) -> np.ndarray:
        """Return the sums of the running elements, shape (n_rows, n_sums).

        Parameters
        ----------
        values : array, shape (n_rows, n_values)
        active : int array, shape (n_rows,)
            Index in the batch of each row.
        begin : array of shape (n_rows, n_sums), or float
            What is there before the first value is added.
        """
        if not np.array_equal(active, self._running[0]):
            self._running = (active, self._weights[:, active])
        weights = self._running[1]
        terms = np.empty((len(weights) + 1, *weights.shape[1:]))
        terms[0] = begin
        np.multiply(values.T[:, :, None], weights, out=terms[1:])
        if terms[0].size > 1:
            return np.add.reduce(terms, axis=0)  # row by row, in order
        return np.add.accumulate(terms, axis=0)[-1]  # reduce would add single numbers in pairs
