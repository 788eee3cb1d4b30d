"""Networks as NIR files: round trips, snnTorch, and errors where neurons do not match."""

import json
import math
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

nir = pytest.importorskip("nir", reason="needs the extra [gradient]")

from neurosim_rl.cli import main  # noqa: E402
from neurosim_rl.errors import (  # noqa: E402
    ConfigurationError,
    ExchangeError,
    PluginError,
    SimulatorError,
    UnknownNameError,
)
from neurosim_rl.evaluation.replay import record  # noqa: E402
from neurosim_rl.exchange.nir import read_nir, write_nir  # noqa: E402
from neurosim_rl.optimizees import ClosedLoop, Settings, create_optimizee, learner_settings  # noqa: E402
from neurosim_rl.training.check import check  # noqa: E402
from neurosim_rl.training.configure import configure  # noqa: E402

pytestmark = pytest.mark.gradient

SHORT = {"environment": {"kwargs": {"max_episode_steps": 30}}}


def task(**model: Any) -> ClosedLoop:
    layers = {"model": {"name": "lif", "hidden": [9, 7], **model}}
    return create_optimizee(configure("cart-pole", learner_settings("cart-pole", "ppo", "snn"), SHORT, layers))


def genome(optimizee: ClosedLoop) -> np.ndarray:
    """Return genes that single precision holds."""
    vector = 2 * optimizee.parameters.sample(np.random.default_rng(4))
    return vector.astype(np.float32).astype(np.float64)


def settled(optimizee: ClosedLoop) -> ClosedLoop:
    """Return the same with what its normalisation measured, as champions have it."""
    return create_optimizee(optimizee.completed())


@pytest.mark.parametrize(("outputs", "recurrent", "dt_s"), [("li", False, 1e-4), ("lif", False, 1e-3), ("li", True, 1)])
def test_a_round_trip_gives_the_same_network_and_spikes(
    tmp_path: Path, outputs: str, recurrent: bool, dt_s: float
) -> None:
    optimizee = settled(task(recurrent=recurrent, decay=1 / 3, threshold=math.sqrt(0.5)))
    vector = genome(optimizee)
    write_nir(optimizee, vector, tmp_path / "network.nir", outputs=outputs, dt_s=dt_s)
    again, same = read_nir(tmp_path / "network.nir", None)
    assert again.config == optimizee.config
    np.testing.assert_array_equal(same, vector)
    mine, theirs = record(optimizee, vector, [1, 2]), record(again, same, [1, 2])
    np.testing.assert_array_equal(mine.spikes.step, theirs.spikes.step)
    np.testing.assert_array_equal(mine.traces.actions, theirs.traces.actions)


