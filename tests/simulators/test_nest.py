"""The life of the NEST simulator: one kernel a process, and errors that leave it usable."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import nest
import numpy as np
import pytest

from neurosim_rl.bridge import SpikeTrains
from neurosim_rl.errors import NetworkError, SimulatorError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.simulators import Simulator, create_simulator
from tests.simulators.networks import ONE, drive, network, spiking_network, works

# --- one kernel ---


def test_a_second_simulator_in_a_process_is_refused_until_the_first_is_closed() -> None:
    with create_simulator("nest") as first:
        with pytest.raises(SimulatorError, match=r"another NestSimulator is open in this process.*Close it first"):
            create_simulator("nest")
        assert works(first)
    with create_simulator("nest") as second:
        first.close()
        assert works(second)


def test_a_simulator_that_was_forgotten_gives_its_kernel_back() -> None:
    forgotten = create_simulator("nest")
    forgotten.build([network()])
    del forgotten
    gc.collect()
    assert nest.network_size == 0
    with create_simulator("nest") as simulator:
        assert works(simulator)


@pytest.fixture
def foreign_nodes() -> Iterator[Any]:
    nest.ResetKernel()
    yield nest.Create("iaf_psc_alpha", 3, {"V_m": -60.5})
    nest.ResetKernel()


def test_nodes_of_somebody_else_are_refused_and_left_untouched(foreign_nodes: Any) -> None:
    with pytest.raises(SimulatorError, match=r"holds 3 nodes that are not neurosim-rl's.*nest\.ResetKernel\(\)"):
        create_simulator("nest")
    assert nest.network_size == 3
    assert foreign_nodes.V_m == (-60.5,) * 3


def test_a_closed_simulator_says_so_and_leaves_an_empty_kernel() -> None:
    simulator = create_simulator("nest")
    assert works(simulator)
    simulator.close()
    simulator.close()
    assert nest.network_size == 0
    with pytest.raises(SimulatorError, match=r"this NestSimulator is closed\. Make a new one"):
        simulator.build([network()])
    with pytest.raises(SimulatorError, match="closed"):
        simulator.advance(drive(1), 20.0, ONE)


def test_building_replaces_what_was_there(nest_simulator: Simulator) -> None:
    nest_simulator.build([network()] * 3, record_spikes=True)
    nest_simulator.advance(drive(3), 20.0, np.arange(3))
    nest_simulator.build([network()] * 2, record_spikes=True)
    assert nest.network_size == 2 * 4 + 1
    assert len(nest_simulator.spikes()) == 0
    counts = nest_simulator.advance(drive(2), 20.0, np.arange(2))
    assert nest_simulator.spikes().step.max() <= 200
    assert (counts[0] == counts[1]).all()


# --- errors ---


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (network(model="iaf_psc_alfa"), "NEST refuses the network: UnknownModelName: iaf_psc_alfa"),
        (network(tau_q=1.0), "NEST refuses the network: .*tau_q"),
        (network(tau_m=-1.0), "NEST refuses the network: BadProperty: .*Membrane time constant must be > 0"),
        (network(model="poisson_generator"), "NEST refuses the network: IllegalConnection"),
    ],
)
def test_what_nest_refuses_is_told_and_the_kernel_stays_usable(
    nest_simulator: Simulator, broken: Network, message: str
) -> None:
    with pytest.raises(SimulatorError, match=message):
        nest_simulator.build([broken])
    with pytest.raises(SimulatorError, match=r"advance\(\) before build\(\)"):
        nest_simulator.advance(drive(1), 20.0, ONE)
    assert works(nest_simulator)


def test_networks_that_set_different_parameters_are_refused(nest_simulator: Simulator) -> None:
    with pytest.raises(SimulatorError, match=r"'out': all networks of a batch must set \['tau_m'\]"):
        nest_simulator.build([network(tau_m=5.0), network()])
    assert nest.network_size == 0
    assert works(nest_simulator)


def test_a_numerical_instability_is_told_and_the_kernel_stays_usable(nest_simulator: Simulator) -> None:
    unstable = Network((Population("in", 2, "aeif_cond_alpha"),), (), "in", "in")
    nest_simulator.build([unstable])
    with pytest.raises(SimulatorError, match=r"NEST gave up: NumericalInstability: .*[^.]\. Check currents"):
        nest_simulator.advance(drive(1, -1e9), 20.0, ONE)
    with pytest.raises(SimulatorError, match=r"advance\(\) before build\(\)"):
        nest_simulator.advance(drive(1), 20.0, ONE)
    assert works(nest_simulator)


def test_networks_of_different_layouts_are_refused(nest_simulator: Simulator) -> None:
    with pytest.raises(NetworkError, match="2 different layouts"):
        nest_simulator.build([network(), spiking_network()])


@pytest.mark.parametrize("ask", ["spikes", "membranes", "weights_pa"])
def test_asking_before_building_is_refused(nest_simulator: Simulator, ask: str) -> None:
    with pytest.raises(SimulatorError, match=r"were not recorded\. Build with|before build\(\)"):
        getattr(nest_simulator, ask)()


def test_what_was_not_recorded_cannot_be_asked_for(nest_simulator: Simulator) -> None:
    nest_simulator.build([network()])
    with pytest.raises(SimulatorError, match="Build with record_spikes=True"):
        nest_simulator.spikes()
    with pytest.raises(SimulatorError, match="Build with record_membranes=True"):
        nest_simulator.membranes()


def test_a_refused_window_or_drive_changes_nothing(nest_simulator: Simulator) -> None:
    nest_simulator.build([network()], record_spikes=True)
    with pytest.raises(SimulatorError, match="not a multiple of the resolution"):
        nest_simulator.advance(drive(1), 20.05, ONE)
    with pytest.raises(SimulatorError, match=r"drive\.pa\[0, 0\] is nan"):
        nest_simulator.advance(drive(1, np.nan), 20.0, ONE)
    with pytest.raises(SimulatorError, match="driven by currents, got spike trains"):
        nest_simulator.advance(SpikeTrains(ONE, ONE, ONE + 1, 1), 20.0, ONE)
    assert nest.biological_time == 0
    counts = nest_simulator.advance(drive(1), 20.0, ONE)
    spikes = nest_simulator.spikes().step.tolist()
    nest_simulator.build([network()], record_spikes=True)
    np.testing.assert_array_equal(nest_simulator.advance(drive(1), 20.0, ONE), counts)
    assert nest_simulator.spikes().step.tolist() == spikes
