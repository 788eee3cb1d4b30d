"""The example ``pynest``: a network with noise, receptors and gap junctions that can hold the pole."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import numpy as np
import pytest

from neurosim_rl.optimizees import ClosedLoop, Element, create_optimizee
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.settings import plugins
from neurosim_rl.training.configure import configure
from tests.own_parts import forgotten_afterwards
from tests.structure import ROOT

EXAMPLE = ROOT / "examples" / "pynest"
GAINS = (2.0, 3.0, 8.0, 8.0)
"""Weights of the four variables in a linear controller, in 100 pA for the outermost receptive field."""


@pytest.fixture
def task() -> Iterator[ClosedLoop]:
    """Return the example's task, in its folder and with its plugin, as the command in its file says."""
    with forgotten_afterwards(EXAMPLE):
        plugins.allow("balanced")
        settings = tomllib.loads((EXAMPLE / "cart-pole.toml").read_text(encoding="utf-8"))
        yield create_optimizee(configure("cart-pole", settings))


def linear_controller(task: ClosedLoop) -> np.ndarray:
    """Return the genome of a linear controller: the group of each action is driven to its side."""
    slope = np.outer(GAINS, np.linspace(-1.0, 1.0, 6)).ravel()
    genes = {
        "read_in": np.stack([-slope, slope], axis=1),
        "recurrent": np.array([1.0, 1.0]),
        "out": np.array([6.0, 6.0]),
    }
    return task.parameters.to_vector(genes)


def test_a_linear_controller_written_as_a_genome_holds_the_pole_to_the_end(task: ClosedLoop) -> None:
    start: list[Element] = task.validation_elements()[:1]
    assert task.play([linear_controller(task)], start, training=False).episodes.returns.tolist() == [500.0]


def test_a_run_seed_has_its_noise_in_every_replay_and_another_seed_has_other_noise(task: ClosedLoop) -> None:
    def played(seed: int) -> Spikes:
        element = Element(0, start_seed=7, seed=seed, key=(1, 0), max_steps=10)
        spikes = task.play([linear_controller(task)], [element], record=True).spikes
        assert spikes is not None
        return spikes

    one, again, other = played(1), played(1), played(2)
    np.testing.assert_array_equal(one.step, again.step)
    np.testing.assert_array_equal(one.neuron, again.neuron)
    assert not np.array_equal(one.step, other.step)


def test_the_network_has_what_the_example_is_for(task: ClosedLoop) -> None:
    network = task.network(linear_controller(task))
    assert {"hh_cond_beta_gap_traub", "iaf_psc_exp_multisynapse", "poisson_generator"} <= {
        population.model for population in network.populations
    }
    synapses = {projection.synapse for projection in network.projections}
    assert "gap_junction" in synapses
    receptors = [p.parameters["receptor_type"] for p in network.projections if "receptor_type" in p.parameters]
    assert set(np.concatenate([np.ravel(r) for r in receptors]).tolist()) == {1, 2}
