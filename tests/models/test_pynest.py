"""Networks that a user's function makes in PyNEST."""

from __future__ import annotations

import dataclasses
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurosim_rl.bridge import Currents
from neurosim_rl.errors import ConfigurationError, NetworkError, PluginError
from neurosim_rl.models import PyNEST
from neurosim_rl.networks.live_network import LiveNetwork
from neurosim_rl.networks.network import Network
from neurosim_rl.settings import plugins
from neurosim_rl.simulators import create_simulator
from tests.models import pynest_functions as functions
from tests.structure import ROOT

pytestmark = pytest.mark.usefixtures("pynest_functions")
MODULE = "tests.models.pynest_functions"
WEIGHTS = {"weights": np.array([[700.0, 500.0], [300.0, 100.0]])}


def model(function: str, **options: Any) -> PyNEST:
    context: dict[str, Any] = {"n_inputs": 2, "n_outputs": 2, "spiking_input": False, "resolution_ms": 0.1}
    return PyNEST(**{**context, "readout_shape": None, "build": f"{MODULE}:{function}", **options})


def spikes_of(network: Network, seed: int = 1, simulator: str = "nest") -> list[tuple[int, int]]:
    with create_simulator(simulator) as opened:
        opened.build([network], record_spikes=True, noise_seeds=[seed] if network.random_models else None)
        opened.advance(Currents(np.array([[900.0, 600.0]])), 60.0, np.zeros(1, np.int64))
        spikes = opened.spikes()
    return list(zip(spikes.neuron.tolist(), spikes.step.tolist(), strict=True))


def spikes_in_plain_nest(function: Any) -> list[int]:
    """Return the number of spikes of each neuron of inputs and outputs, by NEST alone."""
    import nest

    nest.ResetKernel()
    nest.resolution = 0.1
    inputs, outputs = function(nest, WEIGHTS, np.random.default_rng(1), 2, 2)
    inputs.set(I_e=[900.0, 600.0])
    recorder = nest.Create("spike_recorder")
    nest.Connect(inputs + outputs, recorder)
    nest.Simulate(60.0)
    counts = np.bincount(recorder.get("events")["senders"], minlength=5)[1:].tolist()
    nest.ResetKernel()
    return counts


def test_a_network_of_a_function_spikes_as_in_plain_nest_and_in_the_compiled_simulator() -> None:
    network = model("feed_forward").network(WEIGHTS)
    assert [p.model for p in network.populations] == ["iaf_psc_alpha"] * 2
    np.testing.assert_array_equal(network.projections[0].weight_pa.reshape(2, 2), WEIGHTS["weights"])
    spikes = spikes_of(network)
    assert spikes == spikes_of(network, simulator="compiled")
    counts = np.bincount([neuron for neuron, _ in spikes], minlength=4).tolist()
    assert counts == spikes_in_plain_nest(functions.feed_forward)
    assert min(counts[:3]) > 0


def test_data_holds_rules_distributions_receptors_lists_gap_junctions_and_background() -> None:
    network = model("everything").network(WEIGHTS)
    sizes = {p.name: (p.size, p.model) for p in network.populations}
    assert sizes["layer"] == (6, "iaf_psc_exp")
    assert network.population("layer").parameters["t_ref"] == 1.0
    assert np.ptp(network.population("layer").parameters["V_m"]) > 0
    assert network.population("iaf_psc_exp_multisynapse").parameters["tau_syn"].tolist() == [[2.0, 5.0]]
    by_ends = {(p.source, p.target): p for p in network.projections}
    assert by_ends["input", "layer"].n_synapses == 6  # an indegree of 1
    assert by_ends["layer", "layer"].parameters == {"lambda": 0.02}
    assert by_ends["layer", "iaf_psc_exp_multisynapse"].parameters == {"receptor_type": 2}
    assert by_ends["output", "output"].synapse == "gap_junction"
    assert by_ends["output", "output"].n_synapses == 1
    assert "spike_recorder" not in network.first_neuron


def test_the_function_called_for_each_element_gives_the_spikes_of_the_data_and_another_seed_gives_other_noise() -> None:
    data, live = (model("everything", play=play).network(WEIGHTS) for play in ("data", "call"))
    assert isinstance(live, LiveNetwork)
    spikes = spikes_of(data)
    assert spikes
    assert spikes == spikes_of(live) == spikes_of(data)
    assert spikes != spikes_of(data, seed=2)


