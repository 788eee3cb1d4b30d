"""What a run has observed so far, where the normalisation of observations depends on it."""

from __future__ import annotations

import numpy as np

from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.records.history import History


class NormalisedTask:
    """A task as the next generation meets it: normalised by what all generations before have observed.

    Where normalisation does not run on, it stays the same task.

    Parameters
    ----------
    optimizee : ClosedLoop
        As the run began.
    history : History or None
        Generations before.
    """

    def __init__(self, optimizee: ClosedLoop, history: History | None = None) -> None:
        self._first = self.optimizee = optimizee
        self._n_observations, self._sums = 0, np.zeros((2, 0))
        if history is not None:
            self.add(history)

    def add(self, history: History) -> None:
        """Go on by generations, one after the other."""
        if not self._first.keeps_observing or not history.n_generations:
            return
        for row in history.observed:
            sums = row[1:].reshape(2, -1)
            self._n_observations += int(row[0])
            self._sums = self._sums + sums if self._sums.size else sums
        self.optimizee = self._first.having_observed(self._n_observations, self._sums)


def observation_sums(optimizee: ClosedLoop, lengths: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """Return what a generation's history holds of its observations, shape (1, 1 + 2 n_variables), or (1, 0): nothing.

    Episodes, or environments, are added up in their order, whatever shared a batch; those that observed something
    infinite are left out, since one of them would make the mean of all others unknown.

    Parameters
    ----------
    optimizee : ClosedLoop
    lengths : int array, shape (n,)
        How many observations each made.
    sums : array, shape (n, 2, n_variables)
        Of these observations and of their squares.
    """
    if not optimizee.keeps_observing:
        return np.zeros((1, 0))
    known = np.isfinite(sums).all(axis=(1, 2))
    return np.concatenate([[float(lengths[known].sum())], sums[known].sum(axis=0).ravel()])[None]


def task_at_generation(optimizee: ClosedLoop, history: History | None, generation: int) -> ClosedLoop:
    """Return the task as a generation met it.

    Parameters
    ----------
    optimizee : ClosedLoop
        As the run began.
    history : History or None
        Of the run; None: nothing is known, and it stays the same.
    generation : int
    """
    return optimizee if history is None else NormalisedTask(optimizee, history.before(generation)).optimizee
