"""Rank shaping: what counts is who is better, not by how much.

So a penalty of -1e6, a fitness in metres and one in steps all lead the same search.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri


def ranks(scores: np.ndarray) -> np.ndarray:
    """Return the rank of each score, 0 for the worst, n - 1 for the best; equal ones share their mean.

    Parameters
    ----------
    scores : numpy.ndarray
        Shape (n,), more is better. ``-inf`` is worst; no NaN.

    Returns
    -------
    numpy.ndarray
        Shape (n,); the sum is n (n - 1) / 2 whatever the ties.
    """
    _, group, counts = np.unique(scores, return_inverse=True, return_counts=True)
    means = np.cumsum(counts) - (counts + 1) / 2
    return means[group]


def centred_ranks(scores: np.ndarray) -> np.ndarray:
    """Return ranks from -0.5 (worst) to 0.5 (best), shape (n,), n at least 2.

    Source: Salimans et al. 2017, section 2.1, and their published ``compute_centered_ranks``. If all tie, all are 0.
    """
    return ranks(scores) / (len(scores) - 1) - 0.5


def normal_scores(scores: np.ndarray) -> np.ndarray:
    """Return the standard normal quantile of each rank, shape (n,): about mean 0 and deviation 1.

    The quantile of (rank + 1/2) / n, Hazen's plotting position. If all tie, all are 0.
    """
    return ndtri((ranks(scores) + 0.5) / len(scores))


def finite_scores(scores: np.ndarray) -> np.ndarray:
    """Return raw scores, shape (n,), with the worst finite one in place of those that are not (0 if there is none)."""
    finite = np.isfinite(scores)
    return np.where(finite, scores, scores[finite].min() if finite.any() else 0.0)