def test_all_genomes_get_the_same_draws_or_each_its_own() -> None:
    other = {"weights": WEIGHTS["weights"] / 2}

    def edges(draws: str, genome: Any) -> Any:
        [layer] = [
            p for p in model("everything", draws=draws).network(genome).projections if p.source == p.target == "layer"
        ]
        return layer.pre.tolist(), layer.post.tolist()

    assert edges("same", WEIGHTS) == edges("same", other)
    assert edges("genome", WEIGHTS) == edges("genome", WEIGHTS) != edges("genome", other)


def test_what_data_cannot_express_is_played_by_calls_and_says_why() -> None:
    network = model("dopaminergic").network(WEIGHTS)
    assert "stdp_dopamine_synapse has a volume transmitter" in network.plays_alone
    assert spikes_of(network) == spikes_of(network) != []
    with pytest.raises(NetworkError, match=r"data cannot express the network: stdp_dopamine_synapse has a volume"):
        model("dopaminergic", play="data").network(WEIGHTS)


@pytest.mark.parametrize(("name", "value"), [("use_wfr", False), ("wfr_tol", 0.01), ("eprop_update_interval", 500.0)])
def test_properties_that_the_function_gives_the_kernel_are_those_that_play(name: str, value: Any) -> None:
    network = model("of_kernel", arguments={"name": name, "value": value}).network(WEIGHTS)
    assert f"nest.{name} = {value} is a property of the kernel" in network.plays_alone
    with create_simulator("nest") as simulator:
        import nest

        usual = nest.get(name)
        simulator.build([network], noise_seeds=[1])
        assert nest.get(name) == value != usual
        simulator.build([model("everything").network(WEIGHTS)], noise_seeds=[1])
        assert nest.get(name) == usual


def test_a_simulator_that_holds_the_kernel_gives_its_batch_up_for_new_networks() -> None:
    made = model("feed_forward")
    network = made.network(WEIGHTS)
    with create_simulator("nest") as simulator:
        simulator.build([network])
        assert made.network(WEIGHTS) is network  # remembered: no call, the batch stays
        assert simulator.networks
        other = made.network({"weights": -WEIGHTS["weights"]})
        assert not simulator.networks
        simulator.build([other])
        assert simulator.advance(Currents(np.full((1, 2), 900.0)), 20.0, np.zeros(1, np.int64)).tolist() == [[0, 0]]