def test_snntorch_spikes_as_nest_does_and_its_file_comes_back(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("snntorch")
    pytest.importorskip("nirtorch")
    from snntorch.export_nir import export_to_nir
    from snntorch.import_nir import import_from_nir

    optimizee = task()
    vector = genome(optimizee)
    recording = record(optimizee, vector, [3])
    write_nir(optimizee, vector, tmp_path / "ours.nir", outputs="lif")
    theirs = import_from_nir(nir.read(tmp_path / "ours.nir"))
    spikes = _spikes_of(theirs, optimizee, recording.traces.observations[0, : recording.lengths[0]], torch)
    in_nest = recording.spikes
    for layer, found in zip((np.arange(9), np.arange(10, 17)), spikes, strict=True):  # neuron 9 carries biases
        expected = np.zeros((int(recording.lengths[0]), len(layer)))
        of_layer = np.isin(in_nest.neuron, layer)
        expected[(in_nest.step[of_layer] - 1) // optimizee.encoder.n_steps, in_nest.neuron[of_layer] - layer[0]] = 1
        np.testing.assert_array_equal(found, expected)
        assert 5 < expected.sum() < expected.size - 5
        assert len(np.unique(expected, axis=0)) > 1

    module = torch.nn.Sequential(*(_written_as_vectors(layer, torch) for layer in _modules(theirs)))
    graph = export_to_nir(module, torch.zeros(1, 4), ignore_dims=[0])
    nir.write(tmp_path / "theirs.nir", graph)
    again, same = read_nir(tmp_path / "theirs.nir", "cart-pole", SHORT, reset="zero")
    np.testing.assert_allclose(same, vector, atol=1e-7)
    back = record(again, same, [3])
    assert len(back.spikes) == len(in_nest)
    np.testing.assert_array_equal(back.spikes.neuron, in_nest.neuron)
    np.testing.assert_array_equal(back.spikes.step, in_nest.step)


def _modules(executor: Any) -> list[Any]:
    """Return the layers of an imported network in the order of our chain."""
    found = {name.replace(".", "_"): m for name, m in executor.named_modules()}
    return [found[name] for name in ("affine_0", "lif_0", "affine_1", "lif_1", "affine_2", "membranes")]


def _written_as_vectors(layer: Any, torch: Any) -> Any:
    """Return a layer that snnTorch can write: a decay and a threshold for each neuron."""
    import snntorch

    if not isinstance(layer, snntorch.Leaky):
        return layer
    threshold = layer.threshold * torch.ones(len(layer.beta))
    return snntorch.Leaky(layer.beta, threshold, reset_mechanism="zero", init_hidden=True, reset_delay=False)


def _spikes_of(executor: Any, optimizee: ClosedLoop, observed: np.ndarray, torch: Any) -> list[np.ndarray]:
    """Return the spikes of both hidden layers in snnTorch, each of shape (n_windows, n_neurons)."""
    spikes: list[list[np.ndarray]] = [[], []]
    a0, l0, a1, l1, *_ = _modules(executor)
    for observation in optimizee.normalisation.apply(observed):
        first = l0(a0(torch.tensor(observation[None], dtype=torch.float32)))
        second = l1(a1(first))
        for layer, value in zip(spikes, (first, second), strict=True):
            layer.append(value.detach().numpy()[0])
    return [np.array(layer) for layer in spikes]


def graph_of(tmp_path: Path) -> Any:
    optimizee = task()
    write_nir(optimizee, genome(optimizee), tmp_path / "network.nir")
    return nir.read(tmp_path / "network.nir")


def with_leak(graph: Any) -> None:
    graph.nodes["lif_0"].v_leak[:] = 0.1


def with_other_decay(graph: Any) -> None:
    graph.nodes["lif_1"].tau[:] *= 2
    graph.nodes["lif_1"].r[:] *= 2


def with_neurons_that_differ(graph: Any) -> None:
    graph.nodes["lif_0"].v_threshold[0] = 3


def with_integrators_in_between(graph: Any) -> None:
    node = graph.nodes["lif_0"]
    graph.nodes["lif_0"] = nir.LI(tau=node.tau, r=node.r, v_leak=node.v_leak)


def with_synaptic_currents(graph: Any) -> None:
    node = graph.nodes["lif_0"]
    graph.nodes["lif_0"] = nir.CubaLIF(
        tau_syn=node.tau, tau_mem=node.tau, r=node.r, v_leak=node.v_leak, v_threshold=node.v_threshold
    )


def with_two_inputs(graph: Any) -> None:
    graph.nodes["another"] = nir.Input(input_type={"input": np.array([4])})
    graph.edges.append(("another", "affine_0"))


def with_recurrent_outputs(graph: Any) -> None:
    graph.nodes["back"] = nir.Linear(weight=np.eye(2))
    graph.edges += [("membranes", "back"), ("back", "membranes")]


def with_one_of_two_layers_recurrent(graph: Any) -> None:
    graph.nodes["back"] = nir.Linear(weight=np.eye(9))
    graph.edges += [("lif_0", "back"), ("back", "lif_0")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (with_two_inputs, r"its inputs are \['another', 'input'\]"),
        (with_recurrent_outputs, r"recurrent are \['membranes'\]; expected all of \['lif_0', 'lif_1'\], or none"),
        (with_one_of_two_layers_recurrent, r"recurrent are \['lif_0'\]"),
        (with_leak, "'lif_0' has a v_leak or v_reset"),
        (with_other_decay, "decays "),
        (with_neurons_that_differ, "neurons of node 'lif_0' differ"),
        (with_integrators_in_between, "'lif_0' does not spike"),
        (with_synaptic_currents, "'lif_0' is a CubaLIF; expected input, then Affine"),
    ],
)
def test_neurons_that_do_not_match_are_named(tmp_path: Path, change: Any, message: str) -> None:
    graph = graph_of(tmp_path)
    change(graph)
    nir.write(tmp_path / "changed.nir", graph)
    with pytest.raises(ExchangeError, match=message):
        read_nir(tmp_path / "changed.nir", "cart-pole")


def test_a_recurrent_output_beside_one_hidden_layer_is_told_as_such(tmp_path: Path) -> None:
    optimizee = task(hidden=[2])
    write_nir(optimizee, genome(optimizee), tmp_path / "network.nir")
    graph = nir.read(tmp_path / "network.nir")
    with_recurrent_outputs(graph)
    nir.write(tmp_path / "changed.nir", graph)
    with pytest.raises(ExchangeError, match=r"recurrent are \['membranes'\]"):
        read_nir(tmp_path / "changed.nir", "cart-pole")


def test_synapses_that_go_both_ways_between_layers_are_refused(tmp_path: Path) -> None:
    optimizee = task(hidden=[5, 5])
    write_nir(optimizee, genome(optimizee), tmp_path / "network.nir")
    graph = nir.read(tmp_path / "network.nir")
    graph.edges += [("affine_1", "lif_0"), ("lif_1", "affine_1")]
    nir.write(tmp_path / "changed.nir", graph)
    with pytest.raises(ExchangeError, match=r"'affine_1' has edges to and from each of \['lif_0', 'lif_1'\]"):
        read_nir(tmp_path / "changed.nir", "cart-pole")


def test_a_file_of_a_single_node_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "one.nir", "w") as file:
        file["node/type"], file["node/weight"] = "Linear", np.eye(2)
    with pytest.raises(ExchangeError, match="it holds a single node, a Linear"):
        read_nir(tmp_path / "one.nir", "cart-pole")


