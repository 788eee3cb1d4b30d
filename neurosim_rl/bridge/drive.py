"""What an encoder gives a simulator for one window: currents, or spike trains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Currents:
    """Constant currents into the input neurons.

    Parameters
    ----------
    pa : float array, shape (n_rows, n_inputs)
        Current in pA during the whole window. Row r belongs to the r-th running element.
    """

    pa: np.ndarray

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
        Which running element.
    input : int array, shape (n_spikes,)
        Which neuron of the input population.
    step : int array, shape (n_spikes,)
        Grid step at whose end the spike is emitted, 1 to the window's last step.
    n_rows : int
        Number of running elements.
    """

    row: np.ndarray
    input: np.ndarray
    step: np.ndarray
    n_rows: int


Drive = Currents | SpikeTrains
"""What a simulator takes."""
