"""Verification: a replay in NEST is identical, and every tampering is counted."""

from dataclasses import replace

import numpy as np
import pytest

from neurosim_rl.bridge import ENCODERS
from neurosim_rl.bridge.weighted_encoders import PulseEncoder
from neurosim_rl.evaluation.replay import record, verify
from neurosim_rl.optimizees import TRAINED_NETWORKS, ClosedLoop, create_optimizee
from neurosim_rl.records.recording import Recording, Verification
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.training.configure import configure

SHORT = {"environment": {"kwargs": {"max_episode_steps": 6}}}
START_SEEDS = [5, 6, 7]


def short_task(encoder: str = "current") -> ClosedLoop:
    network = TRAINED_NETWORKS["snn"] if issubclass(ENCODERS[encoder], PulseEncoder) else {}
    return create_optimizee(configure("cart-pole", SHORT, {**network, "encoder": {"name": encoder}}))


def genome(optimizee: ClosedLoop, seed: int = 1) -> np.ndarray:
    return optimizee.parameters.sample(np.random.default_rng(seed))


@pytest.fixture(scope="module")
def recorded() -> tuple[ClosedLoop, Recording]:
    optimizee = short_task()
    return optimizee, record(optimizee, genome(optimizee), START_SEEDS)


def without_spike(spikes: Spikes, index: int) -> Spikes:
    element, neuron, step = (np.delete(column, index) for column in (spikes.element, spikes.neuron, spikes.step))
    return Spikes(element, neuron, step, spikes.resolution_ms)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_recording_of_a_batch_is_identical_to_replays_one_by_one(encoder: str) -> None:
    optimizee = short_task(encoder)
    recording = record(optimizee, genome(optimizee), START_SEEDS)
    result = verify(optimizee, genome(optimizee), recording)
    assert result.identical
    assert result == Verification(3, len(recording.spikes), 0, 0)
    assert result.spikes_compared > 30


def test_a_recording_holds_what_happened(recorded: tuple[ClosedLoop, Recording]) -> None:
    _, recording = recorded
    assert recording.simulator == "compiled"
    assert recording.start_seeds.tolist() == START_SEEDS
    assert recording.lengths.tolist() == [6, 6, 6]
    assert recording.returns.tolist() == [6, 6, 6]
    assert recording.traces.actions.shape == (3, 6, 1)
    outputs = recording.spikes.neuron >= 24 + 5
    assert recording.traces.counts.sum() == outputs.sum()


def test_a_missing_spike_is_one_difference(recorded: tuple[ClosedLoop, Recording]) -> None:
    optimizee, recording = recorded
    tampered = replace(recording, spikes=without_spike(recording.spikes, 10))
    result = verify(optimizee, genome(optimizee), tampered)
    assert result == Verification(3, len(recording.spikes), 1, 0)
    assert not result.identical


@pytest.mark.parametrize("column", ["step", "neuron", "element"])
def test_a_displaced_spike_is_two_differences(recorded: tuple[ClosedLoop, Recording], column: str) -> None:
    optimizee, recording = recorded
    moved = getattr(recording.spikes, column).copy()
    moved[np.flatnonzero(recording.spikes.element == 0)[-1]] += {"step": 999, "neuron": 999, "element": 1}[column]
    tampered = replace(recording, spikes=replace(recording.spikes, **{column: moved}))
    result = verify(optimizee, genome(optimizee), tampered)
    assert (result.spikes_differing, result.actions_differing) in {(2, 0), (1, 0)}
    assert not result.identical


def test_another_action_and_a_missing_one_are_counted(recorded: tuple[ClosedLoop, Recording]) -> None:
    optimizee, recording = recorded
    actions = recording.traces.actions.copy()
    actions[0, 2] = 1 - actions[0, 2]
    actions[1, 4:] = np.nan
    tampered = replace(recording, traces=replace(recording.traces, actions=actions))
    assert verify(optimizee, genome(optimizee), tampered) == Verification(3, len(recording.spikes), 0, 3)


def test_another_genome_is_not_identical(recorded: tuple[ClosedLoop, Recording]) -> None:
    optimizee, recording = recorded
    assert not verify(optimizee, genome(optimizee, 2), recording).identical
