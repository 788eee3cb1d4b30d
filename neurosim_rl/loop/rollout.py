"""The closed loop: observation, encoder, network, decoder, action, environment, for a whole batch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from neurosim_rl.bridge import Background, Decoder, Drive, Encoder
from neurosim_rl.bridge.actions import Act
from neurosim_rl.environments import EnvironmentBatch, Step
from neurosim_rl.loop.episode_log import EpisodeLog
from neurosim_rl.records.episodes import Episodes
from neurosim_rl.simulators import Simulator

Normalise = Callable[[np.ndarray], np.ndarray]
"""Normalisation: a function from observations to the encoder's input, both of shape (n_rows, n_observations)."""


class PlaysWindows(Protocol):
    """What `play_window` asks of a `Simulator`."""

    def advance(self, drive: Drive, window_ms: float, active: np.ndarray) -> np.ndarray:
        """Simulate one window; return the counts of the running elements."""

    def output_mv(self) -> np.ndarray:
        """Return the output neurons' membranes at the end of the window."""

    def first_output_steps(self, active: np.ndarray) -> np.ndarray:
        """Return the step of each output neuron's first spike in the window."""


class Learner(Protocol):
    """A learning rule that changes the weights of networks while they play."""

    def learn(
        self, active: np.ndarray, observations: np.ndarray, actions: np.ndarray, counts: np.ndarray, step: Step
    ) -> None:
        """Learn from one window of the running elements: observations, actions, spike counts and the step's outcome."""


def rollout(
    simulator: Simulator,
    environments: EnvironmentBatch,
    encoder: Encoder,
    decoder: Decoder,
    *,
    start_seeds: Sequence[int],
    rngs: Sequence[np.random.Generator],
    normalise: Normalise = lambda observations: observations,
    background: Background | None = None,
    n_episodes: int = 1,
    learner: Learner | None = None,
    traces: bool = False,
    deadline: float = math.inf,
) -> Episodes:
    """Play a trial in each element of a batch.

    A trial is one episode, or several episodes without a break, in which a network may learn.

    Parameters
    ----------
    simulator : Simulator
        A simulator that is built, with one network for each environment.
    environments : EnvironmentBatch
    encoder, decoder : Encoder, Decoder
    start_seeds : sequence of int
        Seed of each environment's reset.
    rngs : sequence of numpy.random.Generator
        One generator for each element, for encoders, backgrounds and decoders that draw random numbers.
    normalise : callable
        See `Normalise`.
    background : Background or None
        Spikes into the network that do not depend on observations; None: there are none.
    n_episodes : int
        Number of episodes in a trial. A network keeps its weights and membranes from one episode to the next.
    learner : Learner or None
        None: the weights do not change.
    traces : bool
        Whether to keep the observations, actions and spike counts of each window.
    deadline : float
        Time of `time.monotonic` after which the batch ends with an error, in s.

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
    if background is not None:
        background.start(simulator.networks)

    def answer(observations: np.ndarray, active: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        drive = encoder.encode(normalise(observations), active, rngs)
        return play_window(simulator, encoder, decoder, drive, active, rngs, background)

    log = EpisodeLog(start_seeds, decoder.n_outputs, n_episodes, traces)
    return _play(answer, environments, log, learner, deadline)


def play_window(
    simulator: PlaysWindows,
    encoder: Encoder,
    decoder: Decoder,
    drive: Drive,
    active: np.ndarray,
    rngs: Sequence[np.random.Generator],
    background: Background | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Simulate one window; return the output neurons' spike counts and the actions of the running elements."""
    phases = encoder.phases(drive)
    if background is not None:
        phases = background.phases(phases, active, rngs)
    parts, first_steps = [], []
    for part, part_ms in phases:
        parts.append(simulator.advance(part, part_ms, active))
        if decoder.reads_first_spikes:
            first_steps.append(simulator.first_output_steps(active))
    counts = parts[0] if len(parts) == 1 else np.sum(parts, axis=0)
    output = counts
    if decoder.reads_membrane:
        output = simulator.output_mv()
    elif decoder.reads_first_spikes:
        output = np.min(first_steps, axis=0)
    return counts, decoder.decode(output, active, rngs)


def rollout_policy(
    act: Act,
    environments: EnvironmentBatch,
    *,
    start_seeds: Sequence[int],
    n_episodes: int = 1,
    traces: bool = False,
    deadline: float = math.inf,
) -> Episodes:
    """Play a trial in each element of a batch with a policy without neurons.

    Parameters
    ----------
    act : callable
        See `Act`.
    environments, start_seeds, n_episodes, traces, deadline
        As for `rollout`.

    Returns
    -------
    Episodes
        Without output spikes: their array has shape (n_episodes, 0).

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
    """Play the trials; ``answer`` gives spike counts and actions for the observations of the running elements.

    The batch advances in windows: all running elements answer, then all step. ``active`` holds the indices of the
    running elements in the batch. An element leaves it at the end of its trial, so that the batch gets smaller.
    """
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
            again, continues = log.end(active, step.ended)
            if again.any():
                observations = observations.copy()  # the log keeps the array of the step
                observations[again] = environments.restart(active[again])
                log.begin(active[again], observations[again])
            active, observations = active[continues], observations[continues]
    return log.episodes()


class TimeLimitError(Exception):
    """Episodes exceed their time limit."""
