"""Places of neurons on a grid, and the distances between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SELF_DISTANCE = 1.0
"""Of a neuron from itself, and of all neurons from inputs and outputs (Vasilache et al. 2025)."""


def grid_positions(shape: Sequence[int]) -> np.ndarray:
    """Return the place of each neuron of a grid in steps, shape (n_neurons, n_axes); the last axis runs fastest."""
    return np.indices(tuple(shape)).reshape(len(shape), -1).T


def pair_distances(shape: Sequence[int], reach: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return distances between neurons of a grid, first that of each from itself, and how many pairs have each.

    Pairs are counted in both directions. The first distance is 0, of as many pairs as there are neurons.

    Parameters
    ----------
    shape : sequence of int
        Neurons along each axis.
    reach : float
        Longest distance in steps; 0: any.
    """
    offset = grid_positions(shape)
    n_pairs = np.prod((np.array(shape) - offset) * np.where(offset > 0, 2, 1), axis=1)
    distance = np.linalg.norm(offset, axis=1)
    near = distance <= (reach or np.inf)
    return distance[near], n_pairs[near]
