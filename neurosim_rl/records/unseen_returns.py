"""Returns of one policy on unseen starts, and their statistics."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from neurosim_rl.seeds import DEFAULT_FIRST_SEED, Purpose, generator

BOOTSTRAP_RESAMPLES = 10_000
TAILS = 0.025, 0.975
"""Quantiles between which 95 % lie."""


@dataclass(frozen=True)
class UnseenReturns:
    """Returns of one policy on unseen start seeds.

    A trial that failed has NaN as the return of each of its episodes, length 0 and no success. Means and intervals are
    those of the other trials; the success rate counts failed episodes as failures.

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
    failure : str
        Reason of the first failed trial in one line, then the traceback; empty: no trial failed.
    """

    first_seed: int
    returns: np.ndarray
    lengths: np.ndarray
    successes: np.ndarray | None
    n_trial: int = 1
    partial_returns: np.ndarray | None = None
    failure: str = ""

    @classmethod
    def not_measured(cls) -> UnseenReturns:
        """Return the value for a policy that is not evaluated yet: no trial, and NaN as mean return."""
        return cls(DEFAULT_FIRST_SEED, np.zeros(0), np.zeros(0, np.int64), None)

    @classmethod
    def all_failed(
        cls, first_seed: int, n_trials: int, n_trial: int, failure: str, *, defines_success: bool
    ) -> UnseenReturns:
        """Return the value for a policy that failed from each start."""
        n = n_trials * n_trial
        successes = np.zeros(n, bool) if defines_success else None
        return cls(first_seed, np.full(n, np.nan), np.zeros(n, np.int64), successes, n_trial, None, failure)

    @property
    def is_measured(self) -> bool:
        """Whether the policy was evaluated."""
        return len(self.returns) > 0

    @property
    def reason(self) -> str:
        """Reason of the first failed trial in one line; empty: no trial failed."""
        return self.failure.partition("\n")[0]

    @property
    def n_failed(self) -> int:
        """Number of trials that failed."""
        return int(np.isnan(self.trial_returns).sum())

    @property
    def played(self) -> np.ndarray:
        """Whether the episode belongs to a trial that did not fail, bool array of shape (n_episodes,)."""
        return np.repeat(~np.isnan(self.trial_returns), self.n_trial)

    @property
    def trial_returns(self) -> np.ndarray:
        """Mean return of each trial's episodes, shape (n_trials,)."""
        if self.n_trial == 1:
            return self.returns
        return self.returns.reshape(-1, self.n_trial).mean(axis=1)

    @property
    def returns_in_trial(self) -> np.ndarray:
        """Mean return of all first episodes of a trial, of all second ones, and so on, shape (n_trial,)."""
        returns = self.returns[self.played].reshape(-1, self.n_trial)
        return returns.mean(axis=0) if len(returns) else np.full(self.n_trial, np.nan)

    @property
    def mean_return(self) -> float:
        """Mean return; NaN: no trial was played to its end."""
        return _mean(self.returns[self.played])

    @property
    def success_rate(self) -> float | None:
        """Fraction of successful episodes; None: the task does not define success, or the policy is not evaluated."""
        return None if self.successes is None else float(self.successes.mean())

    @property
    def mean_length(self) -> float:
        """Mean number of environment steps of an episode; NaN: no trial was played to its end."""
        return _mean(self.lengths[self.played])

    @property
    def mean_partial_return(self) -> float:
        """Mean sum of the task's ``reward_part``; NaN: it is not known."""
        return math.nan if self.partial_returns is None else _mean(self.partial_returns[self.played])

    def ci95(self) -> tuple[float, float]:
        """Return the 95 % percentile-bootstrap interval of the mean return (10 000 resamples, seeded).

        Trials are resampled and not episodes, because the episodes of one trial depend on each other: they share the
        start seed and the weights learned so far. Without any variance the interval is the mean itself.
        """
        returns = self.trial_returns[~np.isnan(self.trial_returns)]
        if len(returns) < 2 or np.ptp(returns) == 0:
            return self.mean_return, self.mean_return
        drawn = generator(0, Purpose.BOOTSTRAP).integers(0, len(returns), (BOOTSTRAP_RESAMPLES, len(returns)))
        low, high = np.quantile(returns[drawn].mean(axis=1), TAILS).tolist()
        return low, high

    def __repr__(self) -> str:
        """Return one line."""
        if not self.is_measured:
            return "<UnseenReturns: not measured>"
        last = self.first_seed + len(self.trial_returns) - 1
        failed = f", {self.n_failed} failed" if self.n_failed else ""
        return f"<UnseenReturns on seeds {self.first_seed} to {last}: mean {self.mean_return:.4g}{failed}>"


def _mean(values: np.ndarray) -> float:
    """Return the mean; NaN for no value, without NumPy's warning."""
    return float(values.mean()) if len(values) else math.nan
