"""Lone neurons in the NEST simulator against closed forms."""

import numpy as np
import pytest

from neurosim_rl.bridge import Currents
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.simulators import Simulator


def lone_neurons(size: int, model: str = "iaf_psc_alpha", **parameters: float) -> Network:
    return Network((Population("n", size, model, parameters),), (), "n", "n", 0.1)


def test_a_subthreshold_membrane_follows_the_closed_form(nest_simulator: Simulator) -> None:
    # iaf_psc_alpha without spikes: V = E_L + I tau / C (1 - exp(-t / tau)); NEST's defaults: tau 10 ms, C 250 pF.
    currents = np.array([[0.0, 100.0, -300.0, 374.0]])
    nest_simulator.build([lone_neurons(4)], record_membranes=True)
    nest_simulator.advance(Currents(currents), 50.0, np.zeros(1, np.int64))
    membranes = nest_simulator.membranes()
    assert membranes.time_ms[[0, 1]].tolist() == [0.1, 0.2]
    expected = -70.0 + currents.T * 10.0 / 250.0 * (1 - np.exp(-membranes.time_ms / 10.0))
    assert membranes.v_mv.shape == (1, 4, 500)
    np.testing.assert_allclose(membranes.v_mv[0], expected, rtol=0, atol=1e-10)


def test_a_new_current_starts_from_the_membrane_the_last_one_left(nest_simulator: Simulator) -> None:
    nest_simulator.build([lone_neurons(1)], record_membranes=True)
    for pa in (300.0, 0.0):
        nest_simulator.advance(Currents(np.array([[pa]])), 10.0, np.zeros(1, np.int64))
    v_mv = nest_simulator.membranes().v_mv[0, 0] + 70.0
    peak = 300.0 * 10 / 250 * (1 - np.exp(-1))
    np.testing.assert_allclose(v_mv[99], peak, atol=1e-10)
    np.testing.assert_allclose(v_mv[198], peak * np.exp(-0.99), atol=1e-10)


@pytest.mark.parametrize("current_pa", [376.0, 400.0, 700.0, 5000.0, 40000.0])
def test_a_constant_current_fires_at_the_analytic_rate(nest_simulator: Simulator, current_pa: float) -> None:
    # From rest to threshold, 15 mV: tau ln(V / (V - 15)) with V = I tau / C, rounded up to the grid; then 2 ms pause.
    v_infinity = current_pa * 10.0 / 250.0
    rise = int(np.ceil(10.0 * np.log(v_infinity / (v_infinity - 15.0)) / 0.1))
    nest_simulator.build([lone_neurons(1)], record_spikes=True)
    counts = nest_simulator.advance(Currents(np.array([[current_pa]])), 200.0, np.zeros(1, np.int64))
    expected = list(range(rise, 2001, rise + 20))
    assert nest_simulator.spikes().step.tolist() == expected
    assert counts.tolist() == [[len(expected)]]
    np.testing.assert_allclose(nest_simulator.spikes().time_ms, np.array(expected) * 0.1)


@pytest.mark.parametrize(
    "model",
    ["iaf_psc_alpha", "iaf_psc_exp", "iaf_psc_delta", "iaf_psc_exp_htum", "iaf_psc_alpha_multisynapse"],
)
def test_inputs_that_slept_until_their_first_current_spike_as_if_awake(nest_simulator: Simulator, model: str) -> None:
    # Recording membranes keeps every neuron awake.
    networks = [lone_neurons(3, model, t_ref=1.0) if model != "iaf_psc_exp_htum" else lone_neurons(3, model)] * 2
    drives = np.array([[[0, 0, 900.0], [0, 0, 0]], [[0, 800.0, 0], [0, 0, 0]], [[0, 700.0, 0], [650.0, 0, -100.0]]])
    spikes = []
    for awake in (False, True):
        nest_simulator.build(networks, record_spikes=True, record_membranes=awake)
        for pa in drives:
            nest_simulator.advance(Currents(pa), 30.0, np.arange(2))
        found = nest_simulator.spikes()
        spikes.append([found.element.tolist(), found.neuron.tolist(), found.step.tolist()])
    assert spikes[0] == spikes[1]
    assert set(zip(*spikes[0][:2], strict=True)) == {(0, 1), (0, 2), (1, 0)}
