"""The contract of simulators: by name, from opening to closing, and the spikes they record."""

import numpy as np
import pytest

from neurosim_rl.bridge import Currents
from neurosim_rl.errors import UnknownNameError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.simulators import SIMULATORS, Simulator, create_simulator


def network() -> Network:
    projection = Projection.all_to_all("in", "out", np.ones((2, 3)), 1.0)
    return Network((Population("in", 2), Population("out", 3)), (projection,), "in", "out")


def test_an_unknown_simulator_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown simulator 'nst'\. Did you mean 'nest'"):
        create_simulator("nst")


@pytest.mark.parametrize("name", SIMULATORS)
def test_every_registered_simulator_can_be_opened_built_and_closed(name: str) -> None:
    with create_simulator(name) as simulator:
        assert isinstance(simulator, Simulator)
        simulator.build([network()] * 2, record_spikes=True)
        counts = simulator.advance(Currents(np.zeros((2, 2))), 20.0, np.arange(2))
        assert counts.tolist() == [[0, 0, 0]] * 2
        assert len(simulator.spikes()) == 0


def test_recorded_spikes_are_sorted_by_element_step_and_neuron() -> None:
    element, neuron, step = np.array([1, 0, 0, 0]), np.array([0, 5, 2, 1]), np.array([1, 3, 3, 9])
    spikes = Spikes.sorted(element, neuron, step, 0.5)
    assert spikes.element.tolist() == [0, 0, 0, 1]
    assert spikes.neuron.tolist() == [2, 5, 1, 0]
    assert spikes.time_ms.tolist() == [1.5, 1.5, 4.5, 0.5]
    assert len(spikes) == 4
    assert spikes.of(1).step.tolist() == [1]
    assert len(spikes.of(7)) == 0
