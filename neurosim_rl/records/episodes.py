"""Episodes of a batch of trials: returns, lengths, spikes and optional traces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Traces:
    """Observations, actions, spike counts and rewards of each window; padded after the end of an element.

    Parameters
    ----------
    observations : array, shape (n_batch, n_windows + 1, n_observations)
        Observation before each window, and after the last window. After a window that ended an episode, if another
        episode of the trial follows: the first observation of that episode. Padding: NaN.
    actions : array, shape (n_batch, n_windows, n_dimensions)
        Padding: NaN.
    counts : int array, shape (n_batch, n_windows, n_outputs)
        Padding: -1.
    rewards : array, shape (n_batch, n_windows)
        Padding: NaN.
    """

    observations: np.ndarray
    actions: np.ndarray
    counts: np.ndarray
    rewards: np.ndarray

    @classmethod
    def join(cls, parts: Sequence[Traces]) -> Traces:
        """Return the traces of several batches as one, all padded to the longest."""
        joined = {}
        for name, padding in (("observations", np.nan), ("actions", np.nan), ("counts", -1), ("rewards", np.nan)):
            arrays = [getattr(part, name) for part in parts]
            n_longest = max(array.shape[1] for array in arrays)
            shape = (sum(map(len, arrays)), n_longest, *arrays[0].shape[2:])
            joined[name] = np.full(shape, padding, arrays[0].dtype)
            first = 0
            for array in arrays:
                joined[name][first : first + len(array), : array.shape[1]] = array
                first += len(array)
        return cls(**joined)

    def __repr__(self) -> str:
        """Return one line."""
        n_batch, n_windows, n_outputs = self.counts.shape
        return f"<Traces of {n_batch} trials, at most {n_windows} windows, {n_outputs} output neurons>"


_ROWS = (
    *("start_seeds", "returns", "lengths", "terminated", "truncated", "observation_max", "spikes", "partial_returns"),
    *("action_sizes", "action_turns", "observed"),
)
"""Fields of `Episodes` with one row for each episode: all but the traces."""


@dataclass(frozen=True)
class Episodes:
    """Episodes of a batch of trials.

    Each array has one row for each episode: first the episodes of the first element, then those of the next.

    Parameters
    ----------
    start_seeds : int array, shape (n_episodes,)
        Start seed of the episode's trial.
    returns : array, shape (n_episodes,)
        Sum of rewards.
    lengths : int array, shape (n_episodes,)
        Number of windows (environment steps).
    terminated, truncated : bool array, shape (n_episodes,)
        The end of the episode, as Gymnasium reports it.
    observation_max : array, shape (n_episodes, n_observations)
        Largest value of each observed variable, over all observations, the first and the last included.
    spikes : int array, shape (n_episodes, n_outputs)
        Spikes of each output neuron during the episode.
    partial_returns : array, shape (n_episodes,)
        Sum of the part of the reward that the environment also reports by itself; NaN: there is none.
    action_sizes : array, shape (n_episodes, n_dimensions)
        Sum of absolute actions.
    action_turns : int array, shape (n_episodes, n_dimensions)
        Number of sign changes between consecutive actions; an action of 0 counts as positive.
    observed : array, shape (n_episodes, 2, n_observations)
        Sums of each observed variable and of its square, over the observations after each step.
    traces : Traces or None
        Traces with one row for each trial; None: not recorded.
    """

    start_seeds: np.ndarray
    returns: np.ndarray
    lengths: np.ndarray
    terminated: np.ndarray
    truncated: np.ndarray
    observation_max: np.ndarray
    spikes: np.ndarray
    partial_returns: np.ndarray
    action_sizes: np.ndarray
    action_turns: np.ndarray
    observed: np.ndarray
    traces: Traces | None = None

    def __len__(self) -> int:
        """Return the number of episodes."""
        return len(self.returns)

    @classmethod
    def join(cls, parts: Sequence[Episodes]) -> Episodes:
        """Return the episodes of several batches as one, without traces."""
        joined: dict[str, Any] = {name: np.concatenate([getattr(p, name) for p in parts]) for name in _ROWS}
        return cls(**joined)

    def part(self, start: int, end: int) -> Episodes:
        """Return the episodes from start to end, without traces."""
        rows: dict[str, Any] = {name: getattr(self, name)[start:end] for name in _ROWS}
        return Episodes(**rows)

    def spread(self, rows: np.ndarray, positions: np.ndarray, start_seeds: Sequence[int]) -> Episodes:
        """Return one episode for each start seed, with some rows of these episodes at given positions.

        All other episodes were not played to their end: their return is NaN, with no steps.

        Parameters
        ----------
        rows, positions : int array, shape (n_kept,)
            Rows of these episodes, and their positions in the result.
        start_seeds : sequence of int
        """
        n = len(start_seeds)

        # Sums get the neutral value of an episode without steps. Values that have none, such as a return, get NaN.
        def placed(values: np.ndarray, missing: Any) -> np.ndarray:
            wide = np.full((n, *values.shape[1:]), missing, dtype=values.dtype)
            wide[positions] = values[rows]
            return wide

        return Episodes(
            start_seeds=np.asarray(start_seeds, dtype=np.int64),
            returns=placed(self.returns, np.nan),
            lengths=placed(self.lengths, 0),
            terminated=placed(self.terminated, False),
            truncated=placed(self.truncated, False),
            observation_max=placed(self.observation_max, np.nan),
            spikes=placed(self.spikes, 0),
            partial_returns=placed(self.partial_returns, np.nan),
            action_sizes=placed(self.action_sizes, np.nan),
            action_turns=placed(self.action_turns, 0),
            observed=placed(self.observed, 0.0),
        )

    def __repr__(self) -> str:
        """Return one line."""
        if not len(self):
            return "<Episodes: none>"
        return (
            f"<{len(self)} Episodes: mean return {np.nanmean(self.returns):.4g}, mean length {self.lengths.mean():.4g}>"
        )
