"""Learning curves of several runs as one: median and quartiles against individuals evaluated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def learning_curve(
    runs: Sequence[tuple[np.ndarray, np.ndarray]], *, go_on: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return individuals evaluated, lower quartile, median and upper quartile over runs, each of shape (n_points,).

    A run keeps its value until its next point; where it is NaN, it does not count.

    Parameters
    ----------
    runs : sequence of (array, array), each of shape (n_points_of_the_run,)
        At least one: individuals evaluated (increasing), and the value then.
    go_on : bool
        Whether a run keeps its last value for ever. If not, it ends with its last point, and the curve is left out
        where fewer than half of the runs are.
    """
    x = np.unique(np.concatenate([evaluated for evaluated, _ in runs]))
    values = np.array([_held(x, *run, go_on=go_on) for run in runs])
    n_there = np.count_nonzero(~np.isnan(values), axis=0)
    kept = n_there > 0 if go_on else 2 * n_there >= len(runs)
    low, median, high = np.nanpercentile(values[:, kept], (25, 50, 75), axis=0)
    return x[kept], low, median, high


def _held(x: np.ndarray, own_x: np.ndarray, own_y: np.ndarray, *, go_on: bool) -> np.ndarray:
    """Return a step function at other places; NaN before its first point, and unless it goes on after its last."""
    row = np.searchsorted(own_x, x, side="right") - 1
    return np.where((row >= 0) & (go_on | (x <= own_x[-1])), own_y[np.maximum(row, 0)], np.nan)
