"""Recorded spikes and membrane potentials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Spikes:
    """Recorded spikes of all neurons, as parallel arrays sorted by element, step, neuron.

    Parameters
    ----------
    element : int array, shape (n_spikes,)
        Index of the network in the batch.
    neuron : int array, shape (n_spikes,)
        Index of the neuron, counted through the network's populations.
    step : int array, shape (n_spikes,)
        Number of the grid step; the neuron spiked at its end. The first step after ``build`` is 1.
    resolution_ms : float
        Length of a step.
    """

    element: np.ndarray
    neuron: np.ndarray
    step: np.ndarray
    resolution_ms: float

    @classmethod
    def sorted(cls, element: np.ndarray, neuron: np.ndarray, step: np.ndarray, resolution_ms: float) -> Spikes:
        """Return spikes sorted by element, then step, then neuron."""
        order = np.lexsort((neuron, step, element))  # lexsort's last key is the first to sort by
        return cls(element[order], neuron[order], step[order], resolution_ms)

    @classmethod
    def none(cls, resolution_ms: float) -> Spikes:
        """Return an empty record."""
        empty = np.zeros(0, np.int64)
        return cls(empty, empty, empty, resolution_ms)

    @classmethod
    def join(cls, parts: Sequence[Spikes]) -> Spikes:
        """Return the spikes of elements that were played one after the other, numbered in that order."""
        element = np.concatenate([np.full(len(part), k) for k, part in enumerate(parts)])
        neuron, step = np.concatenate([(part.neuron, part.step) for part in parts], axis=1)
        return cls(element, neuron, step, parts[0].resolution_ms)

    @property
    def time_ms(self) -> np.ndarray:
        """Time of each spike in ms since ``build``, shape (n_spikes,)."""
        return self.step * self.resolution_ms

    def of(self, element: int) -> Spikes:
        """Return the spikes of one element; ``element`` keeps its index in the batch."""
        mine = self.element == element
        return Spikes(self.element[mine], self.neuron[mine], self.step[mine], self.resolution_ms)

    def between(self, start_ms: float, end_ms: float) -> Spikes:
        """Return the spikes after `start_ms` and up to `end_ms`."""
        # A spike is on the grid: a millionth of a step absorbs the rounding of steps to ms.
        rounding_ms = 1e-6 * self.resolution_ms
        inside = (self.time_ms > start_ms + rounding_ms) & (self.time_ms <= end_ms + rounding_ms)
        return Spikes(self.element[inside], self.neuron[inside], self.step[inside], self.resolution_ms)

    def __len__(self) -> int:
        """Return the number of spikes."""
        return len(self.step)

    def __repr__(self) -> str:
        """Return one line."""
        n_neurons = len(np.unique(self.neuron))
        return f"<{len(self)} Spikes of {n_neurons} neurons on a grid of {self.resolution_ms:g} ms>"


@dataclass(frozen=True)
class Membranes:
    """Recorded membrane potentials.

    Parameters
    ----------
    time_ms : array, shape (n_times,)
        Time of each grid step since ``build``, in ms.
    v_mv : array, shape (n_batch, n_neurons, n_times)
        Membrane potential in mV; NaN for spike sources and after an element has ended.
    """

    time_ms: np.ndarray
    v_mv: np.ndarray

    def __repr__(self) -> str:
        """Return one line."""
        n_batch, n_neurons, n_times = self.v_mv.shape
        return f"<Membranes of {n_neurons} neurons in {n_batch} networks at {n_times} times (mV)>"
