"""The steps that a student learns from: inputs, targets, and where episodes end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from neurosim_rl.errors import ShapeError


@dataclass(frozen=True)
class TaughtSteps:
    """Steps of some environments side by side, without a break but the ends of episodes.

    Parameters
    ----------
    features : array, shape (n_steps, n_environments, n_inputs)
        Inputs of the network, float32.
    targets : array, shape (n_steps, n_environments, n_targets)
        See `neurosim_rl.gradient.teacher.Targets`.
    ended : bool array, shape (n_steps, n_environments)
        Whether an episode ended with the step.
    values : array, shape (n_steps, n_environments), or (0, n_environments)
        Values that the teacher told; empty: none.
    """

    features: np.ndarray
    targets: np.ndarray
    ended: np.ndarray
    values: np.ndarray

    def __len__(self) -> int:
        """Return the number of steps in each environment."""
        return len(self.features)

    def closed(self) -> TaughtSteps:
        """Return the same steps with an end after the last one: what follows was not played from here."""
        ended = self.ended.copy()
        ended[-1:] = True
        return TaughtSteps(self.features, self.targets, ended, self.values)

    def since(self, first: int) -> TaughtSteps:
        """Return the steps from one on."""
        return TaughtSteps(self.features[first:], self.targets[first:], self.ended[first:], self.values[first:])

    @classmethod
    def join(cls, parts: Sequence[TaughtSteps]) -> TaughtSteps:
        """Return the steps of several parts, one after the other."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__dataclass_fields__))

    @classmethod
    def empty(cls, n_environments: int, n_inputs: int, n_targets: int) -> TaughtSteps:
        """Return no steps."""
        return cls(
            np.zeros((0, n_environments, n_inputs), np.float32),
            np.zeros((0, n_environments, n_targets), np.float32),
            np.zeros((0, n_environments), bool),
            np.zeros((0, n_environments), np.float32),
        )


@dataclass(frozen=True)
class Sequences:
    """Sequences of steps for one update, of shape (n_steps, n_sequences, ...) each; values None: none are known."""

    features: Tensor
    targets: Tensor
    ended: Tensor
    values: Tensor | None


class StepMemory:
    """All steps so far, up to a number; then the oldest are dropped.

    Parameters
    ----------
    steps : TaughtSteps
        Steps to begin with.
    most : int
        Largest number of steps, of all environments together.
    """

    def __init__(self, steps: TaughtSteps, most: int) -> None:
        self._most = max(1, most // steps.features.shape[1])
        self._steps = steps.since(max(0, len(steps) - self._most))

    def __len__(self) -> int:
        """Return the number of steps in each environment."""
        return len(self._steps)

    def add(self, steps: TaughtSteps) -> None:
        """Add steps after those that are there.

        Raises
        ------
        ShapeError
            When only one of the two has values.
        """
        if len(self) and bool(len(self._steps.values)) != bool(len(steps.values)):
            raise ShapeError("the teacher tells values at some observations only; expected always, or never.")
        joined = TaughtSteps.join([self._steps, steps])
        self._steps = joined.since(max(0, len(joined) - self._most))

    def draw(self, n_sequences: int, n_steps: int) -> Sequences:
        """Return sequences that begin anywhere, by PyTorch's random generator."""
        n_environments = self._steps.ended.shape[1]
        begin = torch.randint(0, len(self) - n_steps + 1, (n_sequences,)).numpy()
        rows = begin + np.arange(n_steps)[:, None]
        columns = torch.randint(0, n_environments, (n_sequences,)).numpy()[None]
        values = self._steps.values
        return Sequences(
            torch.from_numpy(self._steps.features[rows, columns]),
            torch.from_numpy(self._steps.targets[rows, columns]),
            torch.from_numpy(self._steps.ended[rows, columns]),
            torch.from_numpy(values[rows, columns]) if len(values) else None,
        )
