"""Teachers: policies that say at each observation what they would do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete, Space

from neurosim_rl.bridge.actions import finite_bounds
from neurosim_rl.errors import ConfigurationError, ShapeError


@dataclass(frozen=True)
class Advice:
    """What a teacher would do in some environments.

    Parameters
    ----------
    actions : array, shape (n_rows,) or (n_rows, n_dimensions)
        Actions as the environment takes them.
    probabilities : array, shape (n_rows, n_choices), or None
        Of all choices of a ``Discrete`` action; None: only the choice is known.
    values : array, shape (n_rows,), or None
        Expected discounted rewards from here on; None: not known.
    """

    actions: np.ndarray
    probabilities: np.ndarray | None = None
    values: np.ndarray | None = None


class Teacher(ABC):
    """A policy in a number of environments; it may have a state in each of them."""

    def start(self, n_environments: int) -> None:  # noqa: B027  # most teachers have no state
        """Begin an episode in each of so many environments, with nothing remembered."""

    @abstractmethod
    def advise(self, observations: np.ndarray) -> Advice:
        """Return the advice for the observations of all environments, shape (n_environments, n_observations)."""


class Targets:
    """The numbers that a student learns: relative actions of a ``Box``, or probabilities of a ``Discrete`` space.

    Parameters
    ----------
    space : gymnasium.spaces.Space

    Raises
    ------
    ConfigurationError
        For another space.
    """

    def __init__(self, space: Space) -> None:
        if not isinstance(space, Box | Discrete):
            raise ConfigurationError(
                f"actions of {space} cannot be learned from a teacher; expected Box or Discrete. Train by evolution "
                "(neurosim-rl evolve)."
            )
        self._space = space
        self.is_choice = isinstance(space, Discrete)
        if isinstance(space, Box):
            low, high = finite_bounds(space)
            self._middle, self._half_range = (low + high) / 2, (high - low) / 2

    @property
    def size(self) -> int:
        """Number of targets in a step."""
        return int(self._space.n) if isinstance(self._space, Discrete) else len(self._middle)

    def of(self, advice: Advice, n_rows: int) -> np.ndarray:
        """Return the targets of some advice, float32, shape (n_rows, size).

        Raises
        ------
        ShapeError
            When the teacher's answer does not fit the action space.
        """
        if advice.values is not None:
            values = self._numbers("values", advice.values, n_rows, n_rows)
            if not np.isfinite(values).all():
                raise ShapeError("the teacher's values are not finite; expected numbers. Correct the teacher.")
        if advice.probabilities is not None:
            return self._checked(np.asarray(advice.probabilities), n_rows).astype(np.float32)
        if isinstance(self._space, Discrete):
            return self._one_hot(self._numbers("choices", advice.actions, n_rows, n_rows), n_rows)
        actions = self._numbers("actions", advice.actions, n_rows * self.size, n_rows).reshape(n_rows, self.size)
        actions = self._checked(actions, n_rows)
        # A bound that equals the other leaves nothing to learn.
        half_range = np.where(self._half_range > 0, self._half_range, 1.0)
        return np.clip((actions - self._middle) / half_range, -1, 1).astype(np.float32)

    def actions(self, targets: np.ndarray) -> np.ndarray:
        """Return the actions that targets mean, as the environment takes them: within its bounds."""
        if isinstance(self._space, Discrete):
            return targets.argmax(axis=1) + int(self._space.start)
        return self._middle + self._half_range * targets.astype(np.float64)

    def _numbers(self, what: str, given: Any, n_wanted: int, n_rows: int) -> np.ndarray:
        """Return numbers of a teacher's answer as a flat array, float64; their number is checked."""
        values = np.asarray(given)
        if values.dtype.kind not in "biuf" or values.size != n_wanted:
            raise ShapeError(
                f"the teacher answered {what} of shape {values.shape} and type {values.dtype}; expected {n_wanted} "
                f"numbers for {n_rows} observations and {self._space}. It was made for another environment."
            )
        return values.reshape(-1).astype(np.float64)

    def _one_hot(self, actions: np.ndarray, n_rows: int) -> np.ndarray:
        assert isinstance(self._space, Discrete)
        choices = actions.reshape(-1).astype(np.int64) - int(self._space.start)
        is_whole = np.array_equal(actions.reshape(-1), choices + int(self._space.start))
        if len(choices) != n_rows or not is_whole or not ((choices >= 0) & (choices < self._space.n)).all():
            raise ShapeError(
                f"the teacher answered {len(choices)} choices from {actions.min():g} to {actions.max():g}; expected "
                f"{n_rows} of {self._space}. It was made for another environment."
            )
        return np.eye(int(self._space.n), dtype=np.float32)[choices]

    def _checked(self, values: np.ndarray, n_rows: int) -> np.ndarray:
        if values.shape != (n_rows, self.size):
            raise ShapeError(
                f"the teacher's answer has shape {values.shape}; expected {(n_rows, self.size)} for {self._space}. It "
                "was made for another environment."
            )
        if not np.isfinite(values).all():
            raise ShapeError(
                "the teacher's answer is not finite; expected numbers. It was made for other observations."
            )
        return values
