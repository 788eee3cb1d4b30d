"""Sums over the episodes of a batch, updated after each window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurosim_rl.environments import Step
from neurosim_rl.records.episodes import Episodes, Traces


class EpisodeLog:
    """Sums returns, lengths, spikes and observations of a batch's episodes while they run.

    Parameters
    ----------
    start_seeds : sequence of int, of length n_batch
    n_outputs : int
        Number of output neurons.
    n_episodes : int
        Number of episodes in each element's trial.
    traces : bool
        Whether to keep the data of each window.
    """

    def __init__(self, start_seeds: Sequence[int], n_outputs: int, n_episodes: int = 1, traces: bool = False) -> None:
        self.start_seeds = np.asarray(start_seeds, dtype=np.int64)
        self._n_episodes = n_episodes
        # Each element has n_episodes consecutive rows; this is the row of the episode that it plays at present.
        self._row = np.arange(len(self.start_seeds)) * n_episodes
        n_rows = len(self.start_seeds) * n_episodes
        self._returns = np.zeros(n_rows)
        self._partial_returns = np.zeros(n_rows)
        self._lengths = np.zeros(n_rows, np.int64)
        self._terminated = np.zeros(n_rows, bool)
        self._truncated = np.zeros(n_rows, bool)
        self._observation_max = np.zeros((n_rows, 0))
        self._observed = np.zeros((n_rows, 2, 0))
        self._spikes = np.zeros((n_rows, n_outputs), np.int64)
        self._action_sizes = np.zeros((n_rows, 0))
        self._action_turns = np.zeros((n_rows, 0), np.int64)
        self._was_negative = np.zeros((n_rows, 0), bool)
        self._traces = traces
        self._first = np.zeros((0, 0))
        self._windows: list[tuple] = []
        self._restarts: list[tuple] = []

    def begin(self, elements: np.ndarray, observations: np.ndarray) -> None:
        """Begin an episode in some elements."""
        if not self._observation_max.size:  # the first call: only now is the number of observed variables known
            self._first = observations
            self._observation_max = np.full((len(self._returns), observations.shape[1]), np.nan)
            self._observed = np.zeros((len(self._returns), 2, observations.shape[1]))
        elif self._traces:
            self._restarts.append((len(self._windows), elements, observations))
        self._observation_max[self._row[elements]] = observations

    def end(self, active: np.ndarray, ended: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """End the episodes of some running elements.

        Returns
        -------
        again, continues : bool array, shape (n_rows,)
            Whether each running element begins another episode of its trial, and whether its trial continues.
        """
        last = (self._row[active] + 1) % self._n_episodes == 0
        again = ended & ~last
        self._row[active[again]] += 1
        return again, ~(ended & last)

    def add(self, active: np.ndarray, counts: np.ndarray, actions: np.ndarray, step: Step) -> None:
        """Add one window of the running elements."""
        row = self._row[active]
        self._returns[row] += step.rewards
        self._partial_returns[row] += step.part
        self._lengths[row] += 1
        self._terminated[row] = step.terminated
        self._truncated[row] = step.truncated
        self._observation_max[row] = np.maximum(self._observation_max[row], step.observations)
        self._observed[row, 0] += step.observations
        with np.errstate(over="ignore"):  # an infinite sum leaves the episode out of statistics
            self._observed[row, 1] += np.square(step.observations, dtype=np.float64)
        self._spikes[row] += counts
        actions = actions.reshape(len(active), -1)
        self._add_actions(row, actions)
        if self._traces:
            self._windows.append((active, counts, actions, step))

    def _add_actions(self, row: np.ndarray, actions: np.ndarray) -> None:
        if not self._action_sizes.size:
            shape = len(self._returns), actions.shape[1]
            self._action_sizes = np.zeros(shape)
            self._action_turns, self._was_negative = np.zeros(shape, np.int64), np.zeros(shape, bool)
        self._action_sizes[row] += np.abs(actions)
        negative = actions < 0
        has_previous = self._lengths[row] > 1
        self._action_turns[row] += (negative != self._was_negative[row]) & has_previous[:, None]
        self._was_negative[row] = negative

    def episodes(self) -> Episodes:
        """Return the episodes so far."""
        return Episodes(
            np.repeat(self.start_seeds, self._n_episodes),
            self._returns,
            self._lengths,
            self._terminated,
            self._truncated,
            self._observation_max,
            self._spikes,
            self._partial_returns,
            self._action_sizes,
            self._action_turns,
            self._observed,
            self._pack() if self._traces else None,
        )

    def _pack(self) -> Traces:
        """Return the data of all windows as padded arrays, with one row for each element."""
        n_batch, n_observations = self._first.shape
        n_windows = len(self._windows)
        observations = np.full((n_batch, n_windows + 1, n_observations), np.nan)
        observations[:, 0] = self._first
        actions = np.full((n_batch, n_windows, self._windows[0][2].shape[1]), np.nan)
        counts = np.full((n_batch, n_windows, self._spikes.shape[1]), -1, dtype=np.int64)
        rewards = np.full((n_batch, n_windows), np.nan)
        for w, (active, window_counts, window_actions, step) in enumerate(self._windows):
            observations[active, w + 1] = step.observations
            actions[active, w] = window_actions
            counts[active, w] = window_counts
            rewards[active, w] = step.rewards
        for w, elements, first in self._restarts:  # in place of the last observation of the episode before
            observations[elements, w] = first
        return Traces(observations, actions, counts, rewards)
