"""Positions of neurons on a grid, and the distances between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SELF_DISTANCE = 1.0
"""Distance of a neuron from itself, and of each neuron from inputs and outputs (Vasilache et al. 2025)."""


def grid_positions(shape: Sequence[int]) -> np.ndarray:
    """Return the position of each neuron in grid steps, shape (n_neurons, n_axes); the last axis runs fastest."""
    return np.indices(tuple(shape)).reshape(len(shape), -1).T


def pair_distances(shape: Sequence[int], reach: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return the distances between neurons of a grid, and the number of pairs with each distance.

    Pairs are counted in both directions. The first distance is 0, of each neuron from itself. A distance may occur
    several times, once for each direction in the grid.

    Parameters
    ----------
    shape : sequence of int
        Neurons along each axis.
    reach : float
        Longest distance in grid steps; 0: no limit.
    """
    # An offset of d steps along an axis of n neurons fits n - d times; each offset above 0 has two signs.
    offset = grid_positions(shape)
    n_pairs = np.prod((np.array(shape) - offset) * np.where(offset > 0, 2, 1), axis=1)
    distance = np.linalg.norm(offset, axis=1)
    near = distance <= (reach or np.inf)
    return distance[near], n_pairs[near]
