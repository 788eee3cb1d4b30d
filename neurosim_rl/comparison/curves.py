"""Learning curves of several runs, combined: median and quartiles against individuals evaluated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def learning_curve(
    runs: Sequence[tuple[np.ndarray, np.ndarray]], *, extend: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return individuals evaluated, and lower quartile, median and upper quartile over runs, each of shape (n_points,).

    A run keeps its value until its next point; a run with value NaN does not count.

    Parameters
    ----------
    runs : sequence of (array, array), each of shape (n_points_of_the_run,)
        At least one run: numbers of individuals evaluated (increasing), and the values at these.
    extend : bool
        Whether a run keeps its last value beyond its last point. If not, the run ends there, and the curve ends where
        fewer than half of the runs continue.
    """
    all_x, _ = zip(*runs, strict=True)
    x = np.unique(np.concatenate(all_x))
    values = np.array([_held(x, *run, extend=extend) for run in runs])
    n_runs = np.count_nonzero(~np.isnan(values), axis=0)  # with a value, at each point
    kept = n_runs > 0 if extend else 2 * n_runs >= len(runs)
    low, median, high = np.nanpercentile(values[:, kept], (25, 50, 75), axis=0)
    return x[kept], low, median, high


def _held(x: np.ndarray, own_x: np.ndarray, own_y: np.ndarray, *, extend: bool) -> np.ndarray:
    """Return a step function at other points; NaN before its first point and, unless extended, after its last point."""
    row = np.searchsorted(own_x, x, side="right") - 1  # the last own point that is not after x; -1: there is none
    has_value = (row >= 0) & (extend | (x <= own_x[-1]))
    return np.where(has_value, own_y[np.maximum(row, 0)], np.nan)
