"""Recorded trials of one genome, and how their replay in NEST compares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurosim_rl.records.episodes import Traces
from neurosim_rl.records.spikes import Spikes


@dataclass(frozen=True)
class Recording:
    """Some trials of one genome with everything that happened in them; a trial is one episode or several.

    Parameters
    ----------
    simulator : str
        Name of the simulator that played them; ``"none"`` for a policy without neurons.
    start_seeds : int array, shape (n_trials,)
    returns : array, shape (n_trials,)
        Mean return of the trial's episodes.
    lengths : int array, shape (n_trials,)
        Windows of all its episodes.
    episode_lengths : int array, shape (n_trials, n_episodes)
        Windows of each.
    traces : Traces
        One row a trial.
    spikes : Spikes
        Of all neurons; ``element`` counts the trials. A policy without neurons has none.
    """

    simulator: str
    start_seeds: np.ndarray
    returns: np.ndarray
    lengths: np.ndarray
    episode_lengths: np.ndarray
    traces: Traces
    spikes: Spikes

    @property
    def n_trial(self) -> int:
        """Episodes of each trial."""
        return self.episode_lengths.shape[1]

    def first_path(self, trial: int = 0) -> np.ndarray:
        """Return what was observed in a trial's first episode, shape (n_windows + 1, n_observations).

        Without the last observation (n_windows), if another episode follows: its first stands there instead.
        """
        n_windows = int(self.episode_lengths[trial, 0])
        return self.traces.observations[trial, : n_windows + (self.n_trial == 1)]


@dataclass(frozen=True)
class Verification:
    """How a recording and its replay in NEST compare.

    Parameters
    ----------
    episodes : int
        Episodes compared, those of all trials.
    spikes_compared : int
        Spikes of NEST's replay; 0 for a policy without neurons.
    spikes_differing : int
        Spikes that only one of the two has.
    actions_differing : int
        Actions that differ, or that only one of the two took.
    """

    episodes: int
    spikes_compared: int
    spikes_differing: int
    actions_differing: int

    @property
    def identical(self) -> bool:
        """Whether nothing differs."""
        return self.spikes_differing == 0 and self.actions_differing == 0
