"""Recordings of a champion, and their verification: a replay in NEST that is compared spike by spike."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace

import numpy as np

from neurosim_rl.environments.pictures import pictures
from neurosim_rl.evaluation.attempt import Attempt, tried
from neurosim_rl.evaluation.chunks import Patience
from neurosim_rl.evaluation.unseen_starts import PATIENCE
from neurosim_rl.optimizees import ClosedLoop
from neurosim_rl.optimizees.run_size import check_play_size
from neurosim_rl.records.recording import Recording, Verification
from neurosim_rl.records.spikes import Membranes, Spikes
from neurosim_rl.seeds import DEFAULT_FIRST_SEED
from neurosim_rl.simulators import Simulator, create_simulator

REFERENCE = "nest"
FIRST_UNSEEN = DEFAULT_FIRST_SEED
"""Start seed of a replay that names none."""


def record(
    optimizee: ClosedLoop,
    vector: np.ndarray,
    start_seeds: Sequence[int],
    limit_s: float = 0.0,
    *,
    max_steps: int = 0,
) -> Recording:
    """Play trials as one batch in the configured simulator, and record them.

    Episodes are cut after `max_steps` environment steps; 0: no cut.

    Raises
    ------
    TimeLimitError
        When they take longer than `limit_s`, in s; 0: no limit.
    """
    return _record(optimizee, vector, start_seeds, optimizee.config.simulator, limit_s, max_steps)


def record_each(
    optimizee: ClosedLoop, vector: np.ndarray, start_seeds: Sequence[int], limit_s: float
) -> Attempt[Recording]:
    """Record trials as `record` does, without those that fail; `limit_s` holds for each trial, too."""
    whole = tried(record, optimizee, vector, start_seeds, limit_s)
    if whole.value is not None:
        return whole
    good: list[int] = []
    failures: list[str] = []
    patience = Patience(PATIENCE)
    for start_seed in start_seeds:
        alone = tried(record, optimizee, vector, [start_seed], limit_s)
        patience.note(alone.failure)
        if alone.value is None:
            failures.append(alone.failure)
        else:
            good.append(start_seed)
        if patience.ended:
            break
    if not good:
        return Attempt(None, failures[0])
    again = tried(record, optimizee, vector, good, limit_s * len(good))
    return Attempt(again.value, again.failure or "".join(failures[:1]))


def _record(
    optimizee: ClosedLoop,
    vector: np.ndarray,
    start_seeds: Sequence[int],
    simulator: str,
    limit_s: float,
    max_steps: int = 0,
) -> Recording:
    check_play_size(optimizee, len(start_seeds))
    elements = [replace(element, max_steps=max_steps) for element in optimizee.evaluation_elements(start_seeds)]
    deadline = time.monotonic() + limit_s if limit_s else math.inf
    opened = create_simulator(simulator) if optimizee.has_neurons else nullcontext()
    with opened as open_simulator:
        played = optimizee.play(
            [vector], elements, training=False, simulator=open_simulator, record=True, deadline=deadline
        )
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
    found = [_compare(optimizee, vector, recording, trial, 0.0) for trial in range(len(recording.start_seeds))]
    return _sum(found, recording, 0)


def verify_each(
    optimizee: ClosedLoop, vector: np.ndarray, recording: Recording, limit_s: float
) -> Attempt[Verification]:
    """Replay each recorded trial as `verify` does; count those that fail, and those that exceed a limit in s each."""
    found: list[np.ndarray] = []
    failures: list[str] = []
    patience = Patience(PATIENCE)
    for trial in range(len(recording.start_seeds)):
        if patience.ended:
            failures.append(patience.reason)
            continue
        compared = tried(_compare, optimizee, vector, recording, trial, limit_s)
        patience.note(compared.failure)
        if compared.value is None:
            failures.append(compared.failure)
        else:
            found.append(compared.value)
    return Attempt(_sum(found, recording, len(failures)), "".join(failures[:1]))


def _compare(optimizee: ClosedLoop, vector: np.ndarray, recording: Recording, trial: int, limit_s: float) -> np.ndarray:
    """Return the numbers of spikes compared, of spikes that differ, and of actions that differ in one trial."""
    reference = _record(optimizee, vector, [int(recording.start_seeds[trial])], REFERENCE, limit_s)
    mine, theirs = _spike_keys(recording.spikes.of(trial)), _spike_keys(reference.spikes)
    actions_differing = _n_differing(recording.traces.actions[trial], reference.traces.actions[0])
    return np.array([len(theirs), len(np.setxor1d(mine, theirs)), actions_differing])


def _sum(found: Sequence[np.ndarray], recording: Recording, n_failed: int) -> Verification:
    compared, spikes_differing, actions_differing = np.sum([np.zeros(3, np.int64), *found], axis=0).tolist()
    return Verification(len(found) * recording.n_trial, compared, spikes_differing, actions_differing, n_failed)


def record_membranes(optimizee: ClosedLoop, vector: np.ndarray, start_seed: int, *, max_steps: int = 0) -> Membranes:
    """Play one trial in the configured simulator, and return the membranes of all its neurons.

    Parameters
    ----------
    vector : array, shape (n_genes,)
    start_seed : int
    max_steps : int
        Environment steps after which an episode is cut, since membranes of long episodes are large; 0: no cut.

    Raises
    ------
    ConfigurationError
        When the model has no neurons.
    """
    optimizee.network(vector)  # raises where there are no neurons
    with create_simulator(optimizee.config.simulator) as simulator:
        _play_recorded(optimizee, vector, start_seed, simulator, max_steps)
        return simulator.membranes()


def record_variable(optimizee: ClosedLoop, vector: np.ndarray, start_seed: int, variable: str) -> np.ndarray:
    """Play one trial in NEST, and return a variable of all its neurons in each step, shape (n_neurons, n_times).

    NaN where a model has no such variable.

    Raises
    ------
    ConfigurationError
        When the model has no neurons.
    UnknownNameError
        When no neuron has the variable; lists those that there are.
    """
    network = optimizee.network(vector)  # raises where there are no neurons
    with create_simulator(REFERENCE) as simulator:
        simulator.record_variables(network, (variable,))
        _play_recorded(optimizee, vector, start_seed, simulator)
        return simulator.recorded(variable)[0]


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


def _play_recorded(
    optimizee: ClosedLoop, vector: np.ndarray, start_seed: int, simulator: Simulator, max_steps: int = 0
) -> None:
    """Play one trial in an open simulator, which records membranes or the variables that it was told."""
    elements = [replace(element, max_steps=max_steps) for element in optimizee.evaluation_elements([start_seed])]
    optimizee.play([vector], elements, training=False, simulator=simulator, record_membranes=True)
