"""The first spike of each neuron of a population, of recorded spikes."""

from __future__ import annotations

import numpy as np

from neurosim_rl.bridge.decoder import NO_SPIKE
from neurosim_rl.records.spikes import Spikes


def first_steps(spikes: Spikes, elements: np.ndarray, neurons: np.ndarray) -> np.ndarray:
    """Return the step of each neuron's first spike, int, shape (n_rows, n_neurons); `NO_SPIKE` for silent neurons.

    Parameters
    ----------
    spikes : Spikes
        Those of other elements and neurons are ignored.
    elements : int array, shape (n_rows,)
        Elements of the rows, in ascending order.
    neurons : int array, shape (n_neurons,)
        The neurons, counted through the network's populations.
    """
    first = np.full((len(elements), len(neurons)), NO_SPIKE)
    column_of = np.full(max(neurons.max(initial=0), spikes.neuron.max(initial=0)) + 1, -1)
    column_of[neurons] = np.arange(len(neurons))
    column = column_of[spikes.neuron]
    mine = (column >= 0) & np.isin(spikes.element, elements)
    row = np.searchsorted(elements, spikes.element[mine])
    np.minimum.at(first, (row, column[mine]), spikes.step[mine])
    return first
