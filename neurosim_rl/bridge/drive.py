"""Drives: currents or spike trains that an encoder gives a simulator for one window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Currents:
    """Constant currents into the input neurons.

    Parameters
    ----------
    pa : float array, shape (n_rows, n_inputs)
        Current in pA during the whole window. Row r belongs to the running element number r.
    background : SpikeTrains or None
        Spikes of the population ``Network.background``.
    """

    pa: np.ndarray
    background: SpikeTrains | None = None

    @property
    def n_rows(self) -> int:
        """Number of running elements."""
        return len(self.pa)


@dataclass(frozen=True)
class SpikeTrains:
    """Spikes that the input population emits, on the simulation grid.

    Three parallel arrays, sorted by row, then input, then step.

    Parameters
    ----------
    row : int array, shape (n_spikes,)
        Index of the running element of each spike.
    input : int array, shape (n_spikes,)
        Index of the neuron within the input population.
    step : int array, shape (n_spikes,)
        Grid step of the window, from 1 to the last; the spike is emitted at the end of this step.
    n_rows : int
        Number of running elements.
    background : SpikeTrains or None
        Spikes of the population ``Network.background``; its `input` counts the neurons of that population.
    """

    row: np.ndarray
    input: np.ndarray
    step: np.ndarray
    n_rows: int
    background: SpikeTrains | None = None


Drive = Currents | SpikeTrains
"""Input of a simulator for one window."""
