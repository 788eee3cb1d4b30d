"""Networks as NIR files: round trips, snnTorch, and errors where neurons do not match."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

nir = pytest.importorskip("nir", reason="needs the extra [gradient]")

from neurosim_rl.cli import main  # noqa: E402
from neurosim_rl.errors import ExchangeError  # noqa: E402
from neurosim_rl.exchange import read_nir, write_nir  # noqa: E402
from neurosim_rl.optimizees import TRAINED_NETWORKS, ClosedLoop, configure, create_optimizee  # noqa: E402
from neurosim_rl.verification import record  # noqa: E402

pytestmark = pytest.mark.gradient

SHORT = {"environment": {"kwargs": {"max_episode_steps": 30}}}


def task(**model: Any) -> ClosedLoop:
    layers = {"model": {"name": "lif", "hidden": [9, 7], **model}}
    return create_optimizee(configure("cart-pole", TRAINED_NETWORKS["snn"], SHORT, layers))


def genome(optimizee: ClosedLoop) -> np.ndarray:
    """Return genes that single precision holds."""
    vector = 2 * optimizee.parameters.sample(np.random.default_rng(4))
    return vector.astype(np.float32).astype(np.float64)


@pytest.mark.parametrize("outputs", ["li", "lif"])
@pytest.mark.parametrize("recurrent", [False, True])
def test_a_round_trip_gives_the_same_network_and_spikes(tmp_path: Path, outputs: str, recurrent: bool) -> None:
    optimizee = task(recurrent=recurrent, decay=0.3, threshold=0.7)
    vector = genome(optimizee)
    write_nir(optimizee, vector, tmp_path / "network.nir", outputs=outputs)
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
    first, second = np.arange(9), np.arange(10, 17)  # neuron 9 carries biases
    expected = [int(np.isin(in_nest.neuron, layer).sum()) for layer in (first, second)]
    assert [int(layer.sum()) for layer in spikes] == expected
    assert min(expected) > 5

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


@pytest.mark.parametrize(
    ("change", "message"),
    [
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
    assert "Replay in NEST, 10 episodes: identical" in capsys.readouterr().out
    assert main(["export", str(tmp_path / "champion.h5"), "--nir", str(tmp_path / "two.nir")]) == 0
    _, vector = read_nir(tmp_path / "two.nir", None)
    np.testing.assert_array_equal(vector, genome(optimizee))
    assert main(["export", "champion:cart-pole", "--nir", str(tmp_path / "three.nir")]) == 2
    assert "expected 'lif'" in capsys.readouterr().err
