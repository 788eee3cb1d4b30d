"""Measures of champions, with neurons and without."""

from itertools import pairwise

import numpy as np
import pytest

from neurosim_rl.execution import SerialExecutor
from neurosim_rl.measures.activity import Activity
from neurosim_rl.measures.champion import dense_twin, measures
from neurosim_rl.measures.measures import spiking_measures
from neurosim_rl.optimizees import TRAINED_NETWORKS, create_optimizee
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import ChampionRecord, read_champion
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end
from tests.tasks import EVERY_CHAMPION

TINY = {
    "generations": 1,
    "episodes": 1,
    "validation_episodes": 1,
    "workers": 1,
    "environment": {"kwargs": {"max_episode_steps": 12}},
    "optimizer": {"population": 4},
}


@pytest.mark.parametrize("name", EVERY_CHAMPION)
def test_every_shipped_champion_is_measured_from_its_recording(name: str) -> None:
    champion = read_champion(f"champion:{name}")
    optimizee, found = champion.optimizee(), measures(champion)
    if not optimizee.has_neurons:
        ties = 2 if champion.config.model.values().get("mirror") else 1  # two weights share a gene
        assert 0 < found.non_zero_weights <= ties * champion.vector.size
        assert np.isnan(found.spikes_per_step).all()
        return
    network = optimizee.network(champion.vector)
    bridge = sum(np.size(weights) for weights in (network.readout, network.read_in) if weights is not None)
    assert 0 < found.non_zero_weights <= network.n_synapses + bridge
    assert found.spikes_per_step.shape == champion.recording.lengths.shape
    neuron, carrier = champion.recording.spikes.neuron, network.bias_carrier
    n_sources = network.n_neurons - found.units - (carrier is not None)
    is_unit = neuron >= n_sources  # sources come first
    if carrier is not None:
        is_unit &= neuron != carrier
    spikes = is_unit.sum()
    assert (found.spikes_per_step * champion.recording.lengths).sum() == pytest.approx(spikes)
    assert (found.activation_sparsity > 0).all()
    assert (found.synaptic_operations_per_step > 0).all()
    assert set(found.energy_per_step_j) == {"loihi", "arm", "x86"}


def test_measures_over_the_recorded_starts_are_those_of_the_recording() -> None:
    champion = read_champion("champion:cart-pole")
    recorded, played = measures(champion), measures(champion, 10)
    np.testing.assert_array_equal(played.spikes_per_step, recorded.spikes_per_step)
    elsewhere = measures(champion, 11, first_seed=7)
    assert elsewhere.spikes_per_step.shape == (11,)
    assert not np.array_equal(elsewhere.spikes_per_step[:10], recorded.spikes_per_step)


@pytest.fixture(scope="module", params=["linear", "dense"])
def policy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ChampionRecord:
    path = tmp_path_factory.mktemp("measuring") / "run"
    config = check(configure("pendulum", TINY, {"model": {"name": request.param, "mirror": True}}))
    return run_to_end(config, RunFolder.create(path, config), executor=SerialExecutor())


def test_a_policy_has_weights_and_no_spikes_and_ties_do_not_hide_weights(policy: ChampionRecord) -> None:
    found = measures(policy)
    model = policy.optimizee().model
    sizes = model.sizes  # type: ignore[attr-defined]
    assert found.kind == "dense"
    assert (
        found.non_zero_weights
        <= found.synaptic_operations_per_step[0]
        == sum(before * after for before, after in pairwise(sizes))
    )
    assert found.genes == policy.optimizee().parameters.size < found.synaptic_operations_per_step[0] + sum(sizes[1:])
    assert "loihi" not in found.energy_per_step_j


def test_the_layers_of_a_policy_are_what_it_multiplies(policy: ChampionRecord) -> None:
    optimizee = policy.optimizee()
    genome = optimizee.parameters.to_genome(policy.vector)
    values = observations = np.array([[0.3, -0.2, 1.5]])
    low, high = optimizee.normalisation.bounds
    values = 2 * (np.clip(observations, low, high) - low) / (high - low) - 1
    *hidden, last = optimizee.model.layers(genome)  # type: ignore[attr-defined]
    for weights, biases in hidden:
        values = np.tanh(values @ weights + biases)
    expected = 2.0 * np.tanh(values @ last[0] + last[1])
    act = optimizee.model.act([genome], [0])  # type: ignore[attr-defined]
    np.testing.assert_allclose(act(observations, np.arange(1)), expected, atol=1e-9)


def test_the_dense_twin_has_about_as_many_weights() -> None:
    champion = read_champion("champion:mountain-car")
    found = dense_twin(champion, 95)
    assert found.non_zero_weights + found.biases == pytest.approx(95, abs=4)
    assert found.connection_sparsity == 0


def test_biases_that_a_neuron_carries_are_biases_and_the_neuron_is_not_counted() -> None:
    layers = {"normalisation": {"name": "none"}, "model": {"name": "lif", "hidden": [64, 5]}}
    optimizee = create_optimizee(configure("cart-pole", TRAINED_NETWORKS["snn"], layers))
    network = optimizee.network(optimizee.parameters.sample(np.random.default_rng(1)))
    counts = np.zeros((1, network.n_neurons), int)
    counts[0, [3, 64]] = 4, 10  # of the first layer, and of the neuron that carries biases
    found = spiking_measures(network, Activity(counts, np.array([10]), 10.0), n_observations=4, genes=1)
    assert found.non_zero_weights == 4 * 64 + 64 * 5 + 5 * 2
    assert found.biases == 64 + 5 + 2
    assert found.units == 64 + 5 + 2
    assert found.connection_sparsity == pytest.approx(1 - found.non_zero_weights / (4 * 64 + 71 * 71))
    assert found.updates_per_step == 71 * 10
    assert found.spikes_per_step.tolist() == [0.4]
    assert found.synaptic_operations_per_step.tolist() == pytest.approx([4 * 64 + 0.4 * 5])
