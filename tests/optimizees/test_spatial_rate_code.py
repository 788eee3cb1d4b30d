"""A spatial network that begins as a linear policy: what it does, its signs, a run, and mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.measures.controllers import controller_of
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.optimizees.closed_loop import ClosedLoop
from neurosim_rl.optimizees.rate_code import rate_coded
from neurosim_rl.optimizees.spatial_rate_code import RECURRENT_WEIGHT
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.settings.layers import combine
from neurosim_rl.training.ancestor import begin_run, settings_from
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end
from tests.optimizees.test_rate_code import BIASES, BRIEF, WEIGHTS, actions

GRID: dict[str, Any] = {
    "window_ms": 50.0,
    "resolution_ms": 1.0,
    "model": {"name": "spatial", "grid": [4, 4]},
    "encoder": {"name": "weighted", "n_neurons": 0},
    "decoder": {"name": "linear", "n_neurons": 0},
}


def network(**changes: Any) -> ClosedLoop:
    return create_optimizee(configure("pendulum", combine(GRID, changes)))


@pytest.mark.parametrize(("grid", "error"), [([4, 4], 0.15), ([3, 3, 3], 0.15), ([8, 8], 0.1)])
def test_the_network_acts_as_the_policy(grid: list[int], error: float) -> None:
    optimizee = network(model={"grid": grid})
    observations = np.random.default_rng(1).normal(size=(200, 3))
    found = actions(optimizee, rate_coded(optimizee, WEIGHTS, BIASES), observations) / 2.0  # N m
    wanted = np.clip(observations @ WEIGHTS + BIASES, -1.0, 1.0)
    assert np.abs(found - wanted).mean() < error
    assert np.corrcoef(found[:, 0], wanted[:, 0])[0, 1] > 0.97


def test_a_bias_alone_acts() -> None:
    optimizee = network(model={"grid": [8, 8]})
    vector = rate_coded(optimizee, 0.0 * WEIGHTS, np.array([0.5]))
    found = actions(optimizee, vector, np.zeros((1, 3))) / 2.0
    assert found[0, 0] == pytest.approx(0.5, abs=0.1)


def test_neurons_keep_their_signs_and_edges_between_them_are_weak() -> None:
    optimizee = network(model={"grid": [3, 3]})
    genome = optimizee.parameters.to_genome(rate_coded(optimizee, WEIGHTS, BIASES))
    np.testing.assert_array_equal(genome["sign"], [1, 1, 1, 1, -1, -1, -1, -1, 1])
    read_in = genome["read_in"].reshape(3, 9)
    assert ((read_in[:, :4] > 0) == (WEIGHTS > 0)).all()
    assert ((read_in[:, 4:8] > 0) == (WEIGHTS < 0)).all()
    assert (read_in[:, 8] == 0).all()  # left over
    assert genome["readout"][8] == 0
    assert set(genome["weights"]) == {0.0, RECURRENT_WEIGHT}


def test_a_run_goes_on_from_a_linear_policy(tmp_path: Path) -> None:
    linear = check(configure("pendulum", BRIEF, {"model": {"name": "linear", "observations": "raw"}}))
    run_to_end(linear, begin_run(tmp_path / "linear", linear), executor=SerialExecutor())
    config = check(configure("pendulum", settings_from(str(tmp_path / "linear"), "pendulum"), BRIEF, GRID))
    run_to_end(config, begin_run(tmp_path / "run", config), executor=SerialExecutor())
    champion = read_champion(tmp_path / "run")
    assert champion.verification.identical
    assert controller_of(champion) == "linear, then evolved SNN"


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"structure": "drawn"}, r"with drawn edges .* Set model.structure = 'evolved'\."),
        ({"grid": [1]}, r"model.grid = \[1\]: .* Set a grid of at least 2 neurons\."),
    ],
)
def test_what_cannot_begin_as_a_linear_policy_says_why(model: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        rate_coded(network(model=model), WEIGHTS, BIASES)
