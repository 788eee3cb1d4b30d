"""One layer: its genes are the read-in and the read-out, and nothing else is needed to act."""

from typing import Any

import numpy as np
import pytest

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizees import ClosedLoop, create_optimizee
from neurosim_rl.simulators import create_simulator
from neurosim_rl.training.configure import configure

LAYER: dict[str, Any] = {
    "window_ms": 10.0,
    "resolution_ms": 1.0,
    "model": {"name": "single-layer", "neurons": 3},
    "normalisation": {"name": "bounds", "steps": 50},
    "encoder": {"name": "weighted", "n_neurons": 0},
    "decoder": {"name": "linear", "n_neurons": 0, "full_scale_hz": 1000.0},
}


def layer(**changes: Any) -> ClosedLoop:
    return create_optimizee(configure("pendulum", {**LAYER, **changes}))


def test_the_genes_are_read_in_and_read_out() -> None:
    optimizee = layer()
    assert {p.name: p.shape for p in optimizee.parameters.parameters} == {"read_in": (3, 3), "readout": (3, 1)}
    network = optimizee.network(np.arange(12.0))
    assert network.input == network.output == "neurons"
    assert network.n_neurons == 3
    assert network.projections == ()
    np.testing.assert_array_equal(network.read_in, np.arange(9.0).reshape(3, 3) * 300)
    np.testing.assert_array_equal(network.readout, np.arange(9.0, 12.0)[:, None])


@pytest.mark.parametrize("simulator", ["compiled", "nest"])
def test_a_neuron_driven_by_the_cosine_acts_by_its_spikes(simulator: str) -> None:
    """From rest, current I charges the membrane by 0.04 I (1 - exp(-t / 10 ms)) mV; 15 mV within 2 ms need 2069 pA.

    The cosine's gene of 20 / 3 makes 2222 pA at a cosine of 1 and a bound of 0.9: a spike in every second of ten steps.
    """
    optimizee = layer(normalisation={"name": "bounds", "bound": [0.9, 1.0, 8.0]})
    genome = {"read_in": np.zeros((3, 3)), "readout": np.array([[0.5], [9.0], [9.0]])}
    genome["read_in"][0, 0] = 20.0 / 3
    network = optimizee.network(optimizee.parameters.to_vector(genome))
    observations, active = np.array([[1.0, 0.0, 0.0], [0.9, 1.0, 8.0], [-1.0, 0.0, 0.0]]), np.arange(3)
    with create_simulator(simulator) as opened:
        opened.build([network] * 3)
        optimizee.encoder.start(opened.networks)
        optimizee.decoder.start(opened.networks)
        for _ in range(2):
            drive = optimizee.encoder.encode(optimizee.normalisation.apply(observations), active, [])
            counts = opened.advance(drive, 10.0, active)
            assert counts.tolist() == [[5, 0, 0], [3, 0, 0], [0, 0, 0]]
            # 1 000 Hz in 10 ms are 10 spikes, and the torque ends at 2 N m
            np.testing.assert_allclose(optimizee.decoder.decode(counts, active, []), [[0.5], [0.3], [0.0]], rtol=1e-12)


@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_without_weights_at_both_ends_there_is_nothing_to_evolve(part: str) -> None:
    other = {"encoder": {"name": "current"}, "decoder": {"name": "rate-difference"}}[part]
    with pytest.raises(ConfigurationError, match=r"needs encoder\.name = 'weighted' and decoder\.name = 'linear'"):
        _ = layer(**{part: other}).parameters


@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_another_number_of_neurons_at_an_end_says_what_to_set(part: str) -> None:
    message = rf"model single-layer has 3 neurons, but {part}\.n_neurons = 5\. Set {part}\.n_neurons = 0"
    with pytest.raises(ConfigurationError, match=message):
        _ = layer(**{part: {**LAYER[part], "n_neurons": 5}}).parameters


@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_zero_neurons_need_a_model_that_says_how_many(part: str) -> None:
    message = rf"{part}\.n_neurons = 0: model 'feed-forward' has no number of its own\. Set {part}\.n_neurons"
    changes = {
        "model": {"name": "feed-forward"},
        "encoder": {"name": "current"},
        "decoder": {"name": "rate-difference"},
    }
    with pytest.raises(ConfigurationError, match=message):
        _ = layer(**{**changes, part: LAYER[part]}).parameters


