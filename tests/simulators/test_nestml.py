"""Neurons and synapses in NESTML, built for the installed NEST."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neurosim_rl as nrl
from neurosim_rl.bridge import Currents, SpikeTrains
from neurosim_rl.cli.main import main
from neurosim_rl.errors import ConfigurationError, ExchangeError, NeurosimError, PluginError
from neurosim_rl.exchange.pynest import write_pynest
from neurosim_rl.networks.built_modules import built_module, modules_folder, nest_version, record_of
from neurosim_rl.networks.nest_module import NestModule
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import SPIKE_SOURCE, Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.networks.shipped_modules import SUBTRACTIVE_MODULE
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.settings import plugins
from neurosim_rl.simulators import create_simulator, nest_config
from neurosim_rl.simulators.nestml import BuiltModule, Pair, build_module
from neurosim_rl.training.configure import configure
from tests.exchange.short_champions import recorded

FILES = sorted((Path(__file__).parents[2] / "examples" / "nestml").glob("*.nestml"))
ONE = np.zeros(1, np.int64)


@pytest.fixture(scope="module")
def built(nestml_tools: None) -> BuiltModule:
    """The three models of the examples, in one module; compiled once for a source and a NEST, then cached."""
    return build_module(FILES)


@pytest.fixture
def module(built: BuiltModule, monkeypatch: pytest.MonkeyPatch) -> NestModule:
    """The module, which the user has allowed."""
    monkeypatch.setattr(plugins, "allowed", lambda: (built.name,))
    return built_module(built.name)


@pytest.mark.nestml
def test_a_module_is_built_once_and_knows_its_models_and_sources(built: BuiltModule) -> None:
    assert built.nodes == ("adaptive_neuron", "subtractive_neuron")
    assert "fading_synapse" in built.synapses
    assert build_module(FILES) == replace(built, is_new=False)
    sources = record_of(built.name)["sources"]
    assert sources["fading.nestml"]["text"] == FILES[1].read_text(encoding="utf-8")  # type: ignore[index]


@pytest.mark.nestml
def test_a_subtractive_reset_keeps_what_is_above_the_threshold(module: NestModule) -> None:
    network = Network((Population("n", 1, "subtractive_neuron"),), (), "n", "n", 0.1, nest_modules=(module,))
    assert not network.random_models
    with create_simulator("nest") as simulator:
        simulator.build([network], record_spikes=True)
        simulator.advance(Currents(np.array([[900.0]])), 200.0, ONE)
        steps = simulator.spikes().step
    # V = 900 pA * 10 ms / 250 pF = 36 mV at the end of a rise; the threshold is 15 mV.
    decay, v, expected = np.exp(-0.1 / 10.0), 0.0, []
    for step in range(1, 2001):
        v = v * decay + 36.0 * (1 - decay)
        if v >= 15.0:
            v -= 15.0
            expected.append(step)
    assert len(expected) > 20
    # The drive may arrive a step later than in this loop; all else is the same.
    assert len(np.unique(steps[: len(expected)] - expected[: len(steps)])) == 1


@pytest.mark.nestml
def test_a_fading_synapse_loses_a_fifth_of_its_efficacy_with_each_spike(module: NestModule) -> None:
    parrot = Population("relay", 1, "parrot_neuron")
    out = Population("out", 1, "iaf_psc_delta", {"tau_m": 1e6, "C_m": 250.0})
    index, weight = np.zeros(1, np.int64), np.array([1.0])
    first = Projection("in", "relay", index, index, weight, np.array([1.0]))
    second = Projection("relay", "out", index, index, weight, np.array([1.0]), "fading_synapse", {"tau_rec": 1e9})
    populations = (Population("in", 1, SPIKE_SOURCE), parrot, out)
    network = Network(populations, (first, second), "in", "out", 0.1, nest_modules=(module,))
    drive = SpikeTrains(np.zeros(3, np.int64), np.zeros(3, np.int64), np.array([10, 110, 210]), 1)
    with create_simulator("nest") as simulator:
        simulator.build([network], record_membranes=True)
        simulator.advance(drive, 50.0, ONE)
        v_mv = simulator.membranes().v_mv[0, 2]
    jumps = np.diff(v_mv)
    np.testing.assert_allclose(jumps[jumps > 0.01], [1.0, 0.8, 0.64], atol=1e-3)


@pytest.mark.nestml
def test_a_task_plays_a_nestml_neuron_alone_as_in_a_batch_after_each_reset(built: BuiltModule) -> None:
    model = {"neuron": "adaptive_neuron", "neuron_parameters": {}}
    config = configure("cart-pole", model=model, nest_modules=[built.name], seed=4)
    assert config.simulator == "nest"
    optimizee = create_optimizee(config)
    vector = optimizee.parameters.sample(np.random.default_rng(1))
    assert not optimizee.network(vector).plays_alone  # it draws no random numbers, so that a batch shares a kernel
    elements = optimizee.evaluation_elements([1, 2])
    together = optimizee.play([vector], elements, record=True)
    assert together.spikes is not None
    assert len(together.spikes)
    alone = optimizee.play([vector], elements[1:], record=True)
    assert alone.spikes is not None
    assert together.spikes.of(1).step.tolist() == alone.spikes.step.tolist()


EVOLVED: dict[str, dict[str, Any]] = {
    "adaptive_neuron": {"neuron": "adaptive_neuron", "neuron_parameters": {}},
    "subtractive_neuron": {"neuron": "subtractive_neuron", "neuron_parameters": {}, "weight_unit_pa": 1.0},
    "fading_synapse": {"name": "pynest", "build": "tests.models.nestml_functions:fading"},
}
"""Settings of the model with which each model of the examples takes part in a network."""


@pytest.mark.nestml
@pytest.mark.parametrize("name", EVOLVED)
def test_each_model_of_the_examples_evolves_and_its_champion_is_verified(
    built: BuiltModule, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    short = {"generations": 3, "episodes": 1, "environment": {"kwargs": {"max_episode_steps": 40}}}
    optimizer = {"name": "genetic", "population": 6}
    run = nrl.evolve(
        "cart-pole",
        short,
        seed=3,
        model=EVOLVED[name],
        optimizer=optimizer,
        nest_modules=[built.name],
        out=out,
        progress=False,
    )
    network = run.champion.network
    assert name in {*(p.model for p in network.populations), *(p.synapse for p in network.projections)}
    assert len(run.history) == 3 * 6
    capsys.readouterr()
    assert main(["verify", str(out), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["spikes_compared"] > 100
    assert (found["spikes_differing"], found["actions_differing"]) == (0, 0)


@pytest.mark.nestml
@pytest.mark.parametrize("is_shipped", [False, True], ids=["of the user", "of the package"])
def test_a_script_of_a_nestml_network_gives_the_recorded_spikes_and_holds_the_sources(
    built: BuiltModule, module: NestModule, is_shipped: bool, tmp_path: Path
) -> None:
    short = {"kwargs": {"max_episode_steps": 10}}
    if is_shipped:
        champion = recorded("CartPole-v1", model={"reset": "subtract", "initial_limit": 3.0}, environment=short)
        source, path = Path(SUBTRACTIVE_MODULE.path), build_module([Path(SUBTRACTIVE_MODULE.path)]).library
    else:
        model = {"neuron": "adaptive_neuron", "neuron_parameters": {}}
        champion = recorded("cart-pole", model=model, nest_modules=[built.name], environment=short)
        source, path = FILES[1], Path(module.path)
    script = tmp_path / "script.py"
    write_pynest(champion, script)
    library = tmp_path / "elsewhere" / path.name  # NEST looks for a symbol of the file's name
    library.parent.mkdir()
    library.symlink_to(path)
    command = [
        sys.executable,
        "-I",
        str(Path(__file__).parents[1] / "exchange" / "alone.py"),
        str(tmp_path),
        str(script),
    ]
    for options in ([], ["--modules", str(library)]):
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        spikes = champion.recording.spikes.of(0)
        with np.load(tmp_path / "script.npz") as file:
            np.testing.assert_array_equal(file["neuron"], spikes.neuron)
            np.testing.assert_array_equal(file["step"], spikes.step)
        assert len(spikes.step) > 20
        (tmp_path / "script.npz").unlink()
    sources = [node for node in ast.parse(script.read_text()).body if "SOURCES" in ast.unparse(node)[:7]]
    text = "\n".join(ast.literal_eval(sources[0].value)[source.name])  # type: ignore[attr-defined]
    assert text == source.read_text(encoding="utf-8").rstrip("\n")


@pytest.mark.parametrize("text", ["", "neuron a_neuron:\n"])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.nestml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ExchangeError, match=r"has no line 'model NAME:'; expected a model in NESTML"):
        build_module([path])


@pytest.mark.parametrize(
    ("files", "pairs", "message"),
    [
        ({"a/n.nestml": "model one:", "b/n.nestml": "model two:"}, [], r"a/n\.nestml and .*b/n\.nestml have the same"),
        ({"a.nestml": "model one:", "b.nestml": "model one:"}, [], r"model 'one' is in .*a\.nestml and in .*b\.nestml"),
        ({"a.nestml": "model one:\n\nmodel one:"}, [], r"model 'one' is in .*a\.nestml and in .*a\.nestml"),
        ({"a.nestml": "model one:"}, [Pair("on", "one")], "unknown model in --pair 'on'. Did you mean 'one'"),
        ({"a.nestml": "model one:"}, [Pair("one", "two")], "unknown model in --pair 'two'"),
    ],
)
def test_names_that_are_taken_or_missing_are_told_before_anything_is_built(
    files: dict[str, str], pairs: list[Pair], message: str, tmp_path: Path
) -> None:
    paths = [tmp_path / name for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    with pytest.raises(NeurosimError, match=message):
        build_module(paths, pairs)


def test_a_machine_without_a_compiler_gets_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ExchangeError, match=r"needs cmake, make, g\+\+, which .* apt-get install cmake g\+\+ \(or"):
        nest_config.check_tools()


def test_a_missing_header_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nest_config.shutil, "which", lambda program, path=None: f"/usr/bin/{program}")
    monkeypatch.setattr(nest_config, "_has_header", lambda header: header != "ltdl.h")
    with pytest.raises(ExchangeError, match=r"needs ltdl\.h, .* apt-get install libltdl-dev"):
        nest_config.check_tools()


def test_a_pair_of_neuron_and_synapse_is_read_from_the_command_line() -> None:
    assert Pair.read("a+b:post_spikes") == Pair("a", "b", ("post_spikes",))
    with pytest.raises(ExchangeError, match=r"--pair a: expected NEURON\+SYNAPSE"):
        Pair.read("a")


def test_a_module_that_is_not_there_or_for_another_nest_gets_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(PluginError, match="needs module 'mine-1', which neither the command line"):
        built_module("mine-1")
    monkeypatch.setattr(plugins, "allowed", lambda: ("mine-1", "/no/such.so"))
    with pytest.raises(ConfigurationError, match=r"'mine-1' is not built on this machine, for NEST"):
        built_module("mine-1")
    with pytest.raises(ConfigurationError, match=r"there is no file /no/such\.so"):
        built_module("/no/such.so")
    folder = modules_folder() / "mine-1"
    folder.mkdir(parents=True)
    facts = {"nest": "2.20", "library": "mine.so", "deterministic": ["mine"], "sources": {}}
    (folder / "module.json").write_text(json.dumps(facts), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"was built for NEST 2\.20; NEST .* is installed"):
        built_module("mine-1")
    (folder / "module.json").write_text(json.dumps({**facts, "nest": nest_version()}), encoding="utf-8")
    assert built_module("mine-1") == NestModule("mine-1", str(folder / "mine.so"), ("mine",))
    assert main(["nestml", str(tmp_path / "no.nestml")]) == 2
    assert "No such file" in capsys.readouterr().err


def test_a_pipe_and_an_endless_file_are_no_models(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.nestml")
    with open(tmp_path / "sparse.nestml", "wb") as file:
        file.truncate(2**40)
    for name, reason in (("pipe", "it is no regular file"), ("sparse", "it has 1099511627776 bytes"), ("absent", "No")):
        with pytest.raises(ExchangeError, match=f"cannot read .*{name}.nestml: {reason}"):
            build_module([tmp_path / f"{name}.nestml"])
