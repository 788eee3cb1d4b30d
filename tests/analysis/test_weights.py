from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from neurosim_rl.analysis import Labels
from neurosim_rl.analysis.style import BLUE, VERMILLION
from neurosim_rl.analysis.weight_matrix import network_matrices, policy_matrices
from neurosim_rl.analysis.weights import draw_weights, plot_weights
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection


@pytest.fixture
def wired(network: Network) -> Network:
    """Return the nine neurons with three synapses, two of them between the same neurons, read-in and read-out."""
    pre, post, weight_pa = np.array([0, 0, 3]), np.array([1, 1, 0]), np.array([2.0, 3.0, -4.0])
    synapses = Projection("input", "hidden_1", pre, post, weight_pa, np.ones(3))
    return replace(network, projections=(synapses,), read_in=np.ones((3, 4)), readout=-np.ones((3, 3)))


def test_a_network_has_matrices_of_read_in_projections_and_read_out(wired: Network, labels: Labels) -> None:
    read_in, synapses, readout = network_matrices(wired, labels)
    assert [m.title for m in (read_in, synapses, readout)] == ["read-in", "input to hidden 1", "read-out"]
    assert read_in.source_names == ("position", "velocity", "bias")
    assert readout.target_names == ("left", "none", "right")
    expected = np.full((4, 2), np.nan)
    expected[0, 1], expected[3, 0] = 5.0, -4.0  # two synapses between the same neurons are summed
    np.testing.assert_array_equal(synapses.values, expected)
    assert (read_in.unit, synapses.unit, readout.unit) == ("pA", "pA", "1")


def test_weights_are_drawn_around_zero_with_their_unit(wired: Network, labels: Labels) -> None:
    ax = plot_weights(network_matrices(wired, labels)[1])
    (image,) = ax.images
    assert image.get_clim() == (-5.0, 5.0)
    highest, lowest = image.get_cmap()(1.0), image.get_cmap()(0.0)
    for colour, sign in ((highest, BLUE), (lowest, VERMILLION)):  # excitation and inhibition as in all figures
        assert (colour[2] > colour[0]) == (to_rgb(sign)[2] > to_rgb(sign)[0])
    shown: Any = np.ma.asarray(image.get_array())
    assert shown.shape == (2, 4)
    assert shown.mask.sum() == 6  # pairs without a synapse
    assert (shown[1, 0], shown[0, 3]) == (5.0, -4.0)
    assert [other.get_ylabel() for other in ax.figure.axes if other is not ax] == ["weight (pA)"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("source: input", "target: hidden 1")
    assert ax.get_title() == "input to hidden 1: 1 weights above 0, 1 below"


def test_names_stand_at_rows_and_columns(wired: Network, labels: Labels) -> None:
    figure = draw_weights(network_matrices(wired, labels), title="a network")
    first, _, last = [ax for ax in figure.axes if ax.get_label() != "<colorbar>"]
    assert [tick.get_text() for tick in first.get_xticklabels()] == ["position", "velocity", "bias"]
    assert [tick.get_text() for tick in last.get_yticklabels()] == ["left", "none", "right"]


def test_projections_between_the_same_populations_share_a_matrix(wired: Network, labels: Labels) -> None:
    (synapses,) = wired.projections
    biases = Projection("input", "hidden_1", np.array([2, 2]), np.array([0, 1]), np.array([7.0, 8.0]), np.ones(2))
    plastic = replace(synapses, synapse="stdp_synapse", weight_pa=np.abs(synapses.weight_pa))
    both = replace(wired, projections=(synapses, biases, plastic), read_in=None, readout=None)
    together, apart = network_matrices(both, labels)
    expected = np.full((4, 2), np.nan)
    expected[0, 1], expected[3, 0], expected[2] = 5.0, -4.0, (7.0, 8.0)
    np.testing.assert_array_equal(together.values, expected)
    assert np.isfinite(apart.values).sum() == 2


def test_the_first_layer_of_a_network_with_biases_is_called_so(wired: Network, labels: Labels) -> None:
    read_in, synapses, _ = network_matrices(replace(wired, bias_carrier=3), labels)
    assert (read_in.target, synapses.title) == ("target: first layer", "first layer to hidden 1")


def test_layers_of_a_policy_have_their_biases_last(labels: Labels) -> None:
    layers = [(np.ones((2, 5)), np.full(5, -1.0)), (np.full((5, 3), 2.0), np.zeros(3))]
    first, second = policy_matrices(layers, labels)
    assert first.source_names == ("position", "velocity", "bias")
    assert first.values[:2].min() == 1.0
    assert (first.values[2] == -1.0).all()
    assert (first.target, second.source) == ("unit of layer 1", "unit of layer 1")
    assert second.target_names == ("left", "none", "right")


def test_a_matrix_becomes_a_data_frame_with_its_names(wired: Network, labels: Labels) -> None:
    read_in, synapses, _ = network_matrices(wired, labels)
    assert read_in.to_frame().index.tolist() == ["position", "velocity", "bias"]
    frame = synapses.to_frame()
    assert (frame.index.name, frame.columns.name) == ("source: input", "target: hidden 1")
    assert (frame.loc[0, 1], frame.loc[3, 0]) == (5.0, -4.0)


def test_long_names_of_columns_take_no_space_from_the_panel(wired: Network, labels: Labels) -> None:
    heights = []
    for observations in (labels.observations, ("angular velocity of the front right ankle (rad/s)", "position (m)")):
        figure = draw_weights(network_matrices(wired, replace(labels, observations=observations)))
        figure.draw_without_rendering()
        heights.append(figure.axes[0].get_position().height * figure.get_figheight())
    assert heights[1] > 0.9 * heights[0]


def test_a_single_neuron_has_the_number_0_and_titles_stay_over_their_panel(labels: Labels) -> None:
    network = Network((Population("input", 4), Population("interneuron", 1)), (), input="input", output="interneuron")
    synapses = Projection("input", "interneuron", np.arange(4), np.zeros(4, int), np.full(4, 2.0), np.ones(4))
    (matrix,) = network_matrices(replace(network, projections=(synapses,)), labels)
    ax = plot_weights(matrix)
    assert ax.get_yticks().tolist() == [0]
    title = plot_weights(replace(matrix, title="layer 1 of 2, biases in the last column")).get_title()
    assert max(map(len, title.splitlines())) <= 52