def test_a_foreign_network_keeps_what_its_normalisation_measured(tmp_path: Path) -> None:
    graph = graph_of(tmp_path)
    graph.metadata = {}
    nir.write(tmp_path / "foreign.nir", graph)
    optimizee, _ = read_nir(tmp_path / "foreign.nir", "cart-pole", reset="zero")
    assert optimizee.config == settled(optimizee).config
    assert len(optimizee.config.normalisation.mean) == 4


def test_a_step_belongs_to_the_software_at_the_other_end(tmp_path: Path) -> None:
    optimizee = task(decay=0.5)
    write_nir(optimizee, genome(optimizee), tmp_path / "network.nir", dt_s=1e-3)
    graph = nir.read(tmp_path / "network.nir")
    assert graph.nodes["lif_0"].tau == pytest.approx(2e-3)
    assert graph.nodes["lif_0"].r == pytest.approx(2)
    graph.metadata = {}
    nir.write(tmp_path / "foreign.nir", graph)
    again, same = read_nir(tmp_path / "foreign.nir", "cart-pole", dt_s=1e-3, reset="zero")
    assert again.config.model.decay == 0.5
    np.testing.assert_allclose(same, genome(optimizee), rtol=1e-12)
    other, _ = read_nir(tmp_path / "foreign.nir", "cart-pole", reset="zero")  # by snnTorch's
    assert other.config.model.decay == 0.95
    with pytest.raises(ExchangeError, match="a step of -1 s: expected a number above 0"):
        write_nir(optimizee, genome(optimizee), tmp_path / "network.nir", dt_s=-1)


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    optimizee = task()
    path = tmp_path / "network.nir"
    write_nir(optimizee, genome(optimizee), path)
    before = path.read_bytes()

    def full(file: Any, graph: Any) -> None:
        Path(file).write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(nir, "write", full)
    with pytest.raises(ExchangeError, match="no space left"):
        write_nir(optimizee, -genome(optimizee), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["network.nir"]


def test_other_models_and_files_are_refused(tmp_path: Path) -> None:
    optimizee = create_optimizee(configure("cart-pole"))
    with pytest.raises(ExchangeError, match="model 'feed-forward' cannot be written as NIR"):
        write_nir(optimizee, genome(optimizee), tmp_path / "network.nir")
    (tmp_path / "text.nir").write_text("no network")
    with pytest.raises(ExchangeError, match="cannot be read as NIR"):
        read_nir(tmp_path / "text.nir", "cart-pole")


def test_the_commands_write_and_judge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    optimizee = task()
    write_nir(optimizee, genome(optimizee), tmp_path / "one.nir")
    assert main(["import", str(tmp_path / "one.nir"), "--out", str(tmp_path / "champion.h5")]) == 0
    assert "episodes: identical" in capsys.readouterr().out
    assert main(["import", str(tmp_path / "one.nir"), "--out", str(tmp_path / "champion.h5")]) == 2
    assert "exists already" in capsys.readouterr().err
    assert main(["export", str(tmp_path / "champion.h5"), "--nir", str(tmp_path / "two.nir")]) == 0
    _, vector = read_nir(tmp_path / "two.nir", None)
    np.testing.assert_array_equal(vector, genome(optimizee))
    assert main(["export", "champion:cart-pole", "--nir", str(tmp_path / "three.nir")]) == 2
    assert "expected model 'lif'" in capsys.readouterr().err


# --- files of other software ---


def foreign(tmp_path: Path, *, scalars: bool = False, recurrent: str = "") -> Path:
    """Write a network of four inputs, three neurons and two outputs without our metadata."""
    rng = np.random.default_rng(5)
    path = tmp_path / "foreign.nir"
    with h5py.File(path, "w") as file:
        root = file.create_group("node")
        edges = [("input", "a"), ("a", "h"), ("h", "b"), ("b", "o"), ("o", "output")]
        nodes = root.create_group("nodes")
        add(nodes, "input", "Input", shape=[4])
        add(nodes, "output", "Output", shape=[2])
        add(nodes, "a", "Affine", weight=rng.normal(size=(3, 4)), bias=[0.1, 0.2, 0.3])
        add(nodes, "b", "Affine", weight=rng.normal(size=(2, 3)), bias=[0.0, 0.0])
        add_neurons(nodes, "o", None if scalars else 2, 1e9)
        back = {"weight": rng.normal(size=(3, 3)), "bias": [1.0, 2.0, 4.0]}
        if recurrent == "inside":  # as snnTorch writes its RLeaky
            inner = nodes.create_group("h")
            inner["type"] = "NIRGraph"
            inner_nodes = inner.create_group("nodes")
            add(inner_nodes, "input", "Input", shape=[3])
            add(inner_nodes, "output", "Output", shape=[3])
            add(inner_nodes, "w_rec", "Affine", **back)
            add_neurons(inner_nodes, "lif", 3, 0.5)
            inner_edges = [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")]
            inner.create_dataset("edges", data=inner_edges, dtype=h5py.string_dtype())
        else:
            add_neurons(nodes, "h", None if scalars else 3, 0.5)
        if recurrent == "beside":
            add(nodes, "w_rec", "Affine", **back)
            edges += [("h", "w_rec"), ("w_rec", "h")]
        root["type"] = "NIRGraph"
        root.create_dataset("edges", data=edges, dtype=h5py.string_dtype())
    return path


def add(nodes: h5py.Group, name: str, kind: str, **values: Any) -> None:
    group = nodes.create_group(name)
    group["type"] = kind
    for key, value in values.items():
        group[key] = value


def add_neurons(nodes: h5py.Group, name: str, n: int | None, threshold: float) -> None:
    values = {"tau": 5e-4, "r": 5.0, "v_leak": 0.0, "v_reset": 0.0, "v_threshold": threshold}
    add(nodes, name, "LIF", **{key: value if n is None else np.full(n, value) for key, value in values.items()})


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("node", "key"), [("a", "weight"), ("b", "weight"), ("a", "bias"), ("h", "r"), ("o", "r")])
def test_weights_that_overflow_as_currents_are_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], node: str, key: str
) -> None:
    path = foreign(tmp_path)
    with h5py.File(path, "r+") as file:
        values = file[f"node/nodes/{node}/{key}"]
        values[...] = np.full(values.shape, -1e308)
    words = ["import", str(path), "--task", "cart-pole", "--reset", "zero", "--out", str(tmp_path / "out.h5")]
    assert main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{key} of node '{node}' holds 1e+308; expected at most 1e+100" in line
    assert not (tmp_path / "out.h5").exists()


