"""The outcome of a generation of training by gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurosim_rl.environments import Step
from neurosim_rl.gradient.networks import ActorCritic
from neurosim_rl.gradient.training_state import Arrays


@dataclass(frozen=True)
class Trained:
    """Results of one generation.

    Parameters
    ----------
    network : ActorCritic
        Network after the generation.
    state : dict of str to array
        State for the next generation.
    returns : array, shape (n_environments,)
        Mean return of the episodes that ended in each environment; if none ended, the rewards so far.
    lengths : int array, shape (n_environments,)
        Number of steps in each environment.
    terminated : bool array, shape (n_environments,)
        Whether the task ended an episode in each environment.
    n_ended : int
        Number of episodes that ended.
    observed : array, shape (n_environments, 2, n_observations)
        Sums of the observations after each step in each environment, and of their squares.
    """

    network: ActorCritic
    state: Arrays
    returns: np.ndarray
    lengths: np.ndarray
    terminated: np.ndarray
    n_ended: int
    observed: np.ndarray


class TrainingLog:
    """Returns, lengths and sums of observations of the training episodes, by environment."""

    def __init__(self, n: int, n_observations: int) -> None:
        self._running, self._sum, self._n_ended = np.zeros(n), np.zeros(n), np.zeros(n, np.int64)
        self._terminated, self._n_steps = np.zeros(n, bool), 0
        self._observed = np.zeros((n, 2, n_observations))

    def add(self, step: Step) -> None:
        """Add one step of all environments."""
        self._n_steps += 1
        self._running += step.rewards
        self._terminated |= step.terminated
        self._observed[:, 0] += step.observations
        self._observed[:, 1] += np.square(step.observations, dtype=np.float64)
        ended = step.ended
        self._sum[ended] += self._running[ended]
        self._n_ended[ended] += 1
        self._running[ended] = 0.0

    def result(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, int, np.ndarray]:
        """Return returns, lengths, terminated, n_ended and observed (see `Trained`)."""
        returns = np.where(self._n_ended > 0, self._sum / np.maximum(self._n_ended, 1), self._running)
        lengths = np.full(len(returns), self._n_steps)
        return returns, lengths, self._terminated, int(self._n_ended.sum()), self._observed
