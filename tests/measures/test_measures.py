"""Measures against counts by hand, and against what Vasilache et al. 2025 publish."""

from dataclasses import replace

import numpy as np
import pytest

from neurosim_rl.errors import ShapeError
from neurosim_rl.measures.activity import Activity
from neurosim_rl.measures.energy import DEVICES, dense_operations
from neurosim_rl.measures.measures import Measures, dense_measures, spiking_measures
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.records.recording import Recording


def synapses(source: str, target: str, pre: list[int], post: list[int], weight_pa: list[float]) -> Projection:
    arrays = (np.array(pre), np.array(post), np.array(weight_pa), np.ones(len(pre)))
    return Projection(source, target, *arrays)


def recurrent(n: int = 3) -> Network:
    """Return three neurons: 0 -> 1, 0 -> 2 (weight 0), 2 -> 2; two observed variables; neuron 1 is read out."""
    return Network(
        (Population("neurons", n, "iaf_psc_exp"),),
        (synapses("neurons", "neurons", [0, 0, 2], [1, 2, 2], [5.0, 0.0, -7.0]),),
        input="neurons",
        output="neurons",
        resolution_ms=1.0,
        read_in=np.array([[1.0, 0.0, 0.0], [2.0, 0.0, -1.0]]),
        readout=np.array([[0.0], [4.0], [0.0]]),
    )


def of(counts: list[list[int]], n_windows: list[int], window_ms: float = 10.0) -> Activity:
    return Activity(np.array(counts), np.array(n_windows), window_ms)


def test_a_small_recurrent_network_is_counted_by_hand() -> None:
    found = spiking_measures(recurrent(), of([[6, 4, 2], [0, 0, 0]], [2, 5]), n_observations=2, genes=99)
    assert (found.genes, found.units, found.biases) == (99, 3, 0)
    assert found.non_zero_weights == 3 + 2 + 1  # read-in, synapses, read-out
    assert found.connection_sparsity == pytest.approx(1 - 6 / (2 * 3 + 3 * 3 + 3 * 1))
    assert found.updates_per_step == 3 * 10
    assert found.spikes_per_step.tolist() == [6.0, 0.0]
    assert found.rate_hz.tolist() == pytest.approx([200.0, 0.0])  # 2 spikes a neuron in 10 ms
    assert found.activation_sparsity.tolist() == pytest.approx([1 - 6 / 30, 1.0])
    assert found.activation_sparsity_published.tolist() == pytest.approx([1 - 6 / 50, 1.0])
    # In each step neuron 0 spikes 3 times onto 1, neuron 1 twice onto the action, neuron 2 once onto itself.
    assert found.synaptic_operations_per_step.tolist() == [3 + 2 + 1 + 3, 3.0]
    assert found.energy_per_step_j["loihi"].tolist() == pytest.approx(
        [9 * 27.1e-12 + 30 * 81e-12, 3 * 27.1e-12 + 30 * 81e-12]
    )
    assert found.energy_per_step_j["arm"].tolist() == pytest.approx([39 * 0.9e-9, 33 * 0.9e-9])
    assert found.energy_per_step_j["x86"].tolist() == pytest.approx([39 * 8.6e-9, 33 * 8.6e-9])


def test_sources_cost_operations_but_are_no_neurons() -> None:
    network = Network(
        (Population("input", 2, "spike_generator"), Population("output", 1)),
        (synapses("input", "output", [0, 1], [0, 0], [5.0, 5.0]),),
        input="input",
        output="output",
        resolution_ms=0.5,
    )
    found = spiking_measures(network, of([[8, 4, 2]], [2]), n_observations=7, genes=2)
    assert (found.units, found.updates_per_step, found.non_zero_weights) == (1, 20, 2)
    assert found.connection_sparsity == pytest.approx(1 - 2 / 3)  # two sources and itself could reach the neuron
    assert found.spikes_per_step.tolist() == [1.0]
    assert found.activation_sparsity.tolist() == pytest.approx([1 - 1 / 20])
    assert found.activation_sparsity_published.tolist() == pytest.approx([1 - 7 / 60])
    assert found.synaptic_operations_per_step.tolist() == [6.0]


