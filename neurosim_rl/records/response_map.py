"""Spike counts and actions over a grid of two observed variables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ResponseMap:
    """Spike counts and actions over a grid of two observed variables.

    Parameters
    ----------
    axes : tuple of int
        Which observed variables span the grid, x first.
    x, y : array, shapes (n_x,) and (n_y,)
        Grid values.
    fixed : array, shape (n_observations,)
        Values of the other variables.
    counts : int array, shape (n_y, n_x, n_outputs)
        Spikes of each output neuron in the last window.
    actions : array, shape (n_y, n_x, n_dimensions)
    window_ms : float
    n_windows : int
        Windows during which the observation was held.
    """

    axes: tuple[int, int]
    x: np.ndarray
    y: np.ndarray
    fixed: np.ndarray
    counts: np.ndarray
    actions: np.ndarray
    window_ms: float
    n_windows: int
