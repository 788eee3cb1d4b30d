"""Fully connected layers without spikes, one of its own for each element of a batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from neurosim_rl.bridge.actions import tanh
from neurosim_rl.bridge.sums import WeightedSums


class Layer:
    """Weighted sums and biases, with those of other individuals for each batch element.

    An element's sums are added up in the order of its inputs, from the bias on, whatever else is in the batch.

    Parameters
    ----------
    weights : sequence of array, each of shape (n_inputs, n_outputs)
        One for each individual.
    biases : sequence of array, each of shape (n_outputs,)
    individuals : sequence of int
        Whose layer each batch element has.
    """

    def __init__(self, weights: Sequence[np.ndarray], biases: Sequence[np.ndarray], individuals: Sequence[int]) -> None:
        rows = np.asarray(individuals)
        self._sums, self._biases = WeightedSums(np.stack(weights), rows), np.stack(biases)[rows]

    def sums(self, values: np.ndarray, active: np.ndarray) -> np.ndarray:
        """Return the sums of the running elements, shape (n_rows, n_outputs), of values of shape (n_rows, n_inputs)."""
        return self._sums(values, active, self._biases[active])


def relu(sums: np.ndarray) -> np.ndarray:
    """Return max(x, 0)."""
    return np.maximum(sums, 0.0)


def elu(sums: np.ndarray) -> np.ndarray:
    """Return x, or exp(x) - 1 below 0, rounded to 1e-12: the exponential's last bit differs between processors."""
    return np.where(sums > 0, sums, np.round(np.expm1(np.minimum(sums, 0.0)), 12))


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"elu": elu, "relu": relu, "tanh": tanh}
"""What a hidden unit makes of its sum, by name."""