def test_an_import_that_cannot_play_ends_before_the_unseen_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise SimulatorError("NEST refuses this neuron.")

    monkeypatch.setattr(ClosedLoop, "play", refuse)
    path = foreign(tmp_path)
    words = ["import", str(path), "--task", "cart-pole", "--reset", "zero", "--out", str(tmp_path / "out.h5")]
    assert main(words) == 2
    assert "error: NEST refuses this neuron." in capsys.readouterr().err
    assert not (tmp_path / "out.h5").exists()


def test_parameters_without_a_shape_are_those_of_all_neurons(tmp_path: Path) -> None:
    _, expected = read_nir(foreign(tmp_path), "cart-pole", SHORT, reset="zero")
    optimizee, vector = read_nir(foreign(tmp_path, scalars=True), "cart-pole", SHORT, reset="zero")
    np.testing.assert_array_equal(vector, expected)
    assert (optimizee.config.model.decay, optimizee.config.model.threshold) == (0.8, 0.5)


@pytest.mark.parametrize("recurrent", ["beside", "inside"])
def test_recurrent_biases_are_added_to_those_of_the_layer(tmp_path: Path, recurrent: str) -> None:
    optimizee, vector = read_nir(foreign(tmp_path, recurrent=recurrent), "cart-pole", SHORT, reset="zero")
    genes = optimizee.parameters.to_genome(vector)
    np.testing.assert_allclose(genes["biases_0"], [1.1, 2.2, 4.3])
    assert genes["recurrent_0"].shape == (3, 3)


