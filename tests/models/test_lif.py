"""Leaky integrate-and-fire layers in NEST, against the published equations computed tick by tick."""

from typing import Any

import numpy as np
import pytest

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.loop.rollout import play_window
from neurosim_rl.networks.parameters import Genome
from neurosim_rl.optimizees import TRAINED_NETWORKS, ClosedLoop, create_optimizee
from neurosim_rl.simulators import create_simulator
from neurosim_rl.training.configure import configure


def task(name: str = "cart-pole", **layers: Any) -> ClosedLoop:
    return create_optimizee(configure(name, TRAINED_NETWORKS["snn"], {"normalisation": {"name": "none"}}, layers))


def random_genome(optimizee: ClosedLoop, seed: int = 0) -> Genome:
    """Return weights of which many cross the threshold."""
    return optimizee.parameters.to_genome(2 * optimizee.parameters.sample(np.random.default_rng(seed)))


def equations(
    genome: Genome, observed: np.ndarray, sizes: list[int], ticks: int, decay: float = 0.2, reset: str = "zero"
) -> tuple:
    """Return output membranes after each observation, shape (n, n_outputs), and the number of hidden spikes."""
    membranes, spikes = [np.zeros(n) for n in sizes[1:]], [np.zeros(n) for n in sizes[1:-1]]
    outputs, n_spikes = [], 0
    for observation in observed:
        for _ in range(ticks):
            values = observation
            for k in range(len(sizes) - 1):
                current = genome[f"biases_{k}"] + values @ genome[f"weights_{k}"]
                if f"recurrent_{k}" in genome:
                    current = current + spikes[k] @ genome[f"recurrent_{k}"]
                membranes[k] = decay * membranes[k] + current
                if k < len(spikes):
                    if reset == "subtract-next":
                        membranes[k] = membranes[k] - 0.5 * spikes[k]
                    spikes[k] = (membranes[k] >= 0.5).astype(float)
                    if reset == "zero":
                        membranes[k] = np.where(spikes[k] == 1, 0.0, membranes[k])
                    elif reset == "subtract":
                        membranes[k] = membranes[k] - 0.5 * spikes[k]
                    values = spikes[k]
                    n_spikes += int(values.sum())
        outputs.append(membranes[-1].copy())
    return np.array(outputs), n_spikes


SHAPES = [([6], 1, False, 2.0), ([6], 1, False, 10.0), ([6, 5, 4, 3], 1, True, 10.0), ([7, 5], 3, True, 12.0)]


@pytest.mark.parametrize("simulator", ["compiled", "nest"])
@pytest.mark.parametrize(("hidden", "ticks", "recurrent", "window_ms"), SHAPES)
def test_membranes_and_spikes_are_those_of_the_equations(
    simulator: str, hidden: list[int], ticks: int, recurrent: bool, window_ms: float
) -> None:
    compare_with_equations(simulator, hidden, ticks, recurrent, window_ms, "zero")


@pytest.mark.parametrize("reset", ["subtract", "subtract-next"])
@pytest.mark.parametrize("simulator", ["compiled", pytest.param("nest", marks=pytest.mark.nestml)])
@pytest.mark.parametrize(("hidden", "ticks", "recurrent", "window_ms"), SHAPES)
def test_a_reset_that_subtracts_is_that_of_the_equations(
    simulator: str, hidden: list[int], ticks: int, recurrent: bool, window_ms: float, reset: str
) -> None:
    compare_with_equations(simulator, hidden, ticks, recurrent, window_ms, reset)


