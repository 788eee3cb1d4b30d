"""Background spikes: their rate, their independence, and the same spikes in every simulator and batch."""

from typing import Any

import numpy as np
import pytest

from benchmarks.random_networks import random_case
from neurosim_rl.bridge import BACKGROUNDS, ENCODERS, Background, Currents, Drive, SpikeTrains
from neurosim_rl.bridge.background import BACKGROUND
from neurosim_rl.bridge.weighted_encoders import PulseEncoder
from neurosim_rl.errors import ConfigurationError, NeurosimError, SimulatorError, UnknownNameError
from neurosim_rl.evaluation.dispatch import dispatch
from neurosim_rl.evaluation.replay import record, verify
from neurosim_rl.evaluation.response_map import response_map
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.networks.network import Network
from neurosim_rl.optimizees import TRAINED_NETWORKS, ClosedLoop, create_optimizee
from neurosim_rl.simulators import SIMULATORS, create_simulator
from neurosim_rl.training.configure import configure
from tests.components import create
from tests.simulators.networks import ONE, network, spiking_network

SHORT = {"environment": {"kwargs": {"max_episode_steps": 6}}}
POISSON = {"name": "poisson", "rate_hz": 300.0, "weight_pa": 400.0}
STARTS = [5, 6, 7]
WEIGHTED = {"encoder": {"name": "weighted", "n_neurons": 0}, "decoder": {"name": "linear", "n_neurons": 0}}


def background(**options: Any) -> Background:
    made: Background = create("background", BACKGROUNDS, {**POISSON, **options}, resolution_ms=0.1)
    return made


def task(*layers: dict[str, Any], name: str = "cart-pole") -> ClosedLoop:
    return create_optimizee(configure(name, SHORT, {"background": POISSON}, *layers))


def genome(optimizee: ClosedLoop, seed: int = 1) -> np.ndarray:
    return optimizee.parameters.sample(np.random.default_rng(seed))


def drawn(made: Background, n_windows: int) -> np.ndarray:
    """Return how often each source spikes in each step of some windows, shape (n_windows, n_sources, n_steps)."""
    made.start([made.added_to(network())])
    counts = np.zeros((n_windows, 4, 200), int)
    rngs = [np.random.default_rng(3)]
    for window in counts:
        ((drive, part_ms),) = made.phases([(Currents(np.zeros((1, 2))), 20.0)], ONE, rngs)
        assert part_ms == 20.0
        assert drive.background is not None
        np.add.at(window, (drive.background.input, drive.background.step - 1), 1)
    return counts


def test_each_source_fires_at_the_rate_in_every_step_and_by_itself() -> None:
    counts = drawn(background(rate_hz=1000.0), 400)
    n_draws = counts[:, 0].size
    expected = n_draws * 0.1
    np.testing.assert_allclose(counts.sum(axis=(0, 2)), expected, atol=5 * np.sqrt(expected))
    per_step = counts.sum(axis=(0, 1))
    np.testing.assert_allclose(per_step, 160, atol=5 * np.sqrt(160))
    assert counts.max() == 1
    correlation = np.corrcoef(counts.swapaxes(0, 1).reshape(4, -1))
    assert np.abs(correlation[np.triu_indices(4, 1)]).max() < 5 / np.sqrt(n_draws)


def test_each_target_neuron_has_a_source_of_its_own() -> None:
    extended = background(into=["out"]).added_to(network())
    assert [p.name for p in extended.populations] == ["in", "out", BACKGROUND]
    assert extended.population(BACKGROUND).size == 2
    assert extended.own_projections == network().projections[:0] + extended.projections[:1]
    added = extended.projections[1]
    assert (added.source, added.target) == (BACKGROUND, "out")
    assert added.pre.tolist() == added.post.tolist() == [0, 1]
    assert added.weight_pa.tolist() == [400.0, 400.0]
    assert added.delay_ms.tolist() == [1.0, 1.0]
    everywhere = background().added_to(network())
    assert everywhere.first_neuron == {"in": 0, "out": 2, BACKGROUND: 4}
    assert everywhere.population(BACKGROUND).size == 4
    only_neurons = background().added_to(spiking_network())
    assert [p.target for p in only_neurons.projections[1:]] == ["out"]


