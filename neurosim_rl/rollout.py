"""The closed loop: observation, encoder, network, decoder, action, environment, for a whole batch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurosim_rl.bridge import Decoder, Encoder
from neurosim_rl.environments import EnvironmentBatch, Step
from neurosim_rl.simulators import Simulator


def rollout(
    simulator: Simulator,
    environments: EnvironmentBatch,
    encoder: Encoder,
    decoder: Decoder,
    *,
    start_seeds: Sequence[int],
    rngs: Sequence[np.random.Generator],
    window_ms: float,
    traces: bool = False,
    deadline: float = math.inf,
) -> Episodes:
    """Play one episode in each element of a batch.

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
    window_ms : float
        Time that a network gets for each action.
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
    encoder.start(environments.n_batch)
    decoder.start(simulator.networks)

    def answer(observations: np.ndarray, active: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        drive = encoder.encode(observations, active, rngs)
        counts = simulator.advance(drive, window_ms, active)
        return counts, decoder.decode(counts, active, rngs)

    return _play(answer, environments, start_seeds, decoder.n_outputs, traces, deadline)


Act = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""A policy: observations of the running elements, shape (n_rows, n_observations), and their indices in the batch, shape
(n_rows,), to actions, shape (n_rows,) or (n_rows, n_dimensions)."""


def rollout_policy(
    act: Act,
    environments: EnvironmentBatch,
    *,
    start_seeds: Sequence[int],
    traces: bool = False,
    deadline: float = math.inf,
) -> Episodes:
    """Play one episode in each element of a batch with a policy that has no neurons, and so no output spikes.

    Parameters
    ----------
    act : callable
        See `Act`.
    environments, start_seeds, traces, deadline
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

    return _play(answer, environments, start_seeds, 0, traces, deadline)


def _play(
    answer: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
    environments: EnvironmentBatch,
    start_seeds: Sequence[int],
    n_outputs: int,
    traces: bool,
    deadline: float,
) -> Episodes:
    """Play with whatever answers the observations of the running elements with spike counts and actions."""
    observations = environments.reset(start_seeds)
    active = np.arange(environments.n_batch)
    log = EpisodeLog(observations, np.asarray(start_seeds, dtype=np.int64), n_outputs, traces)
    while active.size:
        if time.monotonic() > deadline:
            raise TimeLimitError(f"not done in time: {active.size} episodes were still running")
        counts, actions = answer(observations, active)
        step = environments.step(active, actions)
        log.add(active, counts, actions, step)
        observations = step.observations
        if step.ended.any():
            active, observations = active[~step.ended], observations[~step.ended]
    return log.episodes()


class TimeLimitError(Exception):
    """Episodes take too long."""


@dataclass(frozen=True)
class Traces:
    """Everything that happened, window by window; padded where an episode has ended.

    Parameters
    ----------
    observations : array, shape (n_batch, n_windows + 1, n_observations)
        Before each window, and after the last. Padding: NaN.
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


_ROWS = ("start_seeds", "returns", "lengths", "terminated", "truncated", "observation_max", "spikes")
"""What `Episodes` holds with one row for each element, but for traces."""


@dataclass(frozen=True)
class Episodes:
    """What a batch of episodes gave; every array has one row for each element.

    Parameters
    ----------
    start_seeds : int array, shape (n_batch,)
    returns : array, shape (n_batch,)
        Sum of rewards.
    lengths : int array, shape (n_batch,)
        Number of windows (environment steps).
    terminated, truncated : bool array, shape (n_batch,)
        How the episode ended.
    observation_max : array, shape (n_batch, n_observations)
        Largest value of each observed variable, first and last observation included.
    spikes : int array, shape (n_batch, n_outputs)
        Spikes of each output neuron during the episode.
    traces : Traces or None
    """

    start_seeds: np.ndarray
    returns: np.ndarray
    lengths: np.ndarray
    terminated: np.ndarray
    truncated: np.ndarray
    observation_max: np.ndarray
    spikes: np.ndarray
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
        )


@dataclass
class EpisodeLog:
    """Adds up a batch's episodes while they run."""

    first_observations: np.ndarray
    start_seeds: np.ndarray
    n_outputs: int
    traces: bool
    _windows: list[tuple] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        """Begin with nothing but the first observations."""
        n_batch = len(self.first_observations)
        self._returns = np.zeros(n_batch)
        self._lengths = np.zeros(n_batch, np.int64)
        self._terminated = np.zeros(n_batch, bool)
        self._truncated = np.zeros(n_batch, bool)
        self._observation_max = self.first_observations.copy()
        self._spikes = np.zeros((n_batch, self.n_outputs), np.int64)

    def add(self, active: np.ndarray, counts: np.ndarray, actions: np.ndarray, step: Step) -> None:
        """Add one window of the running elements."""
        self._returns[active] += step.rewards
        self._lengths[active] += 1
        self._terminated[active] = step.terminated
        self._truncated[active] = step.truncated
        self._observation_max[active] = np.maximum(self._observation_max[active], step.observations)
        self._spikes[active] += counts
        if self.traces:
            self._windows.append((active, counts, actions.reshape(len(active), -1), step))

    def episodes(self) -> Episodes:
        """Return all that was added."""
        return Episodes(
            self.start_seeds,
            self._returns,
            self._lengths,
            self._terminated,
            self._truncated,
            self._observation_max,
            self._spikes,
            self._pack() if self.traces else None,
        )

    def _pack(self) -> Traces:
        n_batch, n_observations = self.first_observations.shape
        n_windows = len(self._windows)
        observations = np.full((n_batch, n_windows + 1, n_observations), np.nan)
        observations[:, 0] = self.first_observations
        actions = np.full((n_batch, n_windows, self._windows[0][2].shape[1]), np.nan)
        counts = np.full((n_batch, n_windows, self.n_outputs), -1, dtype=np.int64)
        rewards = np.full((n_batch, n_windows), np.nan)
        for w, (active, window_counts, window_actions, step) in enumerate(self._windows):
            observations[active, w + 1] = step.observations
            actions[active, w] = window_actions
            counts[active, w] = window_counts
            rewards[active, w] = step.rewards
        return Traces(observations, actions, counts, rewards)
