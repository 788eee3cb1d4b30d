"""Base class of batches of environments: independent copies of one environment, stepped together."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim_rl.environments.spec import EnvironmentSpec
from neurosim_rl.errors import EnvironmentSetupError


@dataclass(frozen=True)
class Step:
    """Results of one step of the running elements; all arrays have one row for each of them.

    ``terminated``: the task ended the episode. ``truncated``: the step limit ended it (both may hold). ``part``: the
    part of the reward that is recorded separately (NaN = none).
    """

    observations: np.ndarray
    rewards: np.ndarray
    terminated: np.ndarray
    truncated: np.ndarray
    part: np.ndarray | float = math.nan

    @property
    def ended(self) -> np.ndarray:
        """Whether the episode is over, for either reason."""
        return self.terminated | self.truncated


class EnvironmentBatch(ABC):
    """Independent copies of one environment, stepped together. A context manager.

    Parameters
    ----------
    spec : EnvironmentSpec
    n_batch : int
        Number of environments.
    max_steps : int
        Step limit of episodes; 0 = the environment's own limit. The lower of the two limits applies.
    """

    def __init__(self, spec: EnvironmentSpec, n_batch: int, max_steps: int = 0) -> None:
        self.spec = spec
        self.n_batch = n_batch
        self._limit = np.full(n_batch, min(max_steps or spec.step_limit, spec.step_limit))
        self._n_steps = np.zeros(n_batch, np.int64)
        self._part: np.ndarray | float = math.nan  # set by subclasses in each step

    def __enter__(self) -> EnvironmentBatch:
        """Return the batch itself."""
        return self

    def __exit__(self, *exc: object) -> None:  # noqa: B027  # most batches hold no resources
        """Release the resources of the batch."""

    def cut(self, max_steps: Sequence[int]) -> None:
        """Lower the step limit of each element; 0 = no change."""
        given = np.asarray(max_steps)
        self._limit = np.where(given > 0, np.minimum(self._limit, given), self._limit)

    def reset(self, seeds: Sequence[int]) -> np.ndarray:
        """Start an episode in each environment; return the observations, shape (n_batch, n_observations).

        The same seed gives the same start in any batch.
        """
        self._n_steps = np.zeros(self.n_batch, np.int64)
        return self._checked(self._reset(seeds))

    def restart(self, elements: np.ndarray) -> np.ndarray:
        """Start another episode in some environments; return the observations, one row for each of `elements`.

        Each environment continues the random stream that :meth:`reset` seeded: a later episode of the same trial.
        """
        self._n_steps[elements] = 0
        return self._checked(self._restart(elements))

    def following(self, step: Step) -> np.ndarray:
        """Return the observations after a step of all environments; where an episode ended, another one begins."""
        if not step.ended.any():
            return step.observations
        ended = np.flatnonzero(step.ended)
        observations = step.observations.copy()
        observations[ended] = self.restart(ended)
        return observations

    def step(self, active: np.ndarray, actions: np.ndarray) -> Step:
        """Step the running environments.

        Parameters
        ----------
        active : int array, shape (n_rows,)
            Indices of the running environments.
        actions : array, shape (n_rows,) or (n_rows, n_dimensions)

        Raises
        ------
        EnvironmentSetupError
            When an observation or a reward is NaN.
        """
        observations, rewards, terminated, truncated = self._step(active, actions)
        self._n_steps[active] += 1
        truncated |= self._n_steps[active] >= self._limit[active]
        if np.isnan(rewards).any():
            raise EnvironmentSetupError(f"{self.spec.options.id} returned reward = nan; expected a number. {_ADVICE}")
        return Step(self._checked(observations), rewards, terminated, truncated, self._part)

    @abstractmethod
    def _reset(self, seeds: Sequence[int]) -> np.ndarray:
        """Return the first observations, float64, shape (n_batch, n_observations)."""

    @abstractmethod
    def _restart(self, elements: np.ndarray) -> np.ndarray:
        """Return the first observations of another episode, one row for each of `elements`."""

    @abstractmethod
    def _step(self, active: np.ndarray, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return observations, rewards, terminated, truncated, one row for each of `active`."""

    def _checked(self, observations: np.ndarray) -> np.ndarray:
        """Return the observations, or raise if one is NaN."""
        bad = np.isnan(observations)
        if bad.any():
            _, index = np.argwhere(bad)[0]
            raise EnvironmentSetupError(
                f"{self.spec.options.id} returned observation[{index}] = nan; expected a number. {_ADVICE}"
            )
        return observations


_ADVICE = "Its physics may have diverged: check the bounds of actions and the options of the environment."
