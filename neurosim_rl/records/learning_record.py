"""Record of a trial in which one network learned: rewards, eligibility and weights of each window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class WeightHistory:
    """Weights of one projection at several moments.

    Parameters
    ----------
    source, target : str
        Names of the populations.
    pre, post : int array, shape (n_synapses,)
        Index of each synapse's neurons within source and target.
    n_source, n_target : int
        Sizes of the populations.
    weight_pa : array, shape (n_moments, n_synapses)
        In `unit`; one row for each moment.
    unit : str
        Unit of the weights: that of the target's neuron model.
    """

    source: str
    target: str
    pre: np.ndarray
    post: np.ndarray
    n_source: int
    n_target: int
    weight_pa: np.ndarray
    unit: str = "pA"

    @property
    def label(self) -> str:
        """Name of the projection: source->target."""
        return f"{self.source}->{self.target}"

    def matrix_pa(self, moment: int) -> np.ndarray:
        """Return the weights in pA at a moment, shape (n_source, n_target).

        Several synapses between two neurons are summed; NaN: no synapse.
        """
        matrix = np.full((self.n_source, self.n_target), np.nan)
        matrix[self.pre, self.post] = 0.0
        # Two neurons may have several synapses: add.at adds all of them, += on indices only the last.
        np.add.at(matrix, (self.pre, self.post), self.weight_pa[moment])
        return matrix

    def __repr__(self) -> str:
        """Return one line."""
        n_moments, n_synapses = self.weight_pa.shape
        return f"<WeightHistory of {self.label}: {n_synapses} synapses at {n_moments} moments>"


@dataclass(frozen=True)
class LearningRecord:
    """Rewards, eligibility and weights of a trial in which one network learned.

    Parameters
    ----------
    reward : array, shape (n_windows,)
        Reward of each window, from the critic.
    ended : bool array, shape (n_windows,)
        Whether an episode ended with the window.
    weights : tuple of WeightHistory
        Weights of each projection that learns, before the first window and after each window.
    eligibility : tuple of array, each of shape (n_windows, n_synapses) or (n_windows, 0)
        Eligibility of the same projections: the factor of each window's reward in the change of weights. Empty for
        rules without it.
    """

    reward: np.ndarray
    ended: np.ndarray
    weights: tuple[WeightHistory, ...]
    eligibility: tuple[np.ndarray, ...]

    @property
    def n_windows(self) -> int:
        """Number of windows in the trial."""
        return len(self.reward)

    def __repr__(self) -> str:
        """Return one line."""
        n_episodes, labels = int(self.ended.sum()), ", ".join(history.label for history in self.weights)
        return f"<LearningRecord of {self.n_windows} windows, {n_episodes} episodes: {labels}>"
