"""Scores from fitness by ranks: only the order of individuals counts.

So the search does not depend on the unit of fitness or on the size of a penalty.
"""

from __future__ import annotations

import numpy as np


def ranks(scores: np.ndarray) -> np.ndarray:
    """Return the rank of each score, 0 for the worst, n - 1 for the best; equal scores share their mean rank.

    Parameters
    ----------
    scores : numpy.ndarray
        Shape (n,), more is better. ``-inf`` is worst; no NaN.

    Returns
    -------
    numpy.ndarray
        Shape (n,); the sum is always n (n - 1) / 2, also with ties.
    """
    _, group, counts = np.unique(scores, return_inverse=True, return_counts=True)
    # A group of c equal scores with C scores up to its end has the ranks C - c to C - 1.
    mean_ranks = np.cumsum(counts) - (counts + 1) / 2
    return mean_ranks[group]


def centred_ranks(scores: np.ndarray) -> np.ndarray:
    """Return ranks from -0.5 (worst) to 0.5 (best), shape (n,), n at least 2.

    Source: Salimans et al. 2017, section 2.1, and their published ``compute_centered_ranks``. Equal scores are all 0.
    """
    return ranks(scores) / (len(scores) - 1) - 0.5


def normal_scores(scores: np.ndarray) -> np.ndarray:
    """Return the standard normal quantile of each rank, shape (n,): about mean 0 and standard deviation 1.

    The quantile of (rank + 1/2) / n, Hazen's plotting position. Equal scores are all 0.
    """
    from scipy.special import ndtri  # loaded here: SciPy takes long

    return ndtri((ranks(scores) + 0.5) / len(scores))


def finite_scores(scores: np.ndarray) -> np.ndarray:
    """Return raw scores, shape (n,); scores that are not finite become the worst finite one (0 if there is none)."""
    finite = np.isfinite(scores)
    worst = scores[finite].min() if finite.any() else 0.0
    return np.where(finite, scores, worst)
