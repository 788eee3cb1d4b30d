"""Weighted sums: added up in order, to the last bit, whatever shares the batch."""

import numpy as np
import pytest

from neurosim_rl.bridge.sums import WeightedSums
from neurosim_rl.errors import ShapeError


def in_order(values: np.ndarray, weights: np.ndarray, begin: float) -> list[float]:
    """Return the sums of one element, added up one after the other in Python."""
    totals = []
    for column in weights.T.tolist():
        total = begin
        for value, weight in zip(values.tolist(), column, strict=True):
            total += value * weight
        totals.append(total)
    return totals


@pytest.mark.parametrize("n_values", [0, 1, 2, 9, 130, 1000])
@pytest.mark.parametrize("n_batch", [1, 2, 17])
@pytest.mark.parametrize("n_sums", [1, 2, 8])
def test_sums_are_added_up_in_order(n_values: int, n_batch: int, n_sums: int) -> None:
    rng = np.random.default_rng(n_values + n_batch)
    weights = rng.normal(size=(n_batch, n_values, n_sums)) * 10.0 ** rng.integers(-8, 8, (n_batch, n_values, n_sums))
    values = rng.normal(size=(n_batch, n_values))
    sums = WeightedSums(weights)
    for active in (np.arange(n_batch), np.arange(0, n_batch, 2), np.arange(n_batch - 1, n_batch)):
        got = sums(values[active], active, 0.25)
        for row, element in enumerate(active.tolist()):
            assert got[row].tolist() == in_order(values[element], weights[element], 0.25)


def test_the_order_matters_for_what_is_compared() -> None:
    """Added up in pairs, this is 1."""
    values, weights = np.array([[1e17, 1.0, -1e17, 1.0]]), np.ones((1, 4, 1))
    assert WeightedSums(weights)(values, np.zeros(1, int)).tolist() == [[1.0]]
    assert WeightedSums(weights)(values[:, [0, 2, 1, 3]], np.zeros(1, int)).tolist() == [[2.0]]


def test_sums_begin_where_they_are_told() -> None:
    sums = WeightedSums(np.array([[[1.0, 2.0]], [[3.0, 4.0]]]))
    begin = np.array([[10.0, 20.0], [30.0, 40.0]])
    assert sums(np.array([[1.0], [2.0]]), np.arange(2), begin).tolist() == [[11.0, 22.0], [36.0, 48.0]]
    assert sums(np.array([[2.0]]), np.array([1]), begin[[1]]).tolist() == [[36.0, 48.0]]
    assert begin.tolist() == [[10.0, 20.0], [30.0, 40.0]]


def test_elements_may_share_an_individuals_weights() -> None:
    weights = np.array([[[1.0, 2.0]], [[3.0, 4.0]]])
    sums = WeightedSums(weights, np.array([1, 0, 1]))
    assert sums(np.array([[1.0], [2.0]]), np.array([0, 2])).tolist() == [[3.0, 4.0], [6.0, 8.0]]
    assert sums(np.array([[5.0]]), np.array([1])).tolist() == [[5.0, 10.0]]


@pytest.mark.parametrize("shape", [(1, 2), (1, 4), (2, 3)])
def test_values_of_another_shape_are_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ShapeError, match=r"values.*\(1, 3\)"):
        WeightedSums(np.ones((1, 3, 2)))(np.ones(shape), np.zeros(1, int))