@pytest.mark.parametrize(
    ("reset", "options"),
    [
        ("zero", {"reset_mechanism": "zero", "reset_delay": False}),
        ("subtract-next", {}),  # snnTorch's default
    ],
)
def test_a_recurrent_layer_with_biases_spikes_as_in_snntorch(
    tmp_path: Path, reset: str, options: dict[str, Any]
) -> None:
    torch = pytest.importorskip("torch")
    snntorch = pytest.importorskip("snntorch")
    optimizee, vector = read_nir(foreign(tmp_path, recurrent="inside"), "cart-pole", SHORT, reset=reset)
    recording = record(optimizee, vector, [3])
    with h5py.File(tmp_path / "foreign.nir") as file:
        nodes = file["node/nodes"]
        first = [torch.tensor(nodes[f"a/{key}"][()], dtype=torch.float32) for key in ("weight", "bias")]
        back = [torch.tensor(nodes[f"h/nodes/w_rec/{key}"][()], dtype=torch.float32) for key in ("weight", "bias")]
    layer = snntorch.RLeaky(0.8, threshold=0.5, linear_features=3, **options)
    with torch.no_grad():
        layer.recurrent.weight.copy_(back[0])
        layer.recurrent.bias.copy_(back[1])
        spikes, membrane = torch.zeros(1, 3), torch.zeros(1, 3)
        n_spikes = np.zeros(3)
        observed = recording.traces.observations[0, : recording.lengths[0]]
        for observation in optimizee.normalisation.apply(observed):
            seen = torch.tensor(observation[None], dtype=torch.float32)
            spikes, membrane = layer(torch.nn.functional.linear(seen, *first), spikes, membrane)
            n_spikes += spikes.numpy()[0]
    in_nest = np.bincount(recording.spikes.neuron, minlength=4)[:3]
    np.testing.assert_array_equal(in_nest, n_spikes)
    assert 0 < n_spikes.sum() < 3 * recording.lengths[0]