def test_a_mirrored_layer_answers_a_mirrored_observation_with_the_mirrored_action() -> None:
    pytest.importorskip("mujoco")
    settings = {
        "model": {"name": "single-layer", "neurons": 6, "mirror": True},
        "normalisation": {"name": "bounds", "bound": [1.0] * 8},
    }
    optimizee = create_optimizee(configure("swimmer", settings))
    assert optimizee.parameters.size == 30
    networks = [optimizee.network(v) for v in np.random.default_rng(1).uniform(-5, 5, (20, 30))]
    observations = np.random.default_rng(2).uniform(-3, 3, (20, 8))
    signs = np.array([-1, -1, -1, 1, -1, -1, -1, -1])
    rows = np.arange(40)
    optimizee.encoder.start([*networks, *networks])
    optimizee.decoder.start([*networks, *networks])
    with create_simulator("compiled") as simulator:
        simulator.build([*networks, *networks])
        drive = optimizee.encoder.encode(np.concatenate([observations, observations * signs]), rows, [])
        counts = simulator.advance(drive, 10.0, rows)
    actions = optimizee.decoder.decode(counts, rows, [])
    assert np.abs(actions[:20]).max() > 0.1
    np.testing.assert_array_equal(counts[20:], counts[:20, ::-1])
    np.testing.assert_allclose(actions[20:], -actions[:20], atol=1e-12)


def test_a_task_without_a_mirror_refuses_a_mirrored_layer() -> None:
    pytest.importorskip("mujoco")
    with pytest.raises(ConfigurationError, match="no mirror symmetry"):
        create_optimizee(configure("hopper", {"model": {"mirror": True, "neurons": 16}})).parameters  # noqa: B018


def test_opponents_have_opposite_weights() -> None:
    optimizee = layer(model={"name": "single-layer", "neurons": 4, "opponents": True})
    assert {p.name: p.shape for p in optimizee.parameters.parameters} == {"read_in": (6,), "readout": (2,)}
    network = optimizee.network(np.arange(1.0, 9.0))
    assert network.read_in is not None
    assert network.readout is not None
    np.testing.assert_array_equal(network.read_in[:, :2], np.arange(1.0, 7.0).reshape(3, 2) * 300)
    np.testing.assert_array_equal(network.read_in[:, 2:], -network.read_in[:, 1::-1])
    np.testing.assert_array_equal(network.readout[:, 0], [7.0, 8.0, -8.0, -7.0])


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            {"neurons": 3, "opponents": True},
            "model.opponents = true needs pairs of neurons, but model.neurons = 3 is odd",
        ),
        ({"neurons": 5, "mirror": True}, "model.mirror = true needs pairs of neurons, but model.neurons = 5 is odd"),
        ({"neurons": 4, "opponents": True, "mirror": True}, "Set one to false"),
    ],
)
def test_ties_that_cannot_be_are_refused(model: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        layer(model={"name": "single-layer", **model}).parameters  # noqa: B018


def test_opponents_act_oppositely_when_they_see_the_opposite() -> None:
    optimizee = layer(
        model={"name": "single-layer", "neurons": 4, "opponents": True},
        encoder={"name": "weighted", "n_neurons": 0, "offset_pa": 400.0},
    )
    rng, rows = np.random.default_rng(3), np.arange(40)
    network = optimizee.network(optimizee.parameters.sample(rng))
    seen = rng.uniform(-1.0, 1.0, (20, 3))
    optimizee.encoder.start([network] * 40)
    optimizee.decoder.start([network] * 40)
    with create_simulator("compiled") as simulator:
        simulator.build([network] * 40)
        drive = optimizee.encoder.encode(np.concatenate([seen, -seen]), rows, [])
        actions = [optimizee.decoder.decode(simulator.advance(drive, 10.0, rows), rows, []) for _ in range(3)]
    assert np.abs(actions).max() > 0.1
    for found in actions:
        np.testing.assert_allclose(found[20:], -found[:20], atol=1e-12)
