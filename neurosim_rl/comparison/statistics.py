"""Statistics of few seeds: medians, intervals, and comparisons over tasks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from neurosim_rl.seeds import Purpose, generator

N_RESAMPLES = 2000
"""Number of bootstrap resamples."""


def quartiles(values: np.ndarray) -> tuple[float, float, float] | None:
    """Return lower quartile, median and upper quartile (with NumPy's linear interpolation); None without values.

    Parameters
    ----------
    values : array, shape (n,)
    """
    if not values.size:
        return None
    low, median, high = np.percentile(values, (25, 50, 75)).tolist()
    return low, median, high


def success_interval(n_successes: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a success rate (Wilson 1927, JASA 22:209).

    Examples
    --------
    >>> low, high = success_interval(20, 20)
    >>> round(low, 3), high
    (0.839, 1.0)
    """
    from scipy.stats import binomtest  # loaded here: SciPy takes long

    interval = binomtest(n_successes, n).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def interquartile_mean(scores: np.ndarray) -> np.ndarray:
    """Return the mean of the middle half of all scores of all tasks (Agarwal et al. 2021, NeurIPS 34, "rliable").

    Parameters
    ----------
    scores : array, shape (..., n_seeds, n_tasks)

    Returns
    -------
    array, shape (...)
    """
    from scipy.stats import trim_mean

    return np.asarray(trim_mean(scores.reshape(*scores.shape[:-2], -1), 0.25, axis=-1))


def probability_of_improvement(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the probability that a run of one setting is better than a run of the other, on average over tasks.

    Equal scores count half. For each task it is Mann and Whitney's U divided by the number of pairs (Agarwal et al.
    2021).

    Parameters
    ----------
    one, other : array, shape (..., n_seeds, n_tasks)
        The two numbers of seeds may differ.

    Returns
    -------
    array, shape (...)
    """
    from scipy.stats import mannwhitneyu

    n_pairs = one.shape[-2] * other.shape[-2]
    # Only U is used, which does not depend on the method; this method is the fastest.
    u = mannwhitneyu(one, other, axis=-2, method="asymptotic").statistic
    return np.asarray(np.mean(u / n_pairs, axis=-1))


def stratified_interval(
    statistic: Callable[..., np.ndarray], *scores: np.ndarray, n_resamples: int = N_RESAMPLES
) -> tuple[float, float]:
    """Return the 95 % percentile-bootstrap interval of a statistic; seeds are drawn for each task separately.

    Parameters
    ----------
    statistic : callable
        Function of as many arrays as there are ``scores``, each of shape (n_resamples, n_seeds, n_tasks); it returns an
        array of shape (n_resamples,).
    *scores : array, each of shape (n_seeds, n_tasks)
    """
    rng = generator(0, Purpose.BOOTSTRAP)
    resampled = [_resampled(matrix, n_resamples, rng) for matrix in scores]
    values = statistic(*resampled)
    low, high = np.percentile(values, (2.5, 97.5)).tolist()
    return low, high


def _resampled(scores: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return n resampled matrices of scores, shape (n, n_seeds, n_tasks); seeds are drawn anew for each task."""
    drawn = rng.integers(0, len(scores), (n, *scores.shape))
    return np.take_along_axis(scores[None], drawn, axis=1)
