"""Small synthetic records: two observed variables, three actions, two episodes."""

import numpy as np
import pytest

from neurosim_rl.analysis import Labels
from neurosim_rl.networks.network import Network
from neurosim_rl.records.history import History, nothing_learned
from neurosim_rl.records.recording import Recording
from neurosim_rl.records.response_map import ResponseMap
from tests.recordings import nine_neurons, two_episodes

WINDOW_MS = 20.0


@pytest.fixture
def labels() -> Labels:
    return Labels(
        observations=("position (m)", "velocity (m/s)"),
        actions=("left", "none", "right"),
        inputs=("position", "position", "velocity", "velocity"),
        outputs=("left", "none", "right"),
        discrete=True,
    )


@pytest.fixture
def box_labels() -> Labels:
    return Labels(
        observations=("position (m)", "velocity (m/s)"),
        actions=("torque (N m)",),
        inputs=("position", "position", "velocity", "velocity"),
        outputs=("raises torque", "lowers torque", "idle"),
        discrete=False,
    )


@pytest.fixture
def history() -> History:
    """Three generations of four individuals; the second generation is not validated."""
    fitness = np.array([1.0, 2.0, 3.0, 0.0, 5.0, 4.0, 3.0, 2.0, 6.0, 7.0, 8.0, 9.0])
    by_generation = fitness.reshape(3, 4)
    return History(
        generation=np.repeat(np.arange(3), 4),
        individual=np.tile(np.arange(4), 3),
        genomes=np.zeros((12, 2)),
        learned=nothing_learned(12),
        behaviour=np.zeros((12, 0)),
        fitness=fitness,
        returns=fitness[:, None],
        lengths=np.full((12, 1), 10),
        terminated=np.ones((12, 1), bool),
        failure=np.full(12, "", dtype=object),
        number=np.arange(3),
        best_fitness=by_generation.max(axis=1),
        mean_fitness=by_generation.mean(axis=1),
        best_individual=by_generation.argmax(axis=1),
        validation_return=np.array([2.5, np.nan, 8.5]),
        seconds=np.ones(3),
    )


@pytest.fixture
def response_map() -> ResponseMap:
    """A grid of 3 by 2 cells, three output neurons; neuron k spikes k times more than cell number modulo 3."""
    cells = np.arange(6).reshape(2, 3) % 3
    counts = cells[..., None] + np.arange(3)
    return ResponseMap(
        axes=(0, 1),
        x=np.array([-1.0, 0.0, 1.0]),
        y=np.array([-0.5, 0.5]),
        fixed=np.zeros(2),
        counts=counts,
        actions=cells[..., None],
        window_ms=WINDOW_MS,
        n_windows=3,
    )


@pytest.fixture
def network() -> Network:
    return nine_neurons()


@pytest.fixture
def recording() -> Recording:
    return two_episodes()
