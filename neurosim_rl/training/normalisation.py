"""Running normalisation: the task of each generation, normalised by the observations of those before it."""

from __future__ import annotations

import numpy as np

from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.records.history import History


class NormalisedTask:
    """The task of the next generation, normalised by the observations of all generations before.

    Without a running normalisation, it is the same task in all generations.

    Parameters
    ----------
    optimizee : ClosedLoop
        Task as at the beginning of the run.
    history : History or None
        Generations so far; None: none.
    """

    def __init__(self, optimizee: ClosedLoop, history: History | None = None) -> None:
        self._first = self.optimizee = optimizee
        self._n_observations, self._sums = 0, np.zeros((2, 0))
        if history is not None:
            self.add(history)

    def add(self, history: History) -> None:
        """Add the observations of further generations, one generation after the other."""
        if not self._first.keeps_observing or not history.n_generations:
            return
        # Floating-point sums depend on their order. Generation by generation, a resumed run adds up the same numbers in
        # the same order as an uninterrupted one, and normalises equally to the last bit.
        for row in history.observed:
            sums = row[1:].reshape(2, -1)
            self._n_observations += int(row[0])
            self._sums = self._sums + sums if self._sums.size else sums
        # Always from the first statistics: `having_observed` rounds them, and roundings would add up.
        self.optimizee = self._first.having_observed(self._n_observations, self._sums)


def observation_sums(optimizee: ClosedLoop, lengths: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """Return a generation's sums of observations, shape (1, 1 + 2 n_variables); (1, 0) without running normalisation.

    The row has the number of observations, their sums, and the sums of their squares. Episodes (or environments) with
    an infinite observation are left out.

    Parameters
    ----------
    optimizee : ClosedLoop
    lengths : int array, shape (n,)
        Number of observations of each episode or environment.
    sums : array, shape (n, 2, n_variables)
        Sums of these observations and of their squares.
    """
    if not optimizee.keeps_observing:
        return np.zeros((1, 0))
    # One infinite observation would make the mean of all others infinite.
    known = np.isfinite(sums).all(axis=(1, 2))
    # In the order of episodes, not of batches or workers: their number must not change a bit of the sums.
    n_observations = float(lengths[known].sum())
    return np.concatenate([[n_observations], sums[known].sum(axis=0).ravel()])[None]


def task_at_generation(optimizee: ClosedLoop, history: History | None, generation: int) -> ClosedLoop:
    """Return the task of a recorded generation, normalised by the observations of those before it.

    Parameters
    ----------
    optimizee : ClosedLoop
        Task as at the beginning of the run.
    history : History or None
        History of the run; None: not known, and the task is returned as it is.
    generation : int
    """
    if history is None:
        return optimizee
    return NormalisedTask(optimizee, history.before(generation)).optimizee
