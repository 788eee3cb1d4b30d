"""Spiking models, all of them first: a genome becomes a network that NEST takes. Then the feed-forward one."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from neurosim_rl.errors import ConfigurationError, SimulatorError
from neurosim_rl.models import MODELS, FeedForward, SpikingModel
from neurosim_rl.networks.network import Network
from neurosim_rl.simulators import Simulator
from tests.components import create, resolve

SPIKING = [name for name, cls in MODELS.items() if issubclass(cls, SpikingModel)]


pytestmark = pytest.mark.usefixtures("pynest_functions")
N_JOINT = {name: MODELS[name].n_joint(resolve("model", MODELS, {"name": name})) for name in SPIKING}  # type: ignore[attr-defined]
"""Neurons of each model, by its defaults, that are input and output at once."""
BY_MEMBRANE = {"lif"}
"""Models whose output neurons never spike."""


def build(name: str, **options: Any) -> SpikingModel:
    n = N_JOINT[name]
    context = {"n_inputs": n or 6, "n_outputs": n or 3, "spiking_input": False, "resolution_ms": 0.1}
    context |= {"readout_shape": (n, 2) if n and name not in BY_MEMBRANE else None}
    context |= {"read_in_shape": (4, n), "reads_membrane": name in BY_MEMBRANE} if n else {}
    context |= {key: options.pop(key) for key in (context.keys() | {"read_in_shape"}) & options.keys()}
    if name == "pynest":
        function = "of_spikes" if context["spiking_input"] else "feed_forward"
        options["build"] = f"tests.models.pynest_functions:{function}"
    model = create("model", MODELS, {"name": name, **options}, **context)
    assert isinstance(model, SpikingModel)
    return model


def random_network(model: SpikingModel, seed: int = 0) -> tuple[Network, dict[str, np.ndarray]]:
    genome = model.parameters.to_genome(model.parameters.sample(np.random.default_rng(seed)))
    return model.network(genome), genome


def feed_forward(**options: Any) -> FeedForward:
    model = build("feed-forward", **options)
    assert isinstance(model, FeedForward)
    return model


@pytest.mark.parametrize("name", [name for name in SPIKING if not N_JOINT[name]])
def test_a_read_in_gene_of_1_is_300_pa_for_each_unit_of_an_observation(name: str) -> None:
    network, genome = random_network(build(name, read_in_shape=(4, 6)))
    np.testing.assert_array_equal(network.read_in, genome["read_in"] * 300.0)


def test_the_published_network_has_315_weights_of_20_times_100_pa() -> None:
    model = feed_forward(n_inputs=60)
    assert model.sizes == (60, 5, 3)
    assert model.parameters.size == 315
    assert set(model.parameters.low) == {-20.0}
    assert set(model.parameters.high) == {20.0}
    assert {p.unit for p in model.parameters.parameters} == {"100 pA"}
    network = model.network(model.parameters.to_genome(np.full(315, 20.0)))
    assert {w for p in network.projections for w in p.weight_pa} == {2000.0}
    assert {d for p in network.projections for d in p.delay_ms} == {1.0}
    assert all(p.parameters == {"t_ref": 1.0} and p.model == "iaf_psc_alpha" for p in network.populations)


@pytest.mark.parametrize(
    ("hidden", "names"),
    [
        ((), ["input", "output"]),
        ((4,), ["input", "hidden_1", "output"]),
        ((4, 7), ["input", "hidden_1", "hidden_2", "output"]),
    ],
)
def test_each_layer_projects_to_the_next(hidden: tuple[int, ...], names: list[str]) -> None:
    network, genome = random_network(feed_forward(hidden=hidden, weight_unit_pa=50.0))
    assert [p.name for p in network.populations] == names
    assert [(p.source, p.target) for p in network.projections] == list(pairwise(names))
    for k, projection in enumerate(network.projections):
        weights = genome[f"weights_{k}"]
        assert weights.shape == (network.population(names[k]).size, network.population(names[k + 1]).size)
        assert projection.weight_pa.tolist() == (weights.ravel() * 50.0).tolist()


def test_first_genes_lie_within_the_initial_limit_and_never_beyond_the_bounds() -> None:
    assert np.abs(random_network(feed_forward(initial_limit=0.5))[1]["weights_0"]).max() <= 0.5
    model = feed_forward(initial_limit=99.0, weight_limit=2.0)
    assert np.abs(model.parameters.sample(np.random.default_rng(0))).max() <= 2.0


def test_without_a_readout_or_a_read_in_there_is_none() -> None:
    network, genome = random_network(feed_forward())
    assert network.readout is None
    assert network.read_in is None
    assert genome.keys() == {"weights_0", "weights_1"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hidden": [0]}, r"model\.hidden = 0 is out of range; expected at least 1"),
        ({"hidden": [-3, 2]}, "out of range"),
        ({"hidden": [3.0, 2.5]}, r"model\.hidden = \[3\.0, 2\.5\]: expected whole numbers, got 2\.5"),
        ({"weight_limit": 0}, "out of range"),
        ({"delay_ms": 0.0}, "out of range"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        feed_forward(**options)


def test_an_unknown_neuron_is_told_by_the_simulator(nest_simulator: Simulator) -> None:
    with pytest.raises(SimulatorError, match="iaf_psc_alpa"):
        nest_simulator.build([random_network(feed_forward(neuron="iaf_psc_alpa"))[0]])
