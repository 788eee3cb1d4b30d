"""The dense network: one worked out by hand, and sizes."""

import math
from typing import Any

import numpy as np
import pytest

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.models import Dense
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.training.configure import configure
from tests.models.test_policy import TORQUES, actions, build
from tests.tasks import EVERY_TASK


@pytest.mark.parametrize(("activation", "hidden"), [("tanh", [math.tanh(-0.25), math.tanh(0.65)]), ("relu", [0, 0.65])])
def test_a_small_network_is_what_one_computes_by_hand(activation: str, hidden: list[float]) -> None:
    policy = build("dense", action_space=TORQUES, hidden=[2], activation=activation, weight_unit=0.5)
    genome = {
        "weights_0": np.array([[1.0, -1.0], [0.5, 2.0]]),
        "biases_0": np.array([0.0, 0.8]),
        "weights_1": np.array([[1.0, 0.0], [3.0, -2.0]]),
        "biases_1": np.array([0.0, 1.0]),
    }
    # [-0.3, 5] lies in the middle of the first variable's bounds and of the second's; [-0.75, 5] at -0.5 and 0.
    found = actions(policy, [policy.parameters.to_vector(genome)], [[-0.75, 5.0]])
    one, other = hidden
    outputs = 0.5 * (one + 3 * other), 0.5 * (-2 * other + 1)
    assert found[0] == pytest.approx([2 * math.tanh(outputs[0]), 2.5 + 2.5 * math.tanh(outputs[1])])


def test_layers_follow_each_other() -> None:
    policy = build("dense", hidden=[4, 7])
    assert policy.sizes == (2, 4, 7, 3)
    assert policy.parameters.size == 2 * 4 + 4 + 4 * 7 + 7 + 7 * 3 + 3


@pytest.mark.parametrize("task", EVERY_TASK)
def test_by_default_it_is_as_large_as_the_task_s_spiking_network(task: str) -> None:
    layers: tuple[dict[str, Any], ...] = ({}, {"learning": {"name": "none"}, "model": {"name": "dense"}})
    spiking, dense = (create_optimizee(configure(task, layer)) for layer in layers)
    assert isinstance(dense.model, Dense)
    (hidden,) = dense.model.hidden_sizes
    one_unit_more = len(dense.environment.observation_low) + 1 + dense.model.n_outputs
    assert abs(dense.model.parameters.size - spiking.model.parameters.size) <= one_unit_more / 2
    assert hidden > 1


@pytest.mark.parametrize(("n_parameters", "hidden"), [(9, 1), (15, 2), (60, 10), (1, 1)])
def test_a_wanted_number_of_parameters_sets_the_size(n_parameters: int, hidden: int) -> None:
    # 2 observations and 3 actions: 6 parameters for each hidden unit, and 3 biases.
    policy = build("dense", n_parameters=n_parameters)
    assert policy.sizes == (2, hidden, 3)


def test_the_size_is_settled_so_that_a_resumed_run_keeps_it() -> None:
    assert build("dense").sizes_from_task == {"hidden": (10,)}
    assert build("linear").sizes_from_task == {}


def test_hidden_layers_hold_whole_numbers_of_units() -> None:
    with pytest.raises(ConfigurationError, match=r"model\.hidden = \[3\.0, 2\.5\]: expected whole numbers, got 2\.5"):
        build("dense", hidden=[3.0, 2.5])