def test_a_file_that_does_not_say_how_neurons_reset_is_taken_as_zero_with_a_warning(tmp_path: Path) -> None:
    path, told = foreign(tmp_path), list[str]()
    read_nir(path, "cart-pole", SHORT, warn=told.append)
    assert len(told) == 1
    assert "does not say how its neurons reset" in told[0]
    read_nir(path, "cart-pole", SHORT, reset="zero", warn=told.append)
    optimizee = task()
    write_nir(optimizee, genome(optimizee), tmp_path / "ours.nir")
    read_nir(tmp_path / "ours.nir", None, warn=told.append)
    assert len(told) == 1


def spikes_by_euler_steps(path: Path, observations: np.ndarray, reset: str) -> np.ndarray:
    """Return the hidden spikes of a file's chain, shape (n_steps, n_neurons), by NIR's equations in steps of 1e-4 s."""
    with h5py.File(path) as file:
        nodes = file["node/nodes"]
        weight, bias = nodes["a/weight"][()], nodes["a/bias"][()]
        tau, r, threshold = (nodes[f"h/{key}"][()] for key in ("tau", "r", "v_threshold"))
    v, z, spikes = np.zeros(len(bias)), np.zeros(len(bias)), []
    for observation in observations:
        v = v + 1e-4 / tau * (r * (weight @ observation + bias) - v)
        if reset == "subtract-next":
            v = v - threshold * z
        z = (v > threshold).astype(float)
        if reset == "zero":
            v = v * (1 - z)
        if reset == "subtract":
            v = v - threshold * z
        spikes.append(z)
    return np.array(spikes)


