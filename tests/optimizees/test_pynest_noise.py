"""Noise of devices in a user's PyNEST function: the seed of the episode decides about it, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.noisy_networks import element
from neurosim_rl.evaluation.dispatch import dispatch
from neurosim_rl.evaluation.replay import record, verify
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.networks.live_network import LiveNetwork
from neurosim_rl.optimizees import ClosedLoop, Element, create_optimizee
from neurosim_rl.training.configure import configure
from tests.models.pynest_functions import DEVICES

pytestmark = pytest.mark.usefixtures("pynest_functions")
KINDS = [[name] for name in DEVICES] + [list(DEVICES)]
PLAYS = [*((devices, "data") for devices in KINDS), (KINDS[-1], "call")]


def task(devices: list[str], play: str, **layer: Any) -> ClosedLoop:
    """Return a cart-pole of 10 windows at most with a noisy network, as data or made by a call for each element."""
    model = {
        "name": "pynest",
        "build": "tests.models.pynest_functions:noisy",
        "arguments": {"devices": devices},
        "play": play,
    }
    short = {"environment": {"kwargs": {"max_episode_steps": 10}}, "model": model}
    return create_optimizee(configure("cart-pole", short, layer))


def genome(optimizee: ClosedLoop, seed: int = 2) -> np.ndarray:
    return optimizee.parameters.sample(np.random.default_rng(seed))


def spikes(optimizee: ClosedLoop, *elements: Element) -> list[list[tuple[int, int]]]:
    """Return step and neuron of all spikes of each element."""
    played = optimizee.play([genome(optimizee)], elements, record=True).spikes
    assert played is not None
    rows = [played.of(row) for row in range(len(elements))]
    return [list(zip(row.step.tolist(), row.neuron.tolist(), strict=True)) for row in rows]


@pytest.mark.parametrize(("devices", "play"), PLAYS)
def test_noise_is_that_of_the_episode_alone_and_in_a_batch_and_other_keys_have_other_noise(
    devices: list[str], play: str
) -> None:
    optimizee = task(devices, play)
    assert isinstance(optimizee.network(genome(optimizee)), LiveNetwork) == (play == "call")
    assert set(devices) <= {population.model for population in optimizee.network(genome(optimizee)).populations}
    # All have one start and one genome: they differ by their noise only.
    elements = element(), element(episode=1), element(individual=1), element(generation=1), element(seed=2)
    together = spikes(optimizee, *elements, element())
    assert together[-1] == together[0]
    assert len({tuple(one) for one in together}) == len(elements)
    assert [spikes(optimizee, one)[0] for one in elements[:2]] == together[:2]
    assert min(map(len, together)) > 10


def test_a_call_for_each_element_has_the_noise_of_the_data() -> None:
    as_data, called = (spikes(task(list(DEVICES), play), element())[0] for play in ("data", "call"))
    assert as_data == called


@pytest.mark.parametrize(("devices", "play"), PLAYS)
def test_a_recording_is_replayed_spike_by_spike(devices: list[str], play: str) -> None:
    optimizee = task(devices, play)
    recording = record(optimizee, genome(optimizee), [5, 6])
    result = verify(optimizee, genome(optimizee), recording)
    assert result.identical
    assert result.spikes_compared > 20


def test_an_evaluation_does_not_depend_on_its_chunks() -> None:
    results = []
    for batch_size in (1, 4):
        optimizee = task(list(DEVICES), "call", batch_size=batch_size, episodes=2)
        vectors = [genome(optimizee, k) for k in range(2)]
        elements = optimizee.training_elements(0, range(2))
        results.append(dispatch(optimizee, vectors, elements, SerialExecutor(), scored=True).episodes.spikes)
    assert (results[0] == results[1]).all()
    assert results[0].sum() > 0
