"""Entries of champion files: returns on unseen starts, and recordings, as groups of HDF5."""

from __future__ import annotations

import json
from typing import Any

import h5py
import numpy as np

from neurosim_rl.records.entries import (
    array_of,
    check_equal,
    check_finite_mean,
    check_texts,
    check_within,
    json_of,
    real_of,
    text_of,
    whole_of,
)
from neurosim_rl.records.episodes import Traces
from neurosim_rl.records.recording import Recording
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.records.unseen_returns import UnseenReturns
from neurosim_rl.runs.files import compression

_OPTIONAL = {"successes": "booleans", "partial_returns": "numbers"}
"""Columns of `UnseenReturns` that some tasks do not have."""


def write_unseen(returns: UnseenReturns, group: h5py.Group) -> None:
    """Write returns into an empty group."""
    group.attrs["first_seed"] = returns.first_seed
    group.attrs["n_trial"] = returns.n_trial
    for column in ("returns", "lengths", *_OPTIONAL):
        values = getattr(returns, column)
        if values is not None:
            group[column] = values
    if returns.failure:
        group["failure"] = json.dumps(returns.failure)


def write_recording(recording: Recording, group: h5py.Group) -> None:
    """Write a recording into an empty group."""
    group.attrs["simulator"] = recording.simulator
    group.attrs["resolution_ms"] = recording.spikes.resolution_ms
    for name in ("start_seeds", "returns", "lengths", "episode_lengths"):
        group[name] = getattr(recording, name)
    for name in ("observations", "actions", "counts", "rewards"):
        values = getattr(recording.traces, name)
        group.create_dataset(f"traces/{name}", data=values, **compression(values))
    # Spikes are sorted small numbers: 32 bits are enough, and the shuffle filter puts their equal high bytes together,
    # which gzip shrinks well.
    for name in ("element", "neuron", "step"):
        values = getattr(recording.spikes, name).astype(np.int32)
        group.create_dataset(f"spikes/{name}", data=values, **compression(values, shuffle=True))


def read_unseen(group: h5py.Group) -> UnseenReturns:
    """Return what `write_unseen` has written.

    Raises
    ------
    LookupError, ValueError
        For missing or wrong entries (see `neurosim_rl.records.entries`).
    """
    returns = array_of(group, "returns", "numbers", 1)
    columns: dict[str, Any] = {"lengths": array_of(group, "lengths", "numbers", 1)}
    for name, kind in _OPTIONAL.items():
        columns[name] = array_of(group, name, kind, 1) if name in group else None
    for name, values in columns.items():
        if values is not None:
            check_equal(name, values.shape, returns.shape)
    # In older files each trial has one episode, and no attribute counts them.
    n_trial = whole_of(group.attrs, "n_trial") if "n_trial" in group.attrs else 1
    if n_trial < 1 or not len(returns) or len(returns) % n_trial:
        raise ValueError(f"{len(returns)} returns are no trials of {n_trial} episodes")
    for name in ("returns", "lengths", "partial_returns"):
        values = returns if name == "returns" else columns.get(name)
        if values is not None:
            check_finite_mean(name, values)
    return UnseenReturns(
        whole_of(group.attrs, "first_seed"), returns, **columns, n_trial=n_trial, failure=json_of(group, "failure", "")
    )


def read_stages(file: h5py.Group) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the stages that have not ended yet, and the reasons of those that failed, by stage.

    Raises
    ------
    ValueError
        For values that are no text.
    """
    missing, failures = json_of(file, "missing", []), json_of(file, "stage_failures", {})
    check_texts("missing", missing)
    check_texts("stage_failures", failures.values())
    return tuple(missing), failures


def read_recording(group: h5py.Group, window_ms: float) -> Recording:
    """Return what `write_recording` has written.

    Parameters
    ----------
    group : h5py.Group
    window_ms : float
        Simulated time of a window, in ms.

    Raises
    ------
    LookupError, ValueError
        For missing or wrong entries (see `neurosim_rl.records.entries`).
    """
    lengths = array_of(group, "lengths", "whole numbers", 1)
    n_trials = len(lengths)
    # In older files a trial is one episode: its length is that of the trial.
    episode_lengths = lengths[:, None]
    if "episode_lengths" in group:
        episode_lengths = array_of(group, "episode_lengths", "whole numbers", 2)
    recording = Recording(
        simulator=text_of(group.attrs, "simulator"),
        start_seeds=array_of(group, "start_seeds", "whole numbers", 1),
        returns=array_of(group, "returns", "numbers", 1),
        lengths=lengths,
        episode_lengths=episode_lengths,
        traces=_read_traces(group["traces"], n_trials),
        spikes=_read_spikes(group["spikes"], n_trials, real_of(group.attrs, "resolution_ms")),
    )
    for name in ("start_seeds", "returns", "episode_lengths"):
        check_equal(name, len(getattr(recording, name)), n_trials)
    check_within("start_seeds", recording.start_seeds, 0, 2**32 - 1)
    check_within("lengths", lengths, 1, recording.traces.rewards.shape[1])
    check_within("episode_lengths", episode_lengths, 0, recording.traces.rewards.shape[1])
    for name, values in (("returns", recording.returns), ("rewards", recording.traces.rewards)):
        check_finite_mean(name, values)
    _check_steps(recording, window_ms)
    return recording


def _check_steps(recording: Recording, window_ms: float) -> None:
    """Raise ValueError if a trial has spikes after its last window."""
    spikes = recording.spikes
    n_steps = np.ceil(recording.lengths * (window_ms / spikes.resolution_ms) * (1 - 1e-9))  # of rounded quotients
    if np.any(spikes.step > n_steps[spikes.element]):
        raise ValueError("its recording has spikes after its last window")


def _read_traces(group: h5py.Group, n_trials: int) -> Traces:
    traces = Traces(
        observations=array_of(group, "observations", "numbers", 3),
        actions=array_of(group, "actions", "numbers", 3),
        counts=array_of(group, "counts", "whole numbers", 3),
        rewards=array_of(group, "rewards", "numbers", 2),
    )
    n_windows = traces.rewards.shape[1]
    for name, n_columns in (("observations", n_windows + 1), ("actions", n_windows), ("counts", n_windows)):
        check_equal(name, getattr(traces, name).shape[:2], (n_trials, n_columns))
    check_equal("rewards", len(traces.rewards), n_trials)
    if not n_trials or not n_windows:
        raise ValueError("its recording is empty")
    return traces


def _read_spikes(group: h5py.Group, n_trials: int, resolution_ms: float) -> Spikes:
    columns = {name: array_of(group, name, "whole numbers", 1) for name in ("element", "neuron", "step")}
    for name, highest in (("element", n_trials - 1), ("neuron", 2**31), ("step", 2**40)):
        check_equal(name, columns[name].shape, columns["element"].shape)
        check_within(name, columns[name], 0, highest)
    if not 0 < resolution_ms < np.inf:
        raise ValueError(f"its resolution is {resolution_ms} ms")
    return Spikes(**{name: values.astype(np.int64) for name, values in columns.items()}, resolution_ms=resolution_ms)
