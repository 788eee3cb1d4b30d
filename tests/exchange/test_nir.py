"""Networks as NIR files: round trips, snnTorch, and errors where neurons do not match."""

import math
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

nir = pytest.importorskip("nir", reason="needs the extra [gradient]")

from neurosim_rl.cli import main  # noqa: E402
from neurosim_rl.errors import ExchangeError  # noqa: E402
from neurosim_rl.evaluation.replay import record  # noqa: E402
from neurosim_rl.exchange.nir import read_nir, write_nir  # noqa: E402
from neurosim_rl.optimizees import ClosedLoop, create_optimizee, learner_settings  # noqa: E402
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
    again, same = read_nir(tmp_path / "theirs.nir", "cart-pole", SHORT)
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
    optimizee, _ = read_nir(tmp_path / "foreign.nir", "cart-pole")
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
    again, same = read_nir(tmp_path / "foreign.nir", "cart-pole", dt_s=1e-3)
    assert again.config.model.decay == 0.5
    np.testing.assert_allclose(same, genome(optimizee), rtol=1e-12)
    other, _ = read_nir(tmp_path / "foreign.nir", "cart-pole")  # by snnTorch's
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
