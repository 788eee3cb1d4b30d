"""One population that gets the drive, has synapses onto itself, and is read out: both simulators take it alike."""

import numpy as np
import pytest

from benchmarks.random_grids import random_delays, random_grid
from benchmarks.random_networks import (
    BATCHES,
    MODELS,
    Case,
    compare,
    neuron_parameters,
    random_course,
    weight_unit,
)
from neurosim_rl.bridge import Currents
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.networks.projection import Projection
from neurosim_rl.simulators import Simulator


def joint_case(seed: int, *, recurrent: bool = True) -> Case:
    """Return a batch of random networks of one population, each with neurons, synapses and delays of its own."""
    rng = np.random.default_rng(seed)
    grid = random_grid(rng, seed)
    delays = random_delays(rng, grid, 9.0, one_delay=False)
    model, size, n_batch = MODELS[seed % len(MODELS)], int(rng.integers(2, 40)), int(rng.choice(BATCHES))
    networks = []
    for _ in range(n_batch):
        parameters = neuron_parameters(rng, model, size, False, grid)
        pre, post = np.nonzero(rng.random((size, size)) < rng.uniform(0, 0.3))  # also onto themselves
        weight = rng.normal(0.2, 1, len(pre)) * weight_unit(model)
        delay_ms = grid.ms(delays.draw(rng, len(pre)))
        synapses = (Projection("n", "n", pre, post, weight, delay_ms),) if recurrent else ()
        population = Population("n", size, model, parameters)
        min_delay_ms = float(grid.ms(delays.slice_steps)) if recurrent else None
        networks.append(Network((population,), synapses, "n", "n", grid.resolution_ms, min_delay_ms))
    return Case(networks, *random_course(rng, grid, networks))


@pytest.mark.parametrize("recurrent", [True, False])
@pytest.mark.parametrize("seed", range(12))
def test_spikes_and_membranes_are_nests_to_the_last_bit(seed: int, recurrent: bool) -> None:
    found = compare(joint_case(seed, recurrent=recurrent))
    assert found.spikes > 0
    assert found.spikes_differing == 0
    assert found.membranes_differing == 0


def test_counts_are_those_of_the_driven_neurons_themselves(nest_simulator: Simulator) -> None:
    """The first neuron is driven and excites the second, which is not."""
    rows = np.zeros(1, np.int64)
    synapse = Projection("n", "n", rows, rows + 1, np.array([9000.0]), np.array([1.0]))
    network = Network((Population("n", 3),), (synapse,), "n", "n")
    nest_simulator.build([network])
    (counts,) = nest_simulator.advance(Currents(np.array([[2000.0, 0.0, 0.0]])), 50.0, rows)
    assert counts[0] > 3
    assert counts[1] > 3
    assert counts[2] == 0
