"""Replaying a champion in NEST, one network at a time, and comparing spike by spike."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

import numpy as np

from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.records.recording import Recording, Verification
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.simulators import create_simulator

REFERENCE = "nest"


def record(optimizee: ClosedLoop, vector: np.ndarray, start_seeds: Sequence[int]) -> Recording:
    """Play and record trials as one batch in the configured simulator."""
    return _record(optimizee, vector, start_seeds, optimizee.config.simulator)


def _record(optimizee: ClosedLoop, vector: np.ndarray, start_seeds: Sequence[int], simulator: str) -> Recording:
    elements = optimizee.evaluation_elements(start_seeds)
    own = create_simulator(simulator) if optimizee.has_neurons else nullcontext()
    with own as open_simulator:
        played = optimizee.play([vector], elements, training=False, simulator=open_simulator, record=True)
    episodes, spikes = played.episodes, played.spikes
    assert episodes.traces is not None
    assert spikes is not None
    seeds = np.asarray(start_seeds, np.int64)
    returns, lengths = (values.reshape(len(seeds), -1) for values in (episodes.returns, episodes.lengths))
    return Recording(simulator, seeds, returns.mean(axis=1), lengths.sum(axis=1), lengths, episodes.traces, spikes)


def verify(optimizee: ClosedLoop, vector: np.ndarray, recording: Recording) -> Verification:
    """Replay each recorded trial in NEST, alone in its kernel, and compare.

    A recording from a batch is so checked against a single network, and one from another simulator, machine or
    version against this NEST. A policy without neurons has no spikes to replay: its episodes are played again, each
    alone, and their actions compared.
    """
    compared = spikes_differing = actions_differing = 0
    for trial, seed in enumerate(recording.start_seeds.tolist()):
        reference = _record(optimizee, vector, [seed], REFERENCE)
        mine, theirs = _spike_keys(recording.spikes.of(trial)), _spike_keys(reference.spikes)
        compared += len(theirs)
        spikes_differing += len(np.setxor1d(mine, theirs))
        actions_differing += _n_differing(recording.traces.actions[trial], reference.traces.actions[0])
    return Verification(recording.episode_lengths.size, compared, spikes_differing, actions_differing)


def _spike_keys(spikes: Spikes) -> np.ndarray:
    """Return one number for each spike of one element."""
    return spikes.step.astype(np.int64) * 2**32 + spikes.neuron


def _n_differing(mine: np.ndarray, theirs: np.ndarray) -> int:
    """Return how many actions differ; both are padded with NaN, shape (n_windows, n_dimensions)."""
    mine, theirs = (a[~np.isnan(a[:, 0])] for a in (mine, theirs))
    shared = min(len(mine), len(theirs))
    return int((mine[:shared] != theirs[:shared]).any(axis=1).sum()) + abs(len(mine) - len(theirs))
