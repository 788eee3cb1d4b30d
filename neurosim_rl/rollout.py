"""The closed loop: observation, encoder, network, decoder, action, environment, for a whole batch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from neurosim_rl.bridge import Decoder, Drive, Encoder
from neurosim_rl.environments import EnvironmentBatch, Step
from neurosim_rl.simulators import Simulator

Normalise = Callable[[np.ndarray], np.ndarray]
"""Observations to what encoders see of them, both of shape (n_rows, n_observations)."""


class Learner(Protocol):
    """Changes networks while they play."""

    def learn(
        self, active: np.ndarray, observations: np.ndarray, actions: np.ndarray, counts: np.ndarray, step: Step
    ) -> None:
        """Learn from one window of the running elements: what they saw, did and spiked, and what came of it."""


def rollout(
    simulator: Simulator,
    environments: EnvironmentBatch,
    encoder: Encoder,
    decoder: Decoder,
    *,
    start_seeds: Sequence[int],
    rngs: Sequence[np.random.Generator],
    normalise: Normalise = lambda observations: observations,
    n_episodes: int = 1,
    learner: Learner | None = None,
    traces: bool = False,
    deadline: float = math.inf,
) -> Episodes:
    """Play a trial in each element of a batch: one episode, or several without a break, in which a network may learn.

    Parameters
    ----------
    simulator : Simulator
        Already built, with one network for each environment.
    environments : EnvironmentBatch
    encoder, decoder : Encoder, Decoder
    start_seeds : sequence of int
        Seed with which each environment is reset.
    rngs : sequence of numpy.random.Generator
        One for each element, for encoders and decoders that draw.
    normalise : callable
        See `Normalise`.
    n_episodes : int
        Episodes of a trial. Networks carry on from one to the next, weights and membranes as they are.
    learner : Learner or None
        None: weights stay.
    traces : bool
        Whether to keep every observation, action and spike count.
    deadline : float
        When to give up, in seconds of `time.monotonic`.

    Returns
    -------
    Episodes

    Raises
    ------
    TimeLimitError
        When the deadline has passed.
    """
    encoder.start(simulator.networks)
    decoder.start(simulator.networks)

    def answer(observations: np.ndarray, active: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        drive = encoder.encode(normalise(observations), active, rngs)
        return play_window(simulator, encoder, decoder, drive, active, rngs)

    log = EpisodeLog(start_seeds, decoder.n_outputs, n_episodes, traces)
    return _play(answer, environments, log, learner, deadline)


def play_window(
    simulator: Simulator,
    encoder: Encoder,
    decoder: Decoder,
    drive: Drive,
    active: np.ndarray,
    rngs: Sequence[np.random.Generator],
) -> tuple[np.ndarray, np.ndarray]:
    """Simulate one window; return the output neurons' spike counts and the actions of the running elements."""
    parts = [simulator.advance(part, part_ms, active) for part, part_ms in encoder.phases(drive)]
    counts = parts[0] if len(parts) == 1 else np.sum(parts, axis=0)
    return counts, decoder.decode(simulator.output_mv() if decoder.reads_membrane else counts, active, rngs)


