"""Fully connected layers without spikes, one of its own for each element of a batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Layer:
    """Weighted sums and biases, with other weights for each batch element.

    An element's sums are added up in the order of its inputs, whatever else is in the batch: a matrix product may add
    in another order for another number of rows, and then end in another last bit.

    Parameters
    ----------
    weights : array, shape (n_inputs, n_batch, n_outputs)
    biases : array, shape (n_batch, n_outputs)
    """

    weights: np.ndarray
    biases: np.ndarray
    _running: tuple[np.ndarray, np.ndarray, np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        """Begin with all elements running."""
        self._running = (np.arange(len(self.biases)), self.weights, self.biases)

    @classmethod
    def of(cls, weights: Sequence[np.ndarray], biases: Sequence[np.ndarray], individuals: Sequence[int]) -> Layer:
        """Return the layers of a batch whose element k has those of individual ``individuals[k]``.

        Parameters
        ----------
        weights : sequence of array, each of shape (n_inputs, n_outputs)
            One for each individual.
        biases : sequence of array, each of shape (n_outputs,)
        """
        rows = np.asarray(individuals)
        return cls(np.stack(weights, axis=1)[:, rows], np.stack(biases)[rows])

    def sums(self, values: np.ndarray, active: np.ndarray) -> np.ndarray:
        """Return the sums of the running elements, shape (n_rows, n_outputs), of values of shape (n_rows, n_inputs)."""
        if not np.array_equal(active, self._running[0]):
            self._running = (active, self.weights[:, active], self.biases[active])
        _, weights, biases = self._running
        total = biases.copy()
        for value, weight in zip(values.T, weights, strict=True):
            total += value[:, None] * weight
        return total


def tanh(sums: np.ndarray) -> np.ndarray:
    """Return the hyperbolic tangent, rounded to 1e-12: its last bit differs between processors."""
    return np.round(np.tanh(sums), 12)


def relu(sums: np.ndarray) -> np.ndarray:
    """Return max(x, 0)."""
    return np.maximum(sums, 0.0)


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"relu": relu, "tanh": tanh}
"""What a hidden unit makes of its sum, by name."""
