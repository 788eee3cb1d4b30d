"""Recordings of a champion, and their verification: a replay in NEST that is compared spike by spike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext

import numpy as np

from neurosim_rl.environments.pictures import pictures
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.records.recording import Recording, Verification
from neurosim_rl.records.spikes import Membranes, Spikes
from neurosim_rl.seeds import DEFAULT_FIRST_SEED
from neurosim_rl.simulators import create_simulator

REFERENCE = "nest"
FIRST_UNSEEN = DEFAULT_FIRST_SEED
"""Start seed of a replay that names none."""


def record(optimizee: ClosedLoop, vector: np.ndarray, start_seeds: Sequence[int]) -> Recording:
    """Play trials as one batch in the configured simulator, and record them."""
    return _record(optimizee, vector, start_seeds, optimizee.config.simulator)


def _record(optimizee: ClosedLoop, vector: np.ndarray, start_seeds: Sequence[int], simulator: str) -> Recording:
    elements = optimizee.evaluation_elements(start_seeds)
    opened = create_simulator(simulator) if optimizee.has_neurons else nullcontext()
    with opened as open_simulator:
        played = optimizee.play([vector], elements, training=False, simulator=open_simulator, record=True)
    episodes, spikes = played.episodes, played.spikes
    assert episodes.traces is not None
    assert spikes is not None
    seeds = np.asarray(start_seeds, np.int64)
    # One row for each episode becomes one row for each trial.
    returns = episodes.returns.reshape(len(seeds), -1)
    lengths = episodes.lengths.reshape(len(seeds), -1)
    return Recording(simulator, seeds, returns.mean(axis=1), lengths.sum(axis=1), lengths, episodes.traces, spikes)


def verify(optimizee: ClosedLoop, vector: np.ndarray, recording: Recording) -> Verification:
    """Replay each recorded trial in NEST, alone in its kernel, and count the differences.

    This checks two things: that a network in a batch spikes as it does alone, and that the recording's simulator,
    machine and version agree with this NEST. A policy without neurons has no spikes: its episodes are played again,
    each alone, and only the actions are compared.
    """
    compared = spikes_differing = actions_differing = 0
    for trial, seed in enumerate(recording.start_seeds.tolist()):
        reference = _record(optimizee, vector, [seed], REFERENCE)
        mine, theirs = _spike_keys(recording.spikes.of(trial)), _spike_keys(reference.spikes)
        compared += len(theirs)
        spikes_differing += len(np.setxor1d(mine, theirs))
        actions_differing += _n_differing(recording.traces.actions[trial], reference.traces.actions[0])
    return Verification(recording.episode_lengths.size, compared, spikes_differing, actions_differing)


def record_membranes(optimizee: ClosedLoop, vector: np.ndarray, start_seed: int) -> Membranes:
    """Play one trial in the configured simulator, and return the membranes of all its neurons.

    Raises
    ------
    ConfigurationError
        When the model has no neurons.
    """
    optimizee.network(vector)  # raises where there are no neurons
    with create_simulator(optimizee.config.simulator) as simulator:
        optimizee.play(
            [vector],
            optimizee.evaluation_elements([start_seed]),
            training=False,
            simulator=simulator,
            record_membranes=True,
        )
        return simulator.membranes()


def pictures_of(optimizee: ClosedLoop, recording: Recording, trial: int = 0, *, every: int = 1) -> Iterator[np.ndarray]:
    """Give the environment's pictures of a recorded trial: the first, then each `every`-th (see `pictures`)."""
    start_seed, actions = int(recording.start_seeds[trial]), recording.traces.actions[trial]
    return pictures(optimizee.environment.options, start_seed, actions, every=every)


def _spike_keys(spikes: Spikes) -> np.ndarray:
    """Return one number for each spike of one element: its step in the upper half, its neuron in the lower half."""
    return spikes.step.astype(np.int64) * 2**32 + spikes.neuron


def _n_differing(mine: np.ndarray, theirs: np.ndarray) -> int:
    """Return the number of windows with different actions; arrays of shape (n_windows, n_dimensions), padded with NaN.

    Windows that only the longer one has count too.
    """
    mine = mine[~np.isnan(mine[:, 0])]
    theirs = theirs[~np.isnan(theirs[:, 0])]
    n_shared = min(len(mine), len(theirs))
    differs = (mine[:n_shared] != theirs[:n_shared]).any(axis=1)
    return int(differs.sum()) + abs(len(mine) - len(theirs))