def test_networks_that_differ_in_weights_keep_one_structure() -> None:
    optimizee = task()
    one, other = (optimizee.network(genome(optimizee, seed)) for seed in (1, 2))
    assert one.structure == other.structure


@pytest.mark.parametrize("encoder", ENCODERS)
def test_background_spikes_are_the_same_in_nest_and_in_a_compiled_batch(encoder: str) -> None:
    is_pulsed = issubclass(ENCODERS[encoder], PulseEncoder)  # for networks in mV
    layer = {**(TRAINED_NETWORKS["snn"] if is_pulsed else {}), "encoder": {"name": encoder}}
    weight = {"background": {**POISSON, "weight_pa": 4.0 if is_pulsed else 400.0}}
    optimizee = task(layer, {"learning": {"name": "none"}, "optimizer": {"name": "genetic"}}, weight)
    assert optimizee.config.simulator == "compiled"
    check_replay(optimizee)


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("pendulum", {"model": {"name": "single-layer"}, **WEIGHTED}),
        ("pendulum", {"model": {"name": "spatial"}, **WEIGHTED}),
        ("cart-pole-sensorimotor", {}),
    ],
)
def test_background_spikes_are_the_same_in_recurrent_networks(name: str, layer: dict[str, Any]) -> None:
    layer = {**layer, "background": {**POISSON, "weight_pa": -150.0}}
    check_replay(task(layer, name=name))


@pytest.mark.parametrize("seed", range(12))
def test_background_spikes_are_the_same_in_random_networks(seed: int) -> None:
    described, rng = random_case(seed).networks[:3], np.random.default_rng(seed)
    resolution_ms = described[0].resolution_ms
    options = {**POISSON, "rate_hz": 50 / resolution_ms, "weight_pa": float(rng.choice([-30.0, 30.0]))}
    made: Background = create("background", BACKGROUNDS, options, resolution_ms=resolution_ms)
    networks, active = [made.added_to(n) for n in described], np.arange(len(described))
    made.start(networks)
    drives: list[tuple[Drive, float]] = []
    for n_steps in (100, 33, 57, 100):
        drive = given_drive(described[0], len(active), n_steps, rng)
        drives += made.phases([(drive, n_steps * resolution_ms)], active, [np.random.default_rng(k) for k in active])
    found = []
    for name in ("nest", "compiled"):
        with create_simulator(name) as simulator:
            simulator.build(networks, record_spikes=True)
            for drive, part_ms in drives:
                simulator.advance(drive, part_ms, active)
            found.append(simulator.spikes())
    assert (found[0].neuron >= described[0].n_neurons).sum() > 100
    for column in ("element", "neuron", "step"):
        np.testing.assert_array_equal(getattr(found[0], column), getattr(found[1], column))


def given_drive(described: Network, n_rows: int, n_steps: int, rng: np.random.Generator) -> Drive:
    """Return random currents, or one spike of each input."""
    if not described.is_driven_by_spikes:
        return Currents(rng.uniform(0, 1000, (n_rows, described.n_inputs)))
    row, neuron = np.nonzero(np.ones((n_rows, described.n_inputs), bool))
    return SpikeTrains(row, neuron, rng.integers(1, n_steps + 1, len(row)), n_rows)


def check_replay(optimizee: ClosedLoop) -> None:
    recording = record(optimizee, genome(optimizee), STARTS)
    first = optimizee.network(genome(optimizee)).first_neuron[BACKGROUND]
    assert (recording.spikes.neuron >= first).sum() > 20
    result = verify(optimizee, genome(optimizee), recording)
    assert result.identical
    assert result.spikes_compared == len(recording.spikes)


