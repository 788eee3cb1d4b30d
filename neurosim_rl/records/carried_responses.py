"""Answers over a grid of two observed variables, of a network in the state of one step of an episode."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurosim_rl.records.spikes import Spikes


@dataclass(frozen=True)
class CarriedResponses:
    """Answers to each observation of a grid, in the step of a recorded episode.

    Parameters
    ----------
    window : int
        Step of the episode, from 0; the network has its state before this step.
    n_before : int
        Windows of the episode that the network plays before, from rest; all of them if equal to `window`.
    axes : tuple of int
        Observed variables on x and y; the others have their values of the step.
    x, y : array, shapes (n_x,) and (n_y,)
    observation, action : array, shapes (n_observations,) and (n_dimensions,)
        Observation and action of the recorded step.
    answer : array, shape (n_dimensions,)
        Action that the network gives here to the recorded observation.
    counts : int array, shape (n_y, n_x, n_outputs)
        Spikes of each output neuron in the window.
    actions : array, shape (n_y, n_x, n_dimensions)
    spikes : Spikes
        Spikes of all neurons in the window; ``element`` is the cell, row by row, and ``step`` counts from its begin.
    """

    window: int
    n_before: int
    axes: tuple[int, int]
    x: np.ndarray
    y: np.ndarray
    observation: np.ndarray
    action: np.ndarray
    answer: np.ndarray
    counts: np.ndarray
    actions: np.ndarray
    spikes: Spikes

    @property
    def agrees(self) -> bool:
        """Whether the network gives the recorded observation the recorded action."""
        return bool(np.array_equal(self.answer, self.action))

    def __repr__(self) -> str:
        """Return one line."""
        n_y, n_x, _ = self.counts.shape
        return f"<CarriedResponses of {n_x} x {n_y} cells over variables {self.axes}, step {self.window}>"
