"""Spatial networks: wiring by distance, signs, delays, pruning that changes nothing, and a random one beside."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.random_networks import N_WINDOWS, Case, compare, play
from neurosim_rl.bridge import Currents, Drive
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models import MODELS, Spatial
from neurosim_rl.models.grid import Edges, mean_probability
from neurosim_rl.models.published_lif import input_unit_pa, weight_unit_pa
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.parameters import Genome
from neurosim_rl.optimizees import ClosedLoop, create_optimizee
from neurosim_rl.simulators import create_simulator
from neurosim_rl.training.configure import configure
from tests.components import create

PUBLISHED: dict[str, Any] = {
    "window_ms": 64.0,
    "resolution_ms": 1.0,
    "normalisation": {"name": "bounds", "gain": 2.5, "bound": [1.0, 1.0, 8.0]},
    "encoder": {"name": "weighted", "n_neurons": 0},
    "decoder": {"name": "linear", "n_neurons": 0},
}


EDGES = ("weights", "read_in", "readout")


def spatial(n_observations: int = 4, n_actions: int = 2, resolution_ms: float = 1.0, **options: Any) -> Spatial:
    n = int(np.prod(options.get("grid", (8, 8))))
    model = create(
        "model",
        MODELS,
        {"name": "spatial", **options},
        n_inputs=n,
        n_outputs=n,
        spiking_input=False,
        resolution_ms=resolution_ms,
        readout_shape=(n, n_actions),
        read_in_shape=(n_observations, n),
    )
    assert isinstance(model, Spatial)
    return model


def sample(model: Spatial, seed: int = 0) -> Genome:
    return model.parameters.to_genome(model.parameters.sample(np.random.default_rng(seed)))


def pendulum(**model: Any) -> ClosedLoop:
    return create_optimizee(configure("pendulum", PUBLISHED, {"model": {"name": "spatial", "grid": [4, 4], **model}}))


# --- the first genomes ---


def test_first_genes_are_those_of_the_published_code() -> None:
    """Its ranges: weights 0.1 to 127, thresholds to 1000, leaks to 127, rates 10 to 1000 (ours end at 990)."""
    genome = sample(spatial(n_observations=50, grid=[30, 30]))
    for name, low, high in (
        ("v_th", 0.1, 1000),
        ("v_leak", 0, 127),
        ("tau_mem_inv", 10, 990),
        ("tau_syn_inv", 10, 990),
    ):
        values = genome[name]
        assert low <= values.min() < low + 0.02 * (high - low)
        assert high - 0.02 * (high - low) < values.max() <= high
    for name in ("weights", "read_in", "readout"):
        there = genome[name][genome[name] != 0]
        assert 0.1 <= there.min() < 3
        assert 124 < there.max() <= 127
        assert there.mean() == pytest.approx(63.5, rel=0.1)
    for name in ("sign", "input_sign"):
        assert set(genome[name].tolist()) == {-1.0, 1.0}
    assert (genome["sign"] < 0).mean() == pytest.approx(0.2, abs=0.05)


def test_edges_are_there_at_first_as_likely_as_they_are_near() -> None:
    model = spatial(grid=[40, 40], reach=2.0, n_observations=9, n_actions=9)
    network, genome = model.network(sample(model)), sample(model)
    (synapses,) = network.projections
    x, y = np.divmod(np.stack([synapses.pre, synapses.post]), 40)
    distance = np.hypot(np.diff(x, axis=0)[0], np.diff(y, axis=0)[0])
    for d, n_all in ((0, 1600), (1, 2 * 2 * 40 * 39), (2, 2 * 2 * 40 * 38)):
        p = np.exp(-2.0 * (d or 1))
        assert abs((distance == d).sum() - p * n_all) < 4 * np.sqrt(p * n_all), d
    assert distance.max() == 2
    for name in ("read_in", "readout"):
        assert (genome[name] != 0).mean() == pytest.approx(np.exp(-2), rel=0.05)


@pytest.mark.parametrize("reach", [1.0, 3.0, 0.0])
@pytest.mark.parametrize("structure", ["evolved", "drawn"])
def test_a_random_network_has_as_many_synapses_as_a_spatial_one_at_any_distance(structure: str, reach: float) -> None:
    options: dict[str, Any] = {"grid": [30, 30], "structure": structure, "prune": False, "reach": reach}
    near, anywhere = (spatial(wiring=wiring, **options) for wiring in ("spatial", "random"))
    n_synapses = [model.network(sample(model)).n_synapses for model in (near, anywhere)]
    expected = mean_probability([30, 30], reach) * 900**2
    for found in n_synapses:
        assert abs(found - expected) < 4 * np.sqrt(expected)
    (synapses,) = anywhere.network(sample(anywhere)).projections
    assert np.abs(synapses.pre // 30 - synapses.post // 30).mean() == pytest.approx(10, rel=0.1)


def test_the_published_random_network_connects_a_tenth_of_everything() -> None:
    model = spatial(wiring="random", random_probability=0.1, n_observations=40, n_actions=40)
    genome = sample(model)
    assert len(genome["weights"]) == 64**2
    for name in ("weights", "read_in", "readout"):
        assert (genome[name] != 0).mean() == pytest.approx(0.1, abs=0.02)


def test_a_draw_is_the_wiring_seeds_alone_and_all_its_edges_are_there() -> None:
    one, same, other = (spatial(structure="drawn", wiring_seed=seed, prune=False) for seed in (1, 1, 2))
    networks = [model.network(sample(model, k)) for k, model in enumerate((one, same, other))]
    pairs = [(n.projections[0].pre.tolist(), n.projections[0].post.tolist()) for n in networks]
    assert pairs[0] == pairs[1] != pairs[2]
    genome = sample(one)
    assert all((genome[name] > 0).all() for name in ("weights", "read_in", "readout"))


@pytest.mark.parametrize(
    ("grid", "structure", "wiring"),
    [((16,), "evolved", "spatial"), ((64, 64), "drawn", "spatial"), ((16, 16, 16), "drawn", "random")],
)
def test_networks_of_16_to_4096_neurons_are_made(grid: tuple[int, ...], structure: str, wiring: str) -> None:
    model = spatial(grid=list(grid), structure=structure, wiring=wiring)
    network = model.network(sample(model))
    assert network.n_neurons == np.prod(grid)
    assert network.n_synapses > 0


# --- the network of a genome ---


def test_a_network_worked_out_by_hand() -> None:
    """Neurons 0 and 1 side by side, 2 one step further: input 0 to neuron 0, 0 to 1, 1 to 2, and 2 is read out."""
    model = spatial(n_observations=2, n_actions=1, grid=[3], reach=2.0)
    genome = {name: np.zeros_like(values) for name, values in sample(model).items()}
    genome |= {name: np.full(3, 100.0) for name in ("v_th", "v_leak", "tau_mem_inv")}
    genome["tau_syn_inv"] = np.array([200.0, 300.0, 400.0])
    genome["sign"], genome["input_sign"] = np.array([1.0, -1.0, -1.0]), np.array([-1.0, 1.0])
    pairs = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)]
    genome["weights"][pairs.index((0, 1))] = 50.0
    genome["weights"][pairs.index((0, 2))] = 20.0
    genome["weights"][pairs.index((1, 2))] = 10.0
    genome["read_in"][0] = 7.0  # from input 0 to neuron 0
    genome["readout"][2] = 4.0  # of neuron 2
    network = model.network(genome)
    (synapses,) = network.projections
    assert list(zip(synapses.pre.tolist(), synapses.post.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 2)]
    unit_pa = weight_unit_pa(genome["tau_mem_inv"], genome["tau_syn_inv"], 1.0)
    expected = [50.0 * unit_pa[1], 20.0 * np.exp(-1.0) ** 2 * unit_pa[2], -10.0 * unit_pa[2]]
    np.testing.assert_allclose(synapses.weight_pa, expected, rtol=1e-14)
    np.testing.assert_array_equal(network.readout, [[0], [0], [-4.0 / 160]])
    units = input_unit_pa(genome["tau_syn_inv"])
    np.testing.assert_allclose(np.asarray(network.read_in), [[-7.0 * units[0], 0, 0], [0, 0, 0]], rtol=1e-14)


@pytest.mark.parametrize(
    ("resolution_ms", "expected"), [(1.0, [1.0, 2.0, 2.0]), (0.5, [1.0, 1.5, 2.0]), (0.1, [1.0, 1.6, 2.0])]
)
def test_delays_grow_with_the_distance_on_the_simulators_grid(resolution_ms: float, expected: list[float]) -> None:
    """Half a millisecond for a diagonal, of which 0.4142 are a step more, and a whole one for two steps."""
    model = spatial(grid=[3, 3], reach=2.0, delay_per_step_ms=1.5, resolution_ms=resolution_ms, prune=False)
    genome = sample(model)
    genome["weights"][:] = 1.0
    network = model.network(genome)
    (synapses,) = network.projections
    x, y = np.divmod(np.stack([synapses.pre, synapses.post]), 3)
    distance = np.hypot(np.diff(x, axis=0)[0], np.diff(y, axis=0)[0])
    for d, delay_ms in zip((1.0, np.sqrt(2), 2.0), (1.0, expected[1], 2.5), strict=True):
        here = synapses.delay_ms[np.isclose(distance, d)]
        assert len(here) > 0
        np.testing.assert_allclose(here, np.round(delay_ms / resolution_ms) * resolution_ms)
    assert network.delay_range_ms[0] == 1.0


@pytest.mark.parametrize("resolution_ms", [0.5, 0.2])
def test_inputs_drive_neurons_as_much_at_any_resolution(resolution_ms: float) -> None:
    published, finer = (spatial(resolution_ms=h, prune=False) for h in (1.0, resolution_ms))
    genome = sample(published)
    genome["weights"][:] = 0.0
    genome["v_leak"][:], genome["v_th"][:] = 0.0, 10.0
    for name in ("tau_mem_inv", "tau_syn_inv"):
        genome[name] = np.minimum(genome[name], 100.0)  # for which steps of 1 ms are short
    networks = [model.network(genome) for model in (published, finer)]
    n_spikes = [spiking(n, Currents(np.full((1, 4), 0.02) @ np.asarray(n.read_in))).sum() for n in networks]
    assert n_spikes[0] > 100
    assert n_spikes[1] == pytest.approx(n_spikes[0], rel=0.15)


def test_random_networks_have_one_delay() -> None:
    model = spatial(wiring="random", delay_ms=3.0, delay_per_step_ms=2.0, prune=False)
    assert set(model.network(sample(model)).projections[0].delay_ms.tolist()) == {3.0}


def test_a_genome_without_edges_is_a_silent_network_of_unconnected_neurons() -> None:
    model = spatial()
    edges = {name: np.zeros_like(model_edges) for name, model_edges in sample(model).items() if name in EDGES}
    network = model.network({**sample(model), **edges})
    assert network.n_synapses == 0
    assert not np.any(network.read_in)
    assert not np.any(network.readout)


# --- pruning ---


def actions(network: Network, currents: np.ndarray) -> np.ndarray:
    """Return the weighted spikes of each window."""
    assert network.read_in is not None
    assert network.readout is not None
    sums = []
    with create_simulator("compiled") as simulator:
        simulator.build([network])
        for window in currents:
            counts = simulator.advance(Currents(window[None] @ network.read_in), 32.0, np.zeros(1, int))
            sums.append(counts[0] @ network.readout)
    return np.array(sums)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from([(4,), (3, 3), (2, 2, 3)]), st.floats(0.2, 1.0))
def test_pruning_changes_no_action_and_leaves_only_what_an_output_hears(
    seed: int, grid: tuple[int, ...], share: float
) -> None:
    rng = np.random.default_rng(seed)
    whole, pruned = (spatial(grid=list(grid), v_th_limit=60.0, prune=prune) for prune in (False, True))
    genome = sample(whole, seed)
    for name in ("read_in", "readout"):
        genome[name] = genome[name] * (rng.random(genome[name].shape) < share)
    full, rest = whole.network(genome), pruned.network(genome)
    currents = rng.normal(0, 2.5, (6, 4))
    np.testing.assert_allclose(actions(rest, currents), actions(full, currents), rtol=1e-12)
    assert full.readout is not None
    assert full.read_in is not None
    reach = np.eye(full.n_neurons, dtype=bool)
    reach[full.projections[0].pre, full.projections[0].post] = True
    for _ in range(full.n_neurons):
        reach = reach @ reach
    heard = reach[:, np.any(full.readout, axis=1)].any(axis=1)
    assert set(rest.projections[0].post.tolist()) == set(full.projections[0].post.tolist()) & set(np.flatnonzero(heard))
    np.testing.assert_array_equal(rest.read_in, full.read_in * heard)


def spiking(network: Network, drive: Drive, n_windows: int = 5) -> np.ndarray:
    """Return the number of spikes of each neuron under a constant drive."""
    with create_simulator("compiled") as simulator:
        simulator.build([network], record_spikes=True)
        for _ in range(n_windows):
            simulator.advance(drive, 64.0, np.zeros(1, int))
        return np.bincount(simulator.spikes().neuron, minlength=network.n_neurons)


def test_neurons_that_no_output_hears_never_spike_though_their_rest_is_above_their_threshold() -> None:
    whole, pruned = (spatial(grid=[3, 3], prune=prune) for prune in (False, True))
    genome = sample(whole)
    genome["v_leak"][:], genome["v_th"][:] = 100.0, 20.0
    for name in ("weights", "readout"):
        genome[name][:] = 0.0
    genome["readout"][2 * 4] = 1.0  # of neuron 4, by itself
    drive = Currents(np.zeros((1, 9)))
    assert (spiking(whole.network(genome), drive) > 0).all()
    assert np.flatnonzero(spiking(pruned.network(genome), drive)).tolist() == [4]


def test_first_networks_lose_much_by_pruning() -> None:
    whole, pruned = (spatial(prune=prune) for prune in (False, True))
    n_synapses = [sum(m.network(sample(m, seed)).n_synapses for seed in range(10)) for m in (whole, pruned)]
    assert n_synapses[1] < 0.8 * n_synapses[0]


# --- in the loop ---


@pytest.mark.parametrize(
    "options",
    [{}, {"delay_per_step_ms": 2.0}, {"wiring": "random"}, {"grid": [3, 3, 3]}, {"resolution_ms": 0.5}],
    ids=str,
)
def test_both_simulators_give_the_same_spikes_and_membranes(options: dict[str, Any]) -> None:
    model = spatial(**{"grid": [5, 5], "v_th_limit": 200.0, **options})
    networks = [model.network(sample(model, seed)) for seed in range(5)]
    assert len({n.n_synapses for n in networks}) > 1
    rng = np.random.default_rng(1)
    rows = np.arange(5)
    drives: list[Drive] = [
        Currents(np.stack([rng.normal(0, 0.5, 4) @ np.asarray(n.read_in) for n in networks])) for _ in range(N_WINDOWS)
    ]
    found = compare(Case(networks, drives, [rows] * N_WINDOWS))
    assert found.spikes > 1000
    assert found.spikes_differing == 0
    assert found.membranes_differing == 0


def test_recurrence_is_heard() -> None:
    """Without the synapses other spikes come, in nearly all first networks."""
    model = spatial(v_th_limit=200.0)
    n_changed = 0
    for seed in range(10):
        network = model.network(sample(model, seed))
        deaf = network.with_weights([np.zeros(network.n_synapses)], network.readout, network.read_in)
        assert network.read_in is not None
        drives: list[Drive] = [Currents(np.full((1, 4), 0.1) @ network.read_in)] * 3
        cases = (Case([n], drives, [np.zeros(1, int)] * 3) for n in (network, deaf))
        heard, unheard = (play("compiled", case, membranes=False).spikes for case in cases)
        n_changed += len(heard) != len(unheard)
    assert n_changed >= 8


def test_an_action_is_the_published_mean_of_weighted_spikes() -> None:
    """Published: the sum over neurons and 64 steps, over 64 and over 32, cut at the bounds; here +-2 N m."""
    optimizee = pendulum()
    vector = optimizee.parameters.sample(np.random.default_rng(3))
    network = optimizee.network(vector)
    optimizee.decoder.start([network])
    genome = optimizee.parameters.to_genome(vector)
    published = (genome["sign"] * genome["readout"])[:, None]
    assert np.count_nonzero(published) > 0
    counts = np.random.default_rng(1).integers(0, 30, (1, 16))
    action = optimizee.decoder.decode(counts, np.zeros(1, int), [])
    np.testing.assert_allclose(action, np.clip(2 * counts @ published / 64 / 32, -2, 2), rtol=1e-12)


@pytest.mark.parametrize("wiring", ["spatial", "random"])
def test_episodes_depend_on_nothing_else_in_the_batch(wiring: str) -> None:
    optimizee = pendulum(wiring=wiring, v_th_limit=100.0)
    rng = np.random.default_rng(5)
    vectors = [optimizee.parameters.sample(rng) for _ in range(4)]
    together = optimizee.play(vectors, optimizee.training_elements(0, range(4))[::8]).episodes
    for k, vector in enumerate(vectors):
        alone = optimizee.play([vector], optimizee.training_elements(0, [k])[:1]).episodes
        assert alone.returns[0] == together.returns[k]
    assert len(set(together.returns.tolist())) == 4


# --- what is refused ---


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"grid": []}, r"model\.grid = \[\]: expected 1, 2 or 3 whole numbers"),
        ({"grid": [2, 2, 2, 2]}, "expected 1, 2 or 3 whole numbers"),
        ({"grid": [2.5, 2]}, "expected 1, 2 or 3 whole numbers"),
        ({"grid": [0, 3]}, "out of range"),
        ({"wiring": "sptial"}, "Did you mean 'spatial'"),
    ],
)
def test_grids_of_another_kind_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        _ = pendulum(**options).parameters


def test_too_many_edges_to_evolve_say_what_to_set() -> None:
    with pytest.raises(ConfigurationError, match=r"possible edges; .* Set model\.structure = 'drawn'"):
        _ = spatial(grid=[64, 64], wiring="random").parameters


def test_too_many_edges_on_a_grid_are_refused_before_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Edges, "on_grid", lambda *_: pytest.fail("edges were made"))
    with pytest.raises(ConfigurationError, match="has 16777216 possible edges"):
        _ = spatial(grid=[64, 64], reach=0.0).parameters


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"grid": [1000, 1000, 1000]}, "has 1000000000 neurons; expected at most 5000000, with 4 observed"),
        ({"grid": [1000, 1000, 1000], "structure": "drawn"}, "has 1000000000 neurons; expected at most"),
        (
            {"grid": [256, 256], "structure": "drawn", "reach": 0.0},
            "from 4294967296 pairs .* Set a smaller model.reach",
        ),
        (
            {"grid": [256, 256], "wiring": "random", "structure": "drawn", "random_probability": 0.5},
            "2147483648 possible edges",
        ),
    ],
)
def test_more_than_memory_holds_is_refused_before_it_is_made(
    options: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for making in ("on_grid", "all_pairs", "drawn_pairs"):
        monkeypatch.setattr(Edges, making, lambda *_: pytest.fail("edges were made"))
    with pytest.raises(ConfigurationError, match=message):
        _ = spatial(**options).edges.between


@pytest.mark.parametrize(
    ("options", "longest"),
    [
        ({"delay_ms": 1e9}, r"1e\+09"),
        ({"delay_ms": 1.0, "delay_per_step_ms": 600.0}, "1201"),
        ({"delay_per_step_ms": 1e3, "grid": [9], "reach": 0.0}, "7001"),
    ],
)
def test_delays_beyond_what_simulators_keep_are_refused(options: dict[str, Any], longest: str) -> None:
    with pytest.raises(ConfigurationError, match=f"delays of {longest} ms; expected at most 1000 ms"):
        spatial(**options)
    spatial(**options | {"wiring": "random", "delay_ms": 1.0})  # where all delays are the same


@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_without_weights_at_both_ends_there_are_no_edges(part: str) -> None:
    other = {"encoder": {"name": "current"}, "decoder": {"name": "rate-difference"}}[part]
    layer = {**PUBLISHED, part: other, "model": {"name": "spatial"}}
    with pytest.raises(ConfigurationError, match=r"model spatial needs encoder\.name = 'weighted' and"):
        _ = create_optimizee(configure("pendulum", layer)).parameters


# --- places ---


@pytest.mark.parametrize("grid", [[20], [5, 6], [3, 4, 3]])
def test_positions_are_the_places_by_which_edges_are_as_long_as_they_are(grid: list[int]) -> None:
    model = spatial(grid=grid, prune=False)
    assert model.positions is not None
    assert model.positions.shape == (int(np.prod(grid)), len(grid))
    network = model.network(sample(model))
    (synapses,) = network.projections
    lengths = np.linalg.norm(model.positions[synapses.pre] - model.positions[synapses.post], axis=1)
    assert lengths.max() <= model.reach
    slow = spatial(grid=grid, prune=False, delay_per_step_ms=1.0)
    (delayed,) = slow.network(sample(slow)).projections
    far = delayed.pre != delayed.post
    lengths = np.linalg.norm(model.positions[delayed.pre] - model.positions[delayed.post], axis=1)[far]
    np.testing.assert_array_equal(delayed.delay_ms[far], np.maximum(np.round(lengths), 1.0))


def test_random_wiring_has_no_places() -> None:
    assert spatial(wiring="random").positions is None