def compare_with_equations(
    simulator: str, hidden: list[int], ticks: int, recurrent: bool, window_ms: float, reset: str
) -> None:
    """Compare output membranes after each window, actions, and the number of spikes."""
    model = {"name": "lif", "hidden": hidden, "recurrent": recurrent, "reset": reset}
    layers: dict[str, Any] = {"model": model, "encoder": {"name": "pulses", "ticks": ticks}, "window_ms": window_ms}
    optimizee = task(**layers, learning={"name": "none"})
    genomes = [random_genome(optimizee, seed) for seed in range(2)]
    observed = np.random.default_rng(3).normal(size=(30, 2, 4))
    sizes = [4, *hidden, 2]
    expected = [equations(g, observed[:, k], sizes, ticks, reset=reset) for k, g in enumerate(genomes)]
    active = np.arange(2)
    with create_simulator(simulator) as running:
        running.build([optimizee.network(optimizee.parameters.to_vector(g)) for g in genomes], record_spikes=True)
        optimizee.encoder.start(running.networks)
        for window, observations in enumerate(observed):
            drive = optimizee.encoder.encode(observations, active, [])
            counts, actions = play_window(running, optimizee.encoder, optimizee.decoder, drive, active, [])
            outputs = np.array([e[0][window] for e in expected])
            np.testing.assert_allclose(running.output_mv(), outputs, atol=1e-11)
            assert actions.tolist() == outputs.argmax(axis=1).tolist()
            assert not counts.any()
        carriers = len(observed) * ticks
        for element, (_, n_spikes) in enumerate(expected):
            assert len(running.spikes().of(element)) == n_spikes + carriers
            assert n_spikes > 40


def test_the_published_network_of_64_neurons_has_450_parameters_that_act() -> None:
    assert task().parameters.size == 4 * 64 + 64 + 64 * 2 + 2


def test_genes_are_drawn_within_one_over_the_root_of_the_inputs() -> None:
    for parameter in task(model={"name": "lif", "hidden": [16, 9]}).parameters.parameters:
        expected = {"weights_0": 1 / 2, "weights_1": 1 / 4, "weights_2": 1 / 3}
        if parameter.name in expected:
            assert parameter.initial == (-expected[parameter.name], expected[parameter.name])


def test_a_window_too_short_for_the_layers_says_how_long_it_has_to_be() -> None:
    with pytest.raises(
        ConfigurationError,
        match=r"a window of 3 grid steps does not hold 1 equal ticks of at least 4 steps.*window_ms = 4",
    ):
        task(model={"name": "lif", "hidden": [4, 4, 4]}, window_ms=3.0).model  # noqa: B018


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ({"model": {"name": "lif", "hidden": []}}, "at least one hidden layer|has no number of its own"),
        ({"model": {"name": "lif", "hidden": [2.5]}}, "expected whole numbers"),
        ({"encoder": {"name": "weighted", "n_neurons": 3}}, "Set encoder.name = 'pulses'"),
        ({"encoder": {"name": "current"}}, "Set encoder.name = 'pulses'"),
        ({"encoder": {"name": "pulses", "offset_pa": 3.0}}, "each neuron has its own bias"),
        ({"decoder": {"name": "winner", "tie": "first"}}, "Set decoder.name = 'membrane'"),
    ],
)
def test_what_does_not_fit_is_said(layers: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        task(**layers).model  # noqa: B018


def test_a_readout_of_spikes_has_none_to_read() -> None:
    with pytest.raises(ConfigurationError, match=r"a decoder that reads membranes.*Set decoder\.name = 'membrane'"):
        task("pendulum", decoder={"name": "linear", "n_neurons": 2}).model  # noqa: B018


def test_evolution_can_search_it_and_an_element_plays_the_same_in_any_batch() -> None:
    optimizee = task(environment={"kwargs": {"max_episode_steps": 30}})
    vectors = [optimizee.parameters.sample(np.random.default_rng(k)) for k in range(3)]
    elements = optimizee.evaluation_elements([1, 2, 3])
    batch = [type(e)(k, e.start_seed, e.seed, e.key) for k, e in enumerate(elements)]
    together = optimizee.play(vectors, batch).episodes
    for k, (vector, element) in enumerate(zip(vectors, elements, strict=True)):
        alone = optimizee.play([vector], [element]).episodes
        assert alone.returns[0] == together.returns[k]
