from dataclasses import replace

import numpy as np
import pytest

from neurosim_rl.analysis.balance import draw_balance, synaptic_inputs
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.projection import Projection
from neurosim_rl.records.recording import Recording

EDGES_S = np.array([0.0, 0.04, 0.08])


@pytest.fixture
def wired(network: Network) -> Network:
    """Return the nine neurons with synapses from the input onto both hidden neurons, and from these onto outputs."""
    pre, post, weight_pa = np.array([0, 0, 3]), np.array([0, 1, 1]), np.array([10.0, -4.0, 100.0])
    onto_hidden = Projection("input", "hidden_1", pre, post, weight_pa, np.ones(3))
    onto_output = Projection.all_to_all("hidden_1", "output", np.array([[1.0, 2.0, 3.0], [-6.0, 0.0, -9.0]]), 1.0)
    return replace(network, projections=(onto_hidden, onto_output))


def test_input_is_weights_times_spikes_for_a_neuron_and_second(recording: Recording, wired: Network) -> None:
    # The first trial: neuron 0 spikes at 2 and 80 ms, hidden neuron 5 at 6 ms; a window is 40 ms.
    hidden, output = synaptic_inputs(recording.spikes.of(0), wired, EDGES_S)
    assert (hidden.population, output.population) == ("hidden_1", "output")
    assert hidden.excitatory == pytest.approx(np.array([10.0, 10.0]) / 0.04 / 2)
    assert hidden.inhibitory == pytest.approx(np.array([-4.0, -4.0]) / 0.04 / 2)
    assert output.excitatory == pytest.approx([0.0, 0.0])
    assert output.inhibitory == pytest.approx(np.array([-15.0, 0.0]) / 0.04 / 3)
    assert hidden.balance == pytest.approx(10 / 14)
    assert output.balance == 0.0
    assert hidden.unit == "pA"


def test_without_spikes_there_is_no_balance(recording: Recording, wired: Network) -> None:
    hidden, _ = synaptic_inputs(recording.spikes.of(7), wired, EDGES_S)
    assert np.isnan(hidden.balance)


def test_a_panel_for_each_population_has_both_clocks_and_units(recording: Recording, wired: Network) -> None:
    figure = draw_balance(recording.spikes.of(0), wired, EDGES_S, window_ms=40.0)
    upper, lower = figure.axes
    assert upper.get_title() == "hidden 1: 71 % of the input is excitatory"
    assert "pA / s" in upper.get_ylabel()
    assert lower.get_xlabel() == "biological time (s)"
    figure.draw_without_rendering()
    (above,) = upper.child_axes
    assert above.get_xlim() == pytest.approx((0.0, 2.0))
    sums = [patch.get_data().values for patch in upper.patches]  # type: ignore[attr-defined]
    assert sums[2] == pytest.approx(sums[0] + sums[1])
