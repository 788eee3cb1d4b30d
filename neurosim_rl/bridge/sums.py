"""Weighted sums with bits that do not depend on the rest of the batch."""

from __future__ import annotations

import numpy as np

from neurosim_rl.settings.checks import check_shape


class WeightedSums:
    """Weighted sums of values; each batch element has the weights of one individual.

    Each sum adds the values in their order. A matrix product of BLAS is no substitute: it may add in another order for
    another number of rows, so the last bit of a sum would depend on the rest of the batch.

    Parameters
    ----------
    weights : array, shape (n_individuals, n_values, n_sums)
    individuals : int array of shape (n_batch,), or None
        Index of the individual of each batch element; None = one individual for each element.
    """

    def __init__(self, weights: np.ndarray, individuals: np.ndarray | None = None) -> None:
        self._weights = np.ascontiguousarray(weights, np.float64)
        if individuals is None:
            individuals = np.arange(len(weights))
        self._individuals = np.asarray(individuals, np.int64)
        # Imported here because numba loads slowly, and most networks have no weighted sums in the bridge.
        from neurosim_rl.bridge.compiled_sums import add_in_order

        self._add_in_order = add_in_order

    def __call__(self, values: np.ndarray, active: np.ndarray, begin: np.ndarray | float = 0.0) -> np.ndarray:
        """Return the sums of the running elements, shape (n_rows, n_sums).

        Parameters
        ----------
        values : array, shape (n_rows, n_values)
        active : int array, shape (n_rows,)
            Index in the batch of each row.
        begin : array of shape (n_rows, n_sums), or float
            Start of each sum, to which the values are added.

        Raises
        ------
        ShapeError
            When the number of rows or values differs.
        """
        # Compiled code does not check indices: with too many values it would read beyond the weights.
        check_shape("values", values, (len(active), self._weights.shape[1]))
        sums = np.empty((len(active), self._weights.shape[2]))
        sums[:] = begin
        self._add_in_order(np.ascontiguousarray(values, np.float64), self._weights, self._individuals[active], sums)
        return sums
