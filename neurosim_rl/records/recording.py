"""Recorded trials of one genome, and the result of their verification in NEST."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from neurosim_rl.records.episodes import Traces
from neurosim_rl.records.spikes import Spikes


@dataclass(frozen=True)
class Recording:
    """Trials of one genome, with traces and spikes; a trial is one episode or several.

    Parameters
    ----------
    simulator : str
        Name of the simulator; ``"none"`` for a policy without neurons.
    start_seeds : int array, shape (n_trials,)
    returns : array, shape (n_trials,)
        Mean return of each trial's episodes.
    lengths : int array, shape (n_trials,)
        Number of windows in all episodes of each trial.
    episode_lengths : int array, shape (n_trials, n_episodes)
        Number of windows in each episode.
    traces : Traces
        One row for each trial.
    spikes : Spikes
        Spikes of all neurons; ``element`` is the trial. A policy without neurons has none.
    """

    simulator: str
    start_seeds: np.ndarray
    returns: np.ndarray
    lengths: np.ndarray
    episode_lengths: np.ndarray
    traces: Traces
    spikes: Spikes

    @classmethod
    def none(cls) -> Recording:
        """Return a recording without any trial."""
        counts, values = np.zeros(0, np.int64), np.zeros(0)
        traces = Traces(np.zeros((0, 1, 0)), np.zeros((0, 0, 0)), np.zeros((0, 0, 0), np.int64), np.zeros((0, 0)))
        return cls("none", counts, values, counts, np.zeros((0, 1), np.int64), traces, Spikes.none(0.0))

    @property
    def is_empty(self) -> bool:
        """Whether no trial is recorded."""
        return len(self.start_seeds) == 0

    @property
    def n_trial(self) -> int:
        """Number of episodes in each trial."""
        return self.episode_lengths.shape[1]

    @property
    def spikes_per_action(self) -> float:
        """Mean number of spikes in a window, of all neurons and spike sources; NaN without windows."""
        n_windows = int(self.lengths.sum())
        return len(self.spikes) / n_windows if n_windows else math.nan

    def median_trial(self, median_return: float | None = None) -> int:
        """Return the number of the trial with the return nearest to a median, the first of equally near ones.

        Parameters
        ----------
        median_return : float or None
            Median return of many trials, of which few are recorded. None, or NaN: the median of the recorded trials,
            of two in the middle the lower one.

        Raises
        ------
        ValueError
            When no trial is recorded.
        """
        if self.is_empty:
            raise ValueError("no trial is recorded; expected at least one")
        if median_return is None or math.isnan(median_return):
            median_return = float(np.sort(self.returns)[(len(self.returns) - 1) // 2])
        return int(np.argmin(np.abs(self.returns - median_return)))

    def first_path(self, trial: int = 0) -> np.ndarray:
        """Return the observations of a trial's first episode, shape (n_windows + 1, n_observations).

        In trials of several episodes the shape is (n_windows, n_observations): the trace has no last observation of
        the first episode, because the first observation of the next episode takes its place.
        """
        n_windows = int(self.episode_lengths[trial, 0])
        return self.traces.observations[trial, : n_windows + (self.n_trial == 1)]

    def first_actions(self, trial: int = 0) -> np.ndarray:
        """Return the actions of a trial's first episode, shape (n_windows, n_dimensions)."""
        return self.traces.actions[trial, : int(self.episode_lengths[trial, 0])]

    def trial(self, number: int) -> Recording:
        """Return one trial, from 0, as a recording of its own."""
        one = slice(number, number + 1)
        n_windows = int(self.lengths[number])
        whole = self.traces
        traces = Traces(
            whole.observations[one, : n_windows + 1],
            whole.actions[one, :n_windows],
            whole.counts[one, :n_windows],
            whole.rewards[one, :n_windows],
        )
        spikes = self.spikes.of(number)
        own = Spikes(np.zeros(len(spikes), np.int64), spikes.neuron, spikes.step, spikes.resolution_ms)
        parts = (self.start_seeds, self.returns, self.lengths, self.episode_lengths)
        seeds, returns, lengths, episode_lengths = [part[one] for part in parts]
        return Recording(self.simulator, seeds, returns, lengths, episode_lengths, traces, own)

    def __repr__(self) -> str:
        """Return one line."""
        n_trials, n_windows = len(self.lengths), int(self.lengths.sum())
        return f"<Recording of {n_trials} trials in {self.simulator}: {n_windows} windows, {len(self.spikes)} spikes>"


@dataclass(frozen=True)
class Verification:
    """Differences between a recording and its replay in NEST.

    Parameters
    ----------
    episodes : int
        Number of episodes compared, in all trials.
    spikes_compared : int
        Number of spikes in NEST's replay; 0 for a policy without neurons.
    spikes_differing : int
        Number of spikes that only one of the two has.
    actions_differing : int
        Number of windows with different actions, or with an action in only one of the two.
    failed : int
        Number of trials of which the replay failed; they are not among the episodes.
    """

    episodes: int
    spikes_compared: int
    spikes_differing: int
    actions_differing: int
    failed: int = 0

    @property
    def identical(self) -> bool:
        """Whether every trial was replayed and nothing differs."""
        is_replayed = self.episodes > 0 and self.failed == 0
        return is_replayed and self.spikes_differing == 0 and self.actions_differing == 0
