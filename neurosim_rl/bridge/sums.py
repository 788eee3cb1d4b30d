"""Weighted sums that do not depend, in any bit, on what else is in a batch."""

from __future__ import annotations

import numpy as np

from neurosim_rl.settings.checks import check_shape


class WeightedSums:
    """Weighted sums of values, with other weights for each batch element.

    An element's sums are added up in the order of its values, whatever else is in the batch: a matrix product may add
    in another order for another number of rows, and then end in another last bit.

    Parameters
    ----------
    weights : array, shape (n_individuals, n_values, n_sums)
    individuals : int array of shape (n_batch,), or None
        Whose weights each batch element has; None: there is one individual for each.
    """

    def __init__(self, weights: np.ndarray, individuals: np.ndarray | None = None) -> None:
        self._weights = np.ascontiguousarray(weights, np.float64)
        self._individuals = np.arange(len(weights)) if individuals is None else np.asarray(individuals, np.int64)
        from neurosim_rl.bridge.compiled_sums import add_in_order  # numba loads slowly: only for who has weights

        self._add_in_order = add_in_order

    def __call__(self, values: np.ndarray, active: np.ndarray, begin: np.ndarray | float = 0.0) -> np.ndarray:
        """Return the sums of the running elements, shape (n_rows, n_sums).

        Parameters
        ----------
        values : array, shape (n_rows, n_values)
        active : int array, shape (n_rows,)
            Index in the batch of each row.
        begin : array of shape (n_rows, n_sums), or float
            What is there before the first value is added.

        Raises
        ------
        ShapeError
            For another number of rows or values: compiled code would read beyond the weights.
        """
        check_shape("values", values, (len(active), self._weights.shape[1]))
        sums = np.empty((len(active), self._weights.shape[2]))
        sums[:] = begin
        self._add_in_order(np.ascontiguousarray(values, np.float64), self._weights, self._individuals[active], sums)
        return sums
