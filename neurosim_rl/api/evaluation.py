"""Returns of a controller on unseen starts, with a short text and a data frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neurosim_rl.records.unseen_returns import UnseenReturns

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Evaluation:
    """Returns on unseen starts.

    Parameters
    ----------
    unseen : UnseenReturns
    task : str
    """

    unseen: UnseenReturns
    task: str

    @property
    def returns(self) -> np.ndarray:
        """Sum of rewards of each episode, shape (n_episodes,): those of the first trial, then the next."""
        return self.unseen.returns

    @property
    def lengths(self) -> np.ndarray:
        """Environment steps of each episode, shape (n_episodes,)."""
        return self.unseen.lengths

    @property
    def first_seed(self) -> int:
        """Start seed of the first trial; the next ones count up."""
        return self.unseen.first_seed

    @property
    def trials(self) -> np.ndarray:
        """Returns by trial, shape (n_trials, n_episodes of each); a trial of one episode has one column."""
        return self.unseen.returns.reshape(-1, self.unseen.n_trial)

    @property
    def n_failed(self) -> int:
        """Number of trials that failed: they are in no mean, and count as failures in the success rate."""
        return self.unseen.n_failed

    @property
    def failure(self) -> str:
        """Reason of the first failed trial in one line; empty: no trial failed."""
        return self.unseen.reason

    @property
    def mean_return(self) -> float:
        """Mean return; NaN: not measured, or no trial was played to its end."""
        return self.unseen.mean_return

    @property
    def ci95(self) -> tuple[float, float]:
        """95 % bootstrap interval of the mean return (10 000 resamples of trials, seeded)."""
        return self.unseen.ci95()

    @property
    def success_rate(self) -> float | None:
        """Share of successful episodes; None where the task does not define success."""
        return self.unseen.success_rate

    @property
    def mean_length(self) -> float:
        """Mean number of environment steps."""
        return self.unseen.mean_length

    def to_frame(self) -> pd.DataFrame:
        """Return one row an episode: start seed, number within its trial, return, length, success (pandas)."""
        import pandas as pd

        trial = np.arange(len(self.returns)) // self.unseen.n_trial
        frame = pd.DataFrame(
            {
                "start_seed": self.first_seed + trial,
                "episode": np.arange(len(self.returns)) % self.unseen.n_trial,
                "return": self.returns,
                "length_steps": self.lengths,
            }
        )
        if self.unseen.successes is not None:
            frame["success"] = self.unseen.successes
        if self.unseen.partial_returns is not None:
            frame["partial_return"] = self.unseen.partial_returns
        return frame

    def __repr__(self) -> str:
        """Return one line."""
        return f"<Evaluation of {self.task}: {headline(self.unseen)}>"


def headline(unseen: UnseenReturns) -> str:
    """Return mean return, interval, success rate, and number of episodes and failures in one line."""
    if not unseen.is_measured:
        return "unseen starts: not measured"
    failed = f", {unseen.n_failed} of {len(unseen.trial_returns)} starts failed" if unseen.n_failed else ""
    if np.isnan(unseen.mean_return):
        return f"no mean return{failed}"
    low, high = unseen.ci95()
    success = "" if unseen.success_rate is None else f", success {unseen.success_rate:.0%}"
    interval = f"(95 % interval {low:.1f} to {high:.1f})"
    return f"mean return {unseen.mean_return:.2f} {interval}{success}, {len(unseen.returns)} episodes{failed}"
