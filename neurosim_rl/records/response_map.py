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
        Observed variables on x and y.
    x, y : array, shapes (n_x,) and (n_y,)
        Grid values.
    fixed : array, shape (n_observations,)
        Values of the other variables.
    counts : int array, shape (n_y, n_x, n_outputs)
        Number of spikes of each output neuron in the last window.
    actions : array, shape (n_y, n_x, n_dimensions)
    window_ms : float
    n_windows : int
        Number of windows for which each observation was presented.
    """

    axes: tuple[int, int]
    x: np.ndarray
    y: np.ndarray
    fixed: np.ndarray
    counts: np.ndarray
    actions: np.ndarray
    window_ms: float
    n_windows: int

    def __repr__(self) -> str:
        """Return one line."""
        n_y, n_x, n_outputs = self.counts.shape
        return (
            f"<ResponseMap of {n_x} x {n_y} cells over variables {self.axes}: {n_outputs} output neurons, "
            f"{self.n_windows} windows of {self.window_ms:g} ms>"
        )