@pytest.mark.parametrize(
    ("n_observations", "spikes", "published_percent", "strict_percent"),
    [(8, 940, 80, 77), (11, 1120, 77, 73), (17, 1470, 72, 64), (17, 1690, 67, 59), (105, 3680, 66, 10)],
    ids=["swimmer", "hopper", "half-cheetah", "walker2d", "ant"],
)
def test_the_published_activation_sparsity_comes_out_and_is_less_without_the_inputs(
    n_observations: int, spikes: int, published_percent: int, strict_percent: int
) -> None:
    """Spikes per step and sparsity are those of Vasilache et al. 2025: 64 neurons, 64 steps of 1 ms."""
    network = Network((Population("neurons", 64),), (), input="neurons", output="neurons", resolution_ms=1.0)
    counts = np.full((1, 64), spikes / 64)
    found = spiking_measures(network, Activity(counts, np.array([1]), 64.0), n_observations=n_observations, genes=1)
    assert found.activation_sparsity_published[0] * 100 == pytest.approx(published_percent, abs=1)
    assert found.activation_sparsity[0] * 100 == pytest.approx(strict_percent, abs=1)


def test_a_dense_network_is_counted_by_hand() -> None:
    weights = [np.array([[1.0, 0.0], [2.0, 3.0], [0.0, 4.0]]), np.array([[5.0], [6.0]])]
    found = dense_measures(weights, [np.array([1.0, 0.0]), np.array([2.0])], genes=11)
    assert (found.kind, found.genes, found.non_zero_weights, found.biases, found.units) == ("dense", 11, 6, 2, 3)
    assert found.connection_sparsity == pytest.approx(2 / 8)
    assert found.synaptic_operations_per_step.tolist() == [8.0]  # zeros are multiplied as well
    assert set(found.energy_per_step_j) == {"arm", "x86"}
    assert found.energy_per_step_j["arm"].tolist() == pytest.approx([11 * 0.9e-9])
    assert np.isnan(found.spikes_per_step).all()


def test_silence_is_sparse_and_a_trial_without_a_step_has_no_value() -> None:
    silent = spiking_measures(recurrent(), of([[0, 0, 0]], [3]), n_observations=2, genes=1)
    assert silent.activation_sparsity.tolist() == silent.activation_sparsity_published.tolist() == [1.0]
    with np.errstate(invalid="ignore"):
        unplayed = spiking_measures(recurrent(), of([[0, 0, 0]], [0]), n_observations=2, genes=1)
    assert np.isnan(unplayed.activation_sparsity).all()


def test_activity_counts_every_spike_where_it_belongs(recording: Recording, network: Network) -> None:
    found = Activity.of(recording, network, 20.0)
    assert found.counts.shape == (2, 9)
    assert np.argwhere(found.counts).tolist() == [[0, 0], [0, 5], [0, 8], [1, 3]]
    assert found.counts[0, 0] == 2
    assert found.n_windows.tolist() == [4, 6]
    assert found.rate_hz[0] == pytest.approx(2 / (10 * 0.02))
    assert Activity.join([found, found]).counts.shape == (4, 9)


def test_a_recording_of_a_larger_network_is_refused(recording: Recording) -> None:
    small = Network((Population("output", 3),), (), input="output", output="output")
    with pytest.raises(ShapeError, match=r"spikes of neuron 8; the network has 3"):
        Activity.of(recording, small, 20.0)


@pytest.mark.parametrize("device", sorted(DEVICES))
def test_a_device_names_the_source_of_its_constants(device: str) -> None:
    assert "20" in DEVICES[device].source
    assert DEVICES[device].energy_j(0, 0) == 0
    assert DEVICES[device].energy_j(10, 0) > 0


def test_operations_of_a_dense_network_are_products_of_neighbours() -> None:
    assert dense_operations((8, 64, 64, 2)) == (8 * 64 + 64 * 64 + 64 * 2, 130)
    assert dense_operations((17, 6)) == (102, 6)


def test_more_spikes_cost_more_energy_on_every_device() -> None:
    few, many = (
        spiking_measures(recurrent(), of([[n, n, n]], [2]), n_observations=2, genes=1).energy_per_step_j for n in (1, 2)
    )
    assert all(many[name] > few[name] for name in DEVICES)


def test_measures_can_be_replaced_and_work_out_their_energies_again() -> None:
    found = dense_measures([np.ones((2, 1))], [np.zeros(1)], genes=3)
    doubled = replace(found, synaptic_operations_per_step=np.array([2000.0]))
    assert isinstance(doubled, Measures)
    assert doubled.energy_per_step_j["x86"][0] > 100 * found.energy_per_step_j["x86"][0]
