"""The contract of a batch of environments: independent copies of one, stepped together."""

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
    """What a step of the running elements gave; all arrays have one row for each of them.

    ``terminated``: the task ended; ``truncated``: it was cut by the step limit (both may hold). ``part``: that part of
    the reward which is listed beside it (NaN: none).
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
        How many.
    max_steps : int
        Episodes are truncated after so many steps; 0: at the environment's own limit. That limit always counts:
        an episode without one would never end.
    """

    def __init__(self, spec: EnvironmentSpec, n_batch: int, max_steps: int = 0) -> None:
        self.spec = spec
        self.n_batch = n_batch
        self._limit = np.full(n_batch, min(max_steps or spec.step_limit, spec.step_limit))
        self._n_steps = np.zeros(n_batch, np.int64)
        self._part: np.ndarray | float = math.nan  # of the last step's rewards

    def __enter__(self) -> EnvironmentBatch:
        """Return the batch itself."""
        return self

    def __exit__(self, *exc: object) -> None:  # noqa: B027  # most have nothing to give back
        """Give back what the batch holds."""

    def cut(self, max_steps: Sequence[int]) -> None:
        """Truncate the episodes of each element after so many steps, too; 0: not earlier than the others."""
        given = np.asarray(max_steps)
        self._limit = np.where(given > 0, np.minimum(self._limit, given), self._limit)

    def reset(self, seeds: Sequence[int]) -> np.ndarray:
        """Start an episode in each; return the observations, shape (n_batch, n_observations).

        The same seed gives the same start, whatever else is in the batch.
        """
        self._n_steps = np.zeros(self.n_batch, np.int64)
        return self._checked(self._reset(seeds))

    def restart(self, elements: np.ndarray) -> np.ndarray:
        """Start another episode in some; return the observations, one row for each of `elements`.

        Each environment goes on with the random stream that :meth:`reset` seeded: a later episode of the same trial.
        """
        self._n_steps[elements] = 0
        return self._checked(self._restart(elements))

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
            raise EnvironmentSetupError(f"{self.spec.options.id} gave a reward of nan; expected a number. {_ADVICE}")
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
        bad = np.isnan(observations)
        if bad.any():
            raise EnvironmentSetupError(
                f"{self.spec.options.id} returned observation[{np.argwhere(bad)[0, 1]}] = nan; expected a number. "
                + _ADVICE
            )
        return observations


_ADVICE = "Its physics may have diverged: check the actions' bounds and the environment's options."
