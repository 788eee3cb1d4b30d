"""Fully connected layers without spikes; each element of a batch has its own weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from neurosim_rl.bridge.actions import tanh
from neurosim_rl.bridge.elementary import exponential_minus_one
from neurosim_rl.bridge.sums import WeightedSums


class Layer:
    """Weighted sums and biases, with the weights of one individual for each batch element.

    Each sum begins with the bias and adds the inputs in their order. So a result does not depend, in any bit, on the
    other elements of the batch.

    Parameters
    ----------
    weights : sequence of array, each of shape (n_inputs, n_outputs)
        One for each individual.
    biases : sequence of array, each of shape (n_outputs,)
    individuals : sequence of int
        Index of the individual of each batch element.
    """

    def __init__(self, weights: Sequence[np.ndarray], biases: Sequence[np.ndarray], individuals: Sequence[int]) -> None:
        rows = np.asarray(individuals)
        self._sums = WeightedSums(np.stack(weights), rows)
        self._biases = np.stack(biases)[rows]

    def sums(self, values: np.ndarray, active: np.ndarray) -> np.ndarray:
        """Return sums, shape (n_rows, n_outputs), of the running elements' values, shape (n_rows, n_inputs)."""
        return self._sums(values, active, self._biases[active])


def relu(sums: np.ndarray) -> np.ndarray:
    """Return max(x, 0)."""
    return np.maximum(sums, 0.0)


def elu(sums: np.ndarray) -> np.ndarray:
    """Return x above 0, and exp(x) - 1 below (Clevert et al. 2016, arXiv:1511.07289), rounded to 1e-12."""
    # Rounded for the same reason as `tanh`.
    below_zero = np.round(exponential_minus_one(np.minimum(sums, 0.0)), 12)
    return np.where(sums > 0, sums, below_zero)


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"elu": elu, "relu": relu, "tanh": tanh}
"""Activation functions of hidden units, by name."""