def test_a_background_drives_neurons_without_other_input() -> None:
    silent = {"model": {"initial_limit": 0.0}}
    strong = task(silent, {"background": {**POISSON, "weight_pa": 4000.0, "into": ["output"]}})
    weights = np.zeros(strong.parameters.size)
    played = {}
    for sign, optimizee in ((1, strong), (0, task(silent, {"background": {"name": "none"}}))):
        played[sign] = optimizee.play([weights], optimizee.evaluation_elements([5]), training=False).episodes.spikes
    assert played[1].sum() > 10
    assert not played[0].any()


def test_background_spikes_depend_on_the_element_only() -> None:
    vectors = [genome(task(), k) for k in range(3)]
    results = []
    for layer in ({"batch_size": 1}, {"batch_size": 4}, {"simulator": "nest"}):
        optimizee = task(layer, {"episodes": 2})
        elements = optimizee.training_elements(0, range(3))
        results.append(dispatch(optimizee, vectors, elements, SerialExecutor()).episodes.spikes)
    assert (results[0] == results[1]).all()
    assert (results[0] == results[2]).all()
    other = task({"episodes": 2, "seed": 2})
    again = dispatch(other, vectors, task({"episodes": 2}).training_elements(1, range(3)), SerialExecutor())
    assert (again.episodes.spikes != results[0]).any()


def test_synapses_of_the_background_do_not_learn() -> None:
    optimizee = task({"learning": {"name": "r-stdp", "episodes": 2, "critic": {"name": "loss"}}})
    played = optimizee.play([genome(optimizee)], optimizee.training_elements(0, [0]))
    assert played.learned is not None
    assert played.learned.shape == (4, optimizee.parameters.size)
    assert (played.learned[0] != genome(optimizee)).any()
    named = task({"learning": {"name": "r-stdp", "projections": ["background->output"]}})
    with pytest.raises(UnknownNameError, match="unknown projection 'background->output'"):
        named.play([genome(named)], named.training_elements(0, [0]))


def test_a_response_map_has_the_background() -> None:
    layer = {"model": {"initial_limit": 0.0}}
    optimizee = task(layer, {"background": {**POISSON, "weight_pa": 4000.0}})
    counts = response_map(optimizee, np.zeros(optimizee.parameters.size), n_grid=3).counts
    assert counts.any()


@pytest.mark.parametrize(
    ("layer", "error", "message"),
    [
        ({"background": {**POISSON, "into": ["outputs"]}}, UnknownNameError, r"Did you mean 'output'"),
        ({"background": {**POISSON, "rate_hz": 6000.0}}, ConfigurationError, r"at most 5000 Hz"),
        (
            {"encoder": {"name": "poisson"}, "background": {**POISSON, "into": ["input"]}},
            ConfigurationError,
            r"'input' emits given spikes",
        ),
        ({"model": {"name": "linear"}}, ConfigurationError, r"background 'poisson' needs neurons"),
        (
            {**TRAINED_NETWORKS["snn"], "learning": {"name": "ppo"}},
            ConfigurationError,
            r"gradients train a network without background",
        ),
    ],
)
def test_what_cannot_be_played_is_refused(layer: dict[str, Any], error: type[NeurosimError], message: str) -> None:
    with pytest.raises(error, match=message):
        task(layer)


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_background_spikes_for_a_network_without_sources_are_refused(simulator: str) -> None:
    made = background()
    made.start([made.added_to(network())])
    ((drive, part_ms),) = made.phases([(Currents(np.zeros((1, 2))), 20.0)], ONE, [np.random.default_rng(0)])
    with create_simulator(simulator) as opened:
        opened.build([network()])
        with pytest.raises(SimulatorError, match=r"drive\.background has spikes; the network has no background"):
            opened.advance(drive, part_ms, ONE)
