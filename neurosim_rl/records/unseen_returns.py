"""Returns of one policy on unseen starts, and their statistics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import bootstrap

from neurosim_rl.seeds import Purpose, generator


@dataclass(frozen=True)
class UnseenReturns:
    """Returns of one policy on unseen start seeds.

    Parameters
    ----------
    first_seed : int
        Trial k resets its environment with seed ``first_seed + k``.
    returns : array, shape (n_episodes,)
        Returns of all episodes of the first trial, then of the next.
    lengths : int array, shape (n_episodes,)
    successes : bool array, shape (n_episodes,), or None
        None: the task does not define success.
    n_trial : int
        Number of episodes in each trial.
    partial_returns : array, shape (n_episodes,), or None
        Sums of the task's ``reward_part``; None: the task has none, or its environment does not report it.
    """

    first_seed: int
    returns: np.ndarray
    lengths: np.ndarray
    successes: np.ndarray | None
    n_trial: int = 1
    partial_returns: np.ndarray | None = None

    @property
    def trial_returns(self) -> np.ndarray:
        """Mean return of each trial's episodes, shape (n_trials,)."""
        if self.n_trial == 1:
            return self.returns
        return self.returns.reshape(-1, self.n_trial).mean(axis=1)

    @property
    def returns_in_trial(self) -> np.ndarray:
        """Mean return of all first episodes of a trial, of all second ones, and so on, shape (n_trial,)."""
        return self.returns.reshape(-1, self.n_trial).mean(axis=0)

    @property
    def mean_return(self) -> float:
        """Mean return."""
        return float(self.returns.mean())

    @property
    def success_rate(self) -> float | None:
        """Fraction of successful episodes; None: the task does not define success."""
        return None if self.successes is None else float(self.successes.mean())

    @property
    def mean_length(self) -> float:
        """Mean number of environment steps of an episode."""
        return float(self.lengths.mean())

    def ci95(self) -> tuple[float, float]:
        """Return the 95 % percentile-bootstrap interval of the mean return (10 000 resamples, seeded).

        Trials are resampled and not episodes, because the episodes of one trial depend on each other: they share the
        start seed and the weights learned so far. Without any variance the interval is the mean itself.
        """
        returns = self.trial_returns
        if len(returns) < 2 or np.ptp(returns) == 0:  # SciPy refuses one value
            return self.mean_return, self.mean_return
        interval = bootstrap(
            (returns,),
            np.mean,
            n_resamples=10_000,
            method="percentile",
            rng=generator(0, Purpose.BOOTSTRAP),
        ).confidence_interval
        return float(interval.low), float(interval.high)

    def __repr__(self) -> str:
        """Return one line."""
        last = self.first_seed + len(self.trial_returns) - 1
        return f"<UnseenReturns on seeds {self.first_seed} to {last}: mean {self.mean_return:.4g}>"
