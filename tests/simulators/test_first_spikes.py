"""First spikes of some neurons in a record."""

import numpy as np

from neurosim_rl.bridge.decoder import NO_SPIKE
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.simulators.first_spikes import first_steps


def test_the_earliest_spike_of_each_neuron_counts_and_strangers_are_ignored() -> None:
    element = np.array([0, 0, 0, 2, 2, 3])
    neuron = np.array([4, 5, 5, 7, 4, 9])
    step = np.array([30, 12, 11, 8, 40, 1])
    spikes = Spikes.sorted(element, neuron, step, 0.1)
    found = first_steps(spikes, np.array([0, 2]), np.array([4, 5]))
    assert found.tolist() == [[30, 11], [40, NO_SPIKE]]


def test_without_spikes_all_neurons_are_silent() -> None:
    assert first_steps(Spikes.none(0.1), np.arange(2), np.arange(3)).tolist() == [[NO_SPIKE] * 3] * 2
