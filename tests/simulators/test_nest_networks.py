"""What networks in NEST can have: several inputs and outputs, receptors, gap junctions, recordings of any variable."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurosim_rl.bridge import Currents, SpikeTrains
from neurosim_rl.bridge.drive import Drive
from neurosim_rl.errors import SimulatorError, UnknownNameError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.simulators import Simulator, create_simulator

TWO = np.arange(2)
ONE = np.zeros(1, np.int64)


def one_to_one(
    source: str, target: str, weight: float, synapse: str = "static_synapse", **parameters: int
) -> Projection:
    return Projection(source, target, TWO, TWO, np.full(2, weight), np.ones(2), synapse, parameters)


def parallel(inputs: str = "iaf_psc_alpha") -> Network:
    """Return two lanes of two neurons; inputs and outputs of the lanes are populations of their own."""
    populations = tuple(Population(name, 2, inputs) for name in ("in_a", "in_b"))
    populations += tuple(Population(name, 2) for name in ("out_a", "out_b"))
    projections = one_to_one("in_a", "out_a", 9000.0), one_to_one("in_b", "out_b", 9000.0)
    return Network(populations, projections, ("in_a", "in_b"), ("out_a", "out_b"))


@pytest.mark.parametrize("simulator", ["nest", "compiled"])
def test_several_inputs_and_outputs_play_in_their_order(simulator: str) -> None:
    with create_simulator(simulator) as opened:
        opened.build([parallel()])
        counts = opened.advance(Currents(np.array([[0.0, 900.0, 0.0, 2000.0]])), 60.0, ONE)[0]
        swapped = replace(parallel(), output=("out_b", "out_a"))
        if simulator == "compiled":
            with pytest.raises(SimulatorError, match="needs output populations one behind the other"):
                opened.build([swapped])
            return
        opened.build([swapped])
        other = opened.advance(Currents(np.array([[0.0, 900.0, 0.0, 2000.0]])), 60.0, ONE)[0]
    assert counts[[0, 2]].tolist() == [0, 0]
    assert 0 < counts[1] < counts[3]
    assert other.tolist() == counts[[2, 3, 0, 1]].tolist()


@pytest.mark.parametrize("simulator", ["nest", "compiled"])
@pytest.mark.parametrize("driven_by", ["currents", "spikes"])
def test_several_inputs_and_outputs_play_in_a_batch_as_alone(simulator: str, driven_by: str) -> None:
    network = parallel() if driven_by == "currents" else parallel(SPIKE_SOURCE)
    pa = np.array([[0.0, 900.0, 0.0, 2000.0], [1500.0, 0.0, 800.0, 0.0]])
    trains = SpikeTrains(np.array([0, 0, 1, 1, 1]), np.array([1, 3, 0, 2, 2]), np.array([5, 9, 7, 20, 90]), 2)
    drive = Currents(pa) if driven_by == "currents" else trains
    drives = [drive] + [one_of(drive, row) for row in (0, 1)]
    counts, membranes = [], []
    with create_simulator(simulator) as opened:
        for each in drives:
            opened.build([network] * each.n_rows)
            counts.append(opened.advance(each, 60.0, np.arange(each.n_rows)))
            membranes.append(opened.output_mv())
    np.testing.assert_array_equal(counts[0], np.concatenate(counts[1:]))
    np.testing.assert_array_equal(membranes[0], np.concatenate(membranes[1:]))
    assert (counts[0] > 0).tolist() == [[False, True, False, True], [True, False, True, False]]


def one_of(drive: Drive, row: int) -> Drive:
    """Return the drive of one row."""
    if isinstance(drive, Currents):
        return Currents(drive.pa[row : row + 1])
    mine = drive.row == row
    return SpikeTrains(drive.row[mine] - row, drive.input[mine], drive.step[mine], 1)


def receiving(receptor: int, model: str = "iaf_psc_exp_multisynapse", **parameters: object) -> Network:
    out = Population("out", 2, model, parameters)
    return Network((Population("in", 2), out), (one_to_one("in", "out", 300.0, receptor_type=receptor),), "in", "out")


def test_a_receptor_with_a_slow_current_lifts_the_membrane_for_longer(nest_simulator: Simulator) -> None:
    above = []
    for receptor in (1, 2):
        network = receiving(receptor, tau_syn=(2.0, 8.0))
        nest_simulator.build([network], record_membranes=True)
        nest_simulator.advance(Currents(np.array([[900.0, 0.0]])), 30.0, ONE)
        v_mv = nest_simulator.membranes().v_mv[0, 2]
        above.append(float((v_mv + 70.0).sum()))
    # The area under the membrane's answer is that of the current: proportional to the time constant.
    assert above[1] > 2 * above[0] > 0


def test_a_gap_junction_pulls_a_neuron_that_gets_no_current(nest_simulator: Simulator) -> None:
    populations = (Population("n", 2, "hh_psc_alpha_gap"),)
    index = np.zeros(1, np.int64)
    junction = Projection("n", "n", index, index + 1, np.full(1, 5.0), np.ones(1), "gap_junction")
    last_mv = []
    for projections in ((), (junction,)):
        network = Network(populations, projections, "n", "n")
        nest_simulator.build([network], record_membranes=True)
        nest_simulator.advance(Currents(np.array([[300.0, 0.0]])), 20.0, ONE)
        assert nest_simulator.weights_pa() == ([[]] if not projections else [[np.array([5.0])]])
        last_mv.append(nest_simulator.membranes().v_mv[0, 1, -1])
    assert last_mv[1] > last_mv[0] + 0.5
    with pytest.raises(
        SimulatorError, match=r"gap_junction: NEST iterates all neurons.*Build one network at a time\.$"
    ):
        nest_simulator.build([network, network])


def test_any_variable_is_recorded_with_nan_where_a_model_has_none(nest_simulator: Simulator) -> None:
    network = receiving(0, "iaf_cond_exp")
    nest_simulator.record_variables(network, ("g_ex",))
    nest_simulator.build([network], record_membranes=True)
    nest_simulator.advance(Currents(np.array([[900.0, 0.0]])), 20.0, ONE)
    g_ns = nest_simulator.recorded("g_ex")[0]
    assert np.isnan(g_ns[:2]).all()
    assert g_ns[2].max() >= 300.0  # a spike adds its weight, in nS
    assert not g_ns[3].any()
    with pytest.raises(
        UnknownNameError, match=r"unknown variable of the network's neurons 'g_exx'. Did you mean 'g_ex'"
    ):
        nest_simulator.record_variables(network, ("g_exx",))


def test_a_network_without_membranes_plays_and_says_so(nest_simulator: Simulator) -> None:
    network = receiving(0, "parrot_neuron")
    nest_simulator.build([network], record_membranes=True)
    assert nest_simulator.advance(Currents(np.array([[900.0, 0.0]])), 20.0, ONE)[0, 0] > 0
    with pytest.raises(SimulatorError, match="output neurons have no membrane V_m to read"):
        nest_simulator.output_mv()
    assert np.isnan(nest_simulator.membranes().v_mv[0, 2:]).all()