def test_each_reset_gives_the_spikes_of_nirs_equations_and_they_differ(tmp_path: Path) -> None:
    path = foreign(tmp_path)
    with h5py.File(path, "r+") as file:
        nodes = file["node/nodes"]
        nodes["a/weight"][...] = 0.01 * nodes["a/weight"][()]
        nodes["a/bias"][...] = [0.35, 0.4, 0.45]  # of the threshold of 0.5: each spikes in some steps
    found = {}
    for reset in ("zero", "subtract", "subtract-next"):
        optimizee, vector = read_nir(path, "cart-pole", SHORT, reset=reset)
        recording = record(optimizee, vector, [3])
        n_steps = int(recording.lengths[0])
        observed = optimizee.normalisation.apply(recording.traces.observations[0, :n_steps])
        found[reset] = np.zeros((n_steps, 3))
        of_layer = recording.spikes.neuron < 3  # neuron 3 carries biases
        step = (recording.spikes.step[of_layer] - 1) // optimizee.encoder.n_steps
        np.add.at(found[reset], (step, recording.spikes.neuron[of_layer]), 1)
        np.testing.assert_array_equal(found[reset], spikes_by_euler_steps(path, observed, reset))
        carried = recording.spikes.step[recording.spikes.neuron == 3]
        np.testing.assert_array_equal((carried - 1) // optimizee.encoder.n_steps, np.arange(n_steps))
    n_spikes = {reset: int(spikes.sum()) for reset, spikes in found.items()}
    assert n_spikes["zero"] > 5
    assert len(set(n_spikes.values())) == 3


def test_a_round_trip_keeps_the_reset_unless_another_is_said(tmp_path: Path) -> None:
    optimizee = settled(create_optimizee(task().config.replace(model={"reset": "subtract"}, learning={"name": "none"})))
    vector, told = genome(optimizee), list[str]()
    write_nir(optimizee, vector, tmp_path / "network.nir")
    again, same = read_nir(tmp_path / "network.nir", None, warn=told.append)
    assert again.config == optimizee.config
    np.testing.assert_array_equal(same, vector)
    other, _ = read_nir(tmp_path / "network.nir", None, reset="subtract-next", warn=told.append)
    assert other.config.model.reset == "subtract-next"
    assert told == []


def test_a_reset_that_is_misspelt_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = foreign(tmp_path)
    with pytest.raises(UnknownNameError, match=r"unknown reset 'substract'\. Did you mean 'subtract'"):
        read_nir(path, "cart-pole", reset="substract")
    command = ["import", str(path), "--task", "cart-pole", "--out", str(tmp_path / "out.h5"), "--reset", "half"]
    assert main(command) == 2
    assert "unknown reset 'half'" in capsys.readouterr().err


@pytest.mark.nestml
@pytest.mark.parametrize("reset", ["subtract", "subtract-next"])
def test_a_network_that_subtracts_is_replayed_in_nest_spike_for_spike(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], reset: str
) -> None:
    path, champion = foreign(tmp_path), str(tmp_path / "champion.h5")
    assert main(["import", str(path), "--task", "cart-pole", "--reset", reset, "--out", champion]) == 0
    assert "episodes: identical" in capsys.readouterr().out
    assert main(["verify", champion, "--episodes", "5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["spikes_compared"] > 50
    assert (found["spikes_differing"], found["actions_differing"]) == (0, 0)


def test_gradients_train_the_hard_reset_only() -> None:
    with pytest.raises(ConfigurationError, match=r"model\.reset = 'subtract': .* 'zero', or evolve"):
        check(configure("cart-pole", learner_settings("cart-pole", "ppo", "snn"), {"model": {"reset": "subtract"}}))


def test_nodes_that_are_not_read_are_named(tmp_path: Path) -> None:
    path = foreign(tmp_path)
    with h5py.File(path, "r+") as file:
        del file["node/nodes/a"]
        add(file["node/nodes"], "a", "Conv2d", weight=np.zeros((2, 2, 3, 3)), stride=1)
    with pytest.raises(ExchangeError, match="node 'a' is a Conv2d"):
        read_nir(path, "cart-pole")


@pytest.mark.parametrize(
    ("node", "key", "value", "message"),
    [
        ("a", "weight", np.full((3, 4), np.nan), "weight of node 'a' is not finite"),
        ("a", "weight", np.zeros(3), "weights of node 'a' have the shape"),
        ("a", "bias", np.zeros(2), "biases of node 'a' have the shape"),
        ("b", "weight", np.zeros((2, 9)), "node 'b' has 9 inputs; 3 neurons lead to it"),
        ("h", "tau", np.zeros(3), "tau that is not above 0"),
        ("h", "tau", np.full(3, 1e-5), "not above the step"),
        ("h", "v_threshold", np.full(5, 1.0), r"v_threshold of node 'h' has the shape \(5,\)"),
        ("h", "r", None, "node 'h' has no r"),
    ],
)
def test_parameters_that_do_not_fit_are_named_with_their_node(
    tmp_path: Path, node: str, key: str, value: Any, message: str
) -> None:
    path = foreign(tmp_path)
    with h5py.File(path, "r+") as file:
        del file[f"node/nodes/{node}/{key}"]
        if value is not None:
            file[f"node/nodes/{node}/{key}"] = value
    with pytest.raises(ExchangeError, match=message):
        read_nir(path, "cart-pole")


def test_a_module_that_only_a_nir_file_names_is_not_imported(tmp_path: Path) -> None:
    path = foreign(tmp_path)
    optimizee = settled(task())
    table = optimizee.config.tables()
    table["environment"]["id"] = "strangers_module:X-v0"
    with h5py.File(path, "r+") as file:
        file["node/metadata/neurosim_rl"] = Settings.read(table).to_toml()
    with pytest.raises(PluginError, match=r"foreign.nir needs module 'strangers_module'"):
        read_nir(path, None)