def test_networks_that_differ_in_weights_share_their_arrays() -> None:
    made = model("feed_forward")
    one, other = made.network(WEIGHTS), made.network({"weights": WEIGHTS["weights"] + 1})
    assert one.structure == other.structure


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("resetting", r"resetting reset NEST's kernel.*Leave nest\.ResetKernel\(\) out"),
        ("simulating", r"simulating simulated 1 ms\. Leave nest\.Simulate\(\) out"),
        ("parrots", "inputs of parrot_neuron, which takes no current I_e"),
        ("wrong", "wrong returned NodeCollection; expected inputs, outputs"),
        (
            "failing",
            r"failing raised NESTErrors.*iaf_psc_beta.*pynest_functions\.py:\d+\)|failing raised .*iaf_psc_beta",
        ),
    ],
)
def test_a_function_that_cannot_be_used_gets_one_line(function: str, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        model(function, genes=functions.GENES).network(WEIGHTS)


def test_a_network_of_another_size_than_encoder_and_decoder_is_refused() -> None:
    with pytest.raises(NetworkError, match=r"returned 2 inputs; expected 3, those of the encoder"):
        model("everything", n_inputs=3).network(WEIGHTS)
    with pytest.raises(NetworkError, match=r"it gives spikes; expected spike_generators"):
        model("feed_forward", spiking_input=True).network(WEIGHTS)


def test_genes_come_from_the_function_or_from_the_configuration() -> None:
    assert model("feed_forward", n_inputs=3).parameters.describe() == "weights (3, 2) in [-9000, 9000] x pA"
    assert model("feed_forward").sizes_from_task["genes"]["weights"]["shape"] == [2, 2]
    chosen = model("feed_forward", genes={"w": {"low": 0.0, "high": 2.0}}).parameters
    assert chosen.describe() == "w () in [0, 2] x 1"
    with pytest.raises(ConfigurationError, match=r"declares no genes. Set an attribute of the function"):
        _ = model("parrots").parameters
    with pytest.raises(ConfigurationError, match=r"unknown key in genes\.w 'lo'. Did you mean 'low'"):
        _ = model("parrots", genes={"w": {"low": 0.0, "high": 1.0, "lo": 3}}).parameters


@pytest.mark.parametrize(
    ("build", "message"),
    [
        ("", "model.build = '': expected module:function"),
        ("no_such_module:build", "there is no module 'no_such_module'"),
        (f"{MODULE}:no_such", "has no function 'no_such'"),
    ],
)
def test_a_function_that_is_not_there_gets_one_line(build: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "allowed", lambda: ("no_such_module", MODULE))
    with pytest.raises((ConfigurationError, PluginError), match=message):
        _ = model("feed_forward", build=build).function


def test_a_file_alone_does_not_load_a_function() -> None:
    assert plugins.names_in({"model": {"build": "somebody:build"}, "nest_modules": ["a-1"]}) == ("somebody", "a-1")
    with pytest.raises(PluginError, match=r"needs module 'somebody', which neither the command line"):
        _ = model("feed_forward", build="somebody:build").function


def test_from_pynest_returns_the_network_of_a_function() -> None:
    network = Network.from_pynest(functions.feed_forward, WEIGHTS, arguments={"n_inputs": 2, "n_outputs": 2})
    assert dataclasses.astuple(network.populations[0])[:2] == ("input", 2)
    assert network.n_synapses == 4


def test_genes_of_a_function_may_have_the_names_of_those_of_encoder_and_decoder_if_these_have_none() -> None:
    made = model("with_hidden", spiking_input=True)
    network = made.network({"read_in": np.array([300.0, 600.0])})
    weights = {p.source: p.weight_pa.tolist() for p in network.projections}
    assert [weights[name] for name in network.inputs] == [[300.0] * 4, [600.0] * 4]
    assert (network.read_in, network.readout) == (None, None)


def test_a_function_is_told_whether_its_inputs_get_spikes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = """
        def build(nest, genome, rng, n_inputs, n_outputs, spiking_input):
            inputs = nest.Create("spike_generator" if spiking_input else "iaf_psc_exp", n_inputs)
            outputs = nest.Create("iaf_psc_exp", n_outputs)
            nest.Connect(inputs, outputs, "all_to_all", {"weight": genome["weight"]})
            return inputs, outputs

        build.genes = {"weight": {"low": 0.0, "high": 1.0, "unit": "pA"}}
        """
    (tmp_path / "either_net.py").write_text(textwrap.dedent(source))
    monkeypatch.chdir(tmp_path)
    plugins.allow("either_net")
    for spiking in (False, True):
        made = model("feed_forward", build="either_net:build", spiking_input=spiking)
        assert made.network(made.parameters.to_genome(np.array([0.5]))).is_driven_by_spikes == spiking


def test_the_function_of_the_documentation_makes_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docs" / "how-to" / "networks.rst").read_text(encoding="utf-8")
    example = text[text.index("    UNIT_PA = 50.0") : text.index("In the folder of the file")]
    second = text[text.index("as ``my_ei.py``::") :]
    with_conductances = second[second.index("    def build(nest") : second.index("* A negative weight")]
    (tmp_path / "documented_net.py").write_text(textwrap.dedent(example))
    monkeypatch.chdir(tmp_path)
    plugins.allow("documented_net")
    made = model("feed_forward", build="documented_net:build")
    genome = made.parameters.to_genome(made.parameters.sample(np.random.default_rng(1)))
    network = made.network(genome)
    read_in = network.projections[0]
    np.testing.assert_array_equal(read_in.weight_pa, 50.0 * genome["read_in"][read_in.pre, read_in.post])
    assert [p.size for p in network.populations] == [2, 40, 2]

    (tmp_path / "documented_ei.py").write_text(textwrap.dedent(with_conductances))
    plugins.allow("documented_ei")
    made = model("feed_forward", build="documented_ei:build")
    network = made.network(made.parameters.to_genome(made.parameters.sample(np.random.default_rng(1))))
    assert [(p.name, p.size) for p in network.populations[1:3]] == [("excitatory", 20), ("inhibitory", 5)]
    (plastic,) = [p for p in network.projections if p.synapse == "stdp_synapse"]
    assert (plastic.source, plastic.target) == ("excitatory", "excitatory")
    (inhibition,) = [p for p in network.projections if p.source == "inhibitory"]
    assert np.all(inhibition.weight_pa < 0)