Act = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""A policy: observations of the running elements, shape (n_rows, n_observations), and their indices in the batch, shape
(n_rows,), to actions, shape (n_rows,) or (n_rows, n_dimensions)."""


def rollout_policy(
    act: Act,
    environments: EnvironmentBatch,
    *,
    start_seeds: Sequence[int],
    n_episodes: int = 1,
    traces: bool = False,
    deadline: float = math.inf,
) -> Episodes:
    """Play a trial in each element of a batch with a policy that has no neurons, and so no output spikes.

    Parameters
    ----------
    act : callable
        See `Act`.
    environments, start_seeds, n_episodes, traces, deadline
        As for `rollout`.

    Returns
    -------
    Episodes
        Their spikes have shape (n_batch, 0).

    Raises
    ------
    TimeLimitError
        When the deadline has passed.
    """

    def answer(observations: np.ndarray, active: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros((len(active), 0), np.int64), act(observations, active)

    return _play(answer, environments, EpisodeLog(start_seeds, 0, n_episodes, traces), None, deadline)


def _play(
    answer: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
    environments: EnvironmentBatch,
    log: EpisodeLog,
    learner: Learner | None,
    deadline: float,
) -> Episodes:
    """Play with whatever answers the observations of the running elements with spike counts and actions."""
    observations = environments.reset(log.start_seeds.tolist())
    active = np.arange(environments.n_batch)
    log.begin(active, observations)
    while active.size:
        if time.monotonic() > deadline:
            raise TimeLimitError(f"not done in time: {active.size} episodes were still running")
        counts, actions = answer(observations, active)
        step = environments.step(active, actions)
        log.add(active, counts, actions, step)
        if learner is not None:
            learner.learn(active, observations, actions, counts, step)
        observations = step.observations
        if step.ended.any():
            again, goes_on = log.end(active, step.ended)
            if again.any():
                observations = observations.copy()
                observations[again] = environments.restart(active[again])
                log.begin(active[again], observations[again])
            active, observations = active[goes_on], observations[goes_on]
    return log.episodes()


class TimeLimitError(Exception):
    """Episodes take too long."""


@dataclass(frozen=True)
class Traces:
    """Everything that happened, window by window; padded where an episode has ended.

    Parameters
    ----------
    observations : array, shape (n_batch, n_windows + 1, n_observations)
        Before each window, and after the last. Where a window ended an episode of a trial that goes on, this is the
        next one's first observation. Padding: NaN.
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


_ROWS = (
    *("start_seeds", "returns", "lengths", "terminated", "truncated", "observation_max", "spikes", "partial_returns"),
    *("action_sizes", "action_turns", "observed"),
)
"""What `Episodes` holds with one row for each element, but for traces."""


@dataclass(frozen=True)
class Episodes:
    """What a batch of trials gave; every array has one row an episode: those of the first element, then the next.

    Parameters
    ----------
    start_seeds : int array, shape (n_episodes,)
        Of the trial.
    returns : array, shape (n_episodes,)
        Sum of rewards.
    lengths : int array, shape (n_episodes,)
        Number of windows (environment steps).
    terminated, truncated : bool array, shape (n_episodes,)
        How the episode ended.
    observation_max : array, shape (n_episodes, n_observations)
        Largest value of each observed variable, first and last observation included.
    spikes : int array, shape (n_episodes, n_outputs)
        Spikes of each output neuron during the episode.
    partial_returns : array, shape (n_episodes,)
        Sum of the part of the reward that is listed beside it; NaN: none.
    action_sizes : array, shape (n_episodes, n_dimensions)
        Sum of absolute actions.
    action_turns : int array, shape (n_episodes, n_dimensions)
        How often an action had the other sign than the one before; an action of 0 has the sign of a positive one.
    observed : array, shape (n_episodes, 2, n_observations)
        Sums of each observed variable and of its square, over the observations that steps gave.
    traces : Traces or None
        One row a trial.
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
        """Return as many episodes as there are start seeds, with some rows of these at some positions.

        The others were not played to their end: return NaN, no steps, largest observations NaN.
        """
        n = len(start_seeds)

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


class EpisodeLog:
    """Adds up a batch's episodes while they run.

    Parameters
    ----------
    start_seeds : sequence of int, of length n_batch
    n_outputs : int
        Output neurons.
    n_episodes : int
        Episodes of each element's trial.
    traces : bool
        Whether to keep every window.
    """

    def __init__(self, start_seeds: Sequence[int], n_outputs: int, n_episodes: int = 1, traces: bool = False) -> None:
        self.start_seeds = np.asarray(start_seeds, dtype=np.int64)
        self._n_episodes = n_episodes
        self._row = np.arange(len(self.start_seeds)) * n_episodes  # of the episode that each element plays
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
        if not self._observation_max.size:
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
        again, goes_on : bool array, shape (n_rows,)
            Which running elements begin another episode of their trial, and which are not done.
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
        negative, goes_on = actions < 0, self._lengths[row] > 1
        self._action_turns[row] += (negative != self._was_negative[row]) & goes_on[:, None]
        self._was_negative[row] = negative

    def episodes(self) -> Episodes:
        """Return all that was added."""
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
        for w, elements, first in self._restarts:
            observations[elements, w] = first
        return Traces(observations, actions, counts, rewards)
