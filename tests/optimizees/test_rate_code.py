"""A spiking layer that begins as a linear policy: what it does, runs that go on from it, and mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.measures.controllers import controller_of
from neurosim_rl.models import Policy
from neurosim_rl.optimizees import Configuration, create_optimizee
from neurosim_rl.optimizees.closed_loop import ClosedLoop
from neurosim_rl.optimizees.rate_code import rate_coded
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.settings.layers import combine
from neurosim_rl.simulators import create_simulator
from neurosim_rl.training.ancestor import begin_run, settings_from
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end

LAYER: dict[str, Any] = {
    "window_ms": 50.0,
    "resolution_ms": 0.25,
    "model": {"name": "single-layer", "neurons": 4},
    "encoder": {"name": "weighted", "n_neurons": 0, "offset_pa": 500.0},
    "decoder": {"name": "linear", "n_neurons": 0},
}
BRIEF: dict[str, Any] = {
    "generations": 2,
    "validation_episodes": 1,
    "workers": 1,
    "environment": {"kwargs": {"max_episode_steps": 15}},
    "optimizer": {"name": "cma-es", "population": 4},
}
WEIGHTS = np.array([[0.4], [-0.8], [0.3]])
BIASES = np.array([0.2])


def layer(**changes: Any) -> ClosedLoop:
    return create_optimizee(configure("pendulum", combine(LAYER, changes)))


def actions(optimizee: ClosedLoop, vector: np.ndarray, observations: np.ndarray) -> np.ndarray:
    """Return the action after each of a sequence of windows, of which each has a network of its own."""
    everyone, rngs = np.arange(len(observations)), [np.random.default_rng(0)] * len(observations)
    networks = [optimizee.network(vector)] * len(observations)
    with create_simulator("compiled") as simulator:
        simulator.build(networks)
        optimizee.encoder.start(networks)
        optimizee.decoder.start(networks)
        drive = optimizee.encoder.encode(observations, everyone, rngs)
        found = [optimizee.decoder.decode(simulator.advance(drive, 50.0, everyone), everyone, rngs) for _ in range(4)]
    return np.mean(found, axis=0)


@pytest.mark.parametrize(("neurons", "error"), [(2, 0.1), (3, 0.1), (4, 0.05), (8, 0.04)])
def test_the_layer_acts_as_the_policy(neurons: int, error: float) -> None:
    optimizee = layer(model={"neurons": neurons})
    vector = rate_coded(optimizee, WEIGHTS, BIASES)
    observations = np.random.default_rng(1).normal(size=(200, 3))
    wanted = np.tanh(observations @ WEIGHTS + BIASES)
    found = actions(optimizee, vector, observations) / 2.0  # N m
    assert np.abs(found - wanted).mean() < error
    assert np.corrcoef(found[:, 0], wanted[:, 0])[0, 1] > 0.98


def test_neurons_that_are_left_over_have_no_weights() -> None:
    optimizee = layer(model={"neurons": 5})
    genome = optimizee.parameters.to_genome(rate_coded(optimizee, WEIGHTS, BIASES))
    assert (genome["read_in"][:, 4] == 0).all()
    assert (genome["readout"][4] == 0).all()
    assert (genome["read_in"][:, :4] != 0).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": {"neurons": 1}}, r"model.neurons = 1: a linear policy of 1 actions .* Set at least 2\."),
        ({"model": {"opponents": True}}, r"with tied weights .* Set model.mirror = false"),
        (
            {
                "model": {"name": "feed-forward"},
                "encoder": {"name": "current"},
                "decoder": {"name": "rate-difference"},
            },
            r"model 'feed-forward' cannot begin as a linear policy\. Set model.name = 'single-layer' or 'spatial'\.",
        ),
    ],
)
def test_what_cannot_begin_as_a_linear_policy_says_why(changes: dict[str, Any], message: str) -> None:
    names = {key: changes[key] for key in changes if "name" in changes[key]}
    optimizee = create_optimizee(configure("pendulum", LAYER, names)) if names else layer(**changes)
    with pytest.raises(ConfigurationError, match=message):
        rate_coded(optimizee, WEIGHTS, BIASES)


# --- runs ---


def run(path: Path, *layers: dict[str, Any]) -> Configuration:
    config = check(configure("pendulum", *layers))
    run_to_end(config, begin_run(path, config), executor=SerialExecutor())
    return config


@pytest.fixture(scope="module")
def linear(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run that evolved a linear policy."""
    path = tmp_path_factory.mktemp("rate-code") / "linear"
    run(path, BRIEF, {"model": {"name": "linear", "observations": "raw"}})
    return path


def test_a_run_begins_with_the_layer_and_counts_what_the_policy_took(linear: Path, tmp_path: Path) -> None:
    run(tmp_path / "run", settings_from(str(linear), "pendulum"), BRIEF, LAYER)
    policy, champion = read_champion(linear), read_champion(tmp_path / "run")
    model = policy.optimizee().model
    assert isinstance(model, Policy)
    [(weights, biases)] = model.layers(policy.optimizee().parameters.to_genome(policy.vector))
    history = RunFolder.open(tmp_path / "run").history()
    assert history is not None
    np.testing.assert_array_equal(history.genomes[0], rate_coded(champion.optimizee(), weights, biases))
    assert champion.config.ancestor.sha256 == policy.sha256  # type: ignore[union-attr]
    assert champion.n_evaluations == policy.n_evaluations + history.n_evaluations
    assert champion.verification.identical
    assert controller_of(champion) == "linear, then evolved SNN"
    run(tmp_path / "further", settings_from(str(tmp_path / "run"), "pendulum"), BRIEF)
    assert controller_of(read_champion(tmp_path / "further")) == "linear, then evolved SNN"


def test_a_policy_of_scaled_observations_is_refused(tmp_path: Path) -> None:
    run(tmp_path / "linear", BRIEF, {"model": {"name": "linear"}})
    with pytest.raises(ConfigurationError, match=r"model.observations = 'scaled'; expected 'raw'"):
        run(tmp_path / "run", settings_from(str(tmp_path / "linear"), "pendulum"), BRIEF, LAYER)
