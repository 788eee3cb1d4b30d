"""Returns of one policy on unseen starts, and their statistics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import bootstrap

from neurosim_rl.seeds import Purpose, generator


@dataclass(frozen=True)
class UnseenReturns:
    """What a policy is worth on starts that nobody trained on.

    Parameters
    ----------
    first_seed : int
        Trial k resets its environment with seed ``first_seed + k``.
    returns : array, shape (n_episodes,)
        Of all episodes of the first trial, then of the next.
    lengths : int array, shape (n_episodes,)
    successes : bool array, shape (n_episodes,), or None
        None: the task does not say what success is.
    n_trial : int
        Episodes of each trial.
    partial_returns : array, shape (n_episodes,), or None
        Sums of the task's ``reward_part``; None: it has none, or its environment does not tell.
    """

    first_seed: int
    returns: np.ndarray
    lengths: np.ndarray
    successes: np.ndarray | None
    n_trial: int = 1
    partial_returns: np.ndarray | None = None

    @property
    def trial_returns(self) -> np.ndarray:
        """Mean return of each trial's episodes, shape (n_trials,): what a life was worth, learning included."""
        return self.returns if self.n_trial == 1 else self.returns.reshape(-1, self.n_trial).mean(axis=1)

    @property
    def returns_in_trial(self) -> np.ndarray:
        """Mean return of first episodes, of second ones, and so on, shape (n_trial,): the course of learning."""
        return self.returns.reshape(-1, self.n_trial).mean(axis=0)

    @property
    def mean_return(self) -> float:
        """Mean return."""
        return float(self.returns.mean())

    @property
    def success_rate(self) -> float | None:
        """Share of successful episodes; None where the task does not say what success is."""
        return None if self.successes is None else float(self.successes.mean())

    @property
    def mean_length(self) -> float:
        """Mean number of steps."""
        return float(self.lengths.mean())

    def ci95(self) -> tuple[float, float]:
        """Return the 95 % percentile-bootstrap interval of the mean return (10 000 resamples, seeded).

        Trials are resampled, not episodes: those of one trial share its world and what was learned in it.
        """
        returns = self.trial_returns
        if len(returns) < 2 or np.ptp(returns) == 0:
            return self.mean_return, self.mean_return
        interval = bootstrap(
            (returns,),
            np.mean,
            n_resamples=10_000,
            method="percentile",
            rng=generator(0, Purpose.BOOTSTRAP),
        ).confidence_interval
        return float(interval.low), float(interval.high)
