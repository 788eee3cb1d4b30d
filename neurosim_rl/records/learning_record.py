"""A trial in which one network learned: rewards, eligibility and weights, window by window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class WeightHistory:
    """How the weights of one projection changed.

    Parameters
    ----------
    source, target : str
        Populations.
    pre, post : int array, shape (n_synapses,)
        Neurons of each synapse, counted within their populations.
    n_source, n_target : int
        Sizes of the populations.
    weight_pa : array, shape (n_moments, n_synapses)
        In pA; a row for each moment.
    """

    source: str
    target: str
    pre: np.ndarray
    post: np.ndarray
    n_source: int
    n_target: int
    weight_pa: np.ndarray

    @property
    def label(self) -> str:
        """Where the synapses go from and to."""
        return f"{self.source}->{self.target}"

    def matrix_pa(self, moment: int) -> np.ndarray:
        """Return the total weights by source and target at a moment, shape (n_source, n_target); NaN: no synapse."""
        matrix = np.full((self.n_source, self.n_target), np.nan)
        matrix[self.pre, self.post] = 0.0
        np.add.at(matrix, (self.pre, self.post), self.weight_pa[moment])
        return matrix


@dataclass(frozen=True)
class LearningRecord:
    """A trial in which one network learned.

    Parameters
    ----------
    reward : array, shape (n_windows,)
        What the critic said of each window.
    ended : bool array, shape (n_windows,)
        Whether an episode ended with it.
    weights : tuple of WeightHistory
        Of each projection that learns, before the first window and after each.
    eligibility : tuple of array, each of shape (n_windows, n_synapses)
        Of the same projections: what each window's reward was multiplied by.
    """

    reward: np.ndarray
    ended: np.ndarray
    weights: tuple[WeightHistory, ...]
    eligibility: tuple[np.ndarray, ...]

    @property
    def n_windows(self) -> int:
        """Number of windows."""
        return len(self.reward)
