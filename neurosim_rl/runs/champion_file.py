"""Content of a champion file: each field of a champion as a group, dataset or attribute of HDF5."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from neurosim_rl.optimizees import read_configuration
from neurosim_rl.records.episodes import Traces
from neurosim_rl.records.recording import Recording, Verification
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.records.unseen_returns import UnseenReturns
from neurosim_rl.runs.stages import RANDOM, RECORDING, REPLAY, RULE, UNSEEN

if TYPE_CHECKING:
    from neurosim_rl.runs.champion import ChampionRecord

_OPTIONAL = ("successes", "partial_returns")
"""Columns of `UnseenReturns` that some tasks do not have."""


def write_record(champion: ChampionRecord, file: h5py.File) -> None:
    """Fill a file with a champion."""
    file.attrs["config"] = champion.config.to_toml()
    file.attrs["provenance"] = json.dumps(champion.provenance)
    for name in ("generation", "individual", "fitness", "validation_return", "n_evaluations", "n_episodes"):
        file.attrs[name] = getattr(champion, name)
    # HDF5 attributes have no None: an unknown value is an absent attribute.
    for name in ("n_steps", "seconds"):
        value = getattr(champion, name)
        if value is not None:
            file.attrs[name] = value
    for name in ("ancestor_kind", "chosen_by"):
        if getattr(champion, name):
            file.attrs[name] = getattr(champion, name)
    # Datasets, because HDF5 limits the size of attributes. JSON, because HDF5 has no text with a zero byte.
    for name in ("missing", "stage_failures"):
        value = getattr(champion, name)
        if value:
            file[name] = json.dumps(value)
    file["vector"] = champion.vector
    # The group of the unseen returns keeps its first name: renaming it would make a new file format.
    for group, returns in (("held_out", champion.unseen), ("random", champion.random), ("rule", champion.rule)):
        if returns is not None and returns.is_measured:
            _write_unseen(returns, file.create_group(group))
    if not champion.recording.is_empty:
        _write_recording(champion.recording, file.create_group("recording"))
    if REPLAY not in champion.missing:
        verification = file.create_group("verification").attrs
        verification.update({name: value for name, value in vars(champion.verification).items() if name != "failed"})
        if champion.verification.failed:
            verification["failed"] = champion.verification.failed


def _write_unseen(returns: UnseenReturns, group: h5py.Group) -> None:
    group.attrs["first_seed"] = returns.first_seed
    group.attrs["n_trial"] = returns.n_trial
    for column in ("returns", "lengths", *_OPTIONAL):
        values = getattr(returns, column)
        if values is not None:
            group[column] = values
    if returns.failure:
        group["failure"] = json.dumps(returns.failure)


def _write_recording(recording: Recording, group: h5py.Group) -> None:
    group.attrs["simulator"] = recording.simulator
    group.attrs["resolution_ms"] = recording.spikes.resolution_ms
    for name in ("start_seeds", "returns", "lengths", "episode_lengths"):
        group[name] = getattr(recording, name)
    for name in ("observations", "actions", "counts", "rewards"):
        group.create_dataset(f"traces/{name}", data=getattr(recording.traces, name), compression="gzip")
    # Spikes are sorted small numbers: 32 bits are enough, and the shuffle filter puts their equal high bytes together,
    # which gzip shrinks well.
    for name in ("element", "neuron", "step"):
        values = getattr(recording.spikes, name).astype(np.int32)
        group.create_dataset(f"spikes/{name}", data=values, compression="gzip", shuffle=True)


def read_record(file: h5py.File) -> dict[str, Any]:
    """Return the fields of the champion in a file."""
    attributes = file.attrs
    # Entries that older files do not have.
    added: dict[str, Any] = {}
    if "n_steps" in attributes:
        added["n_steps"] = int(attributes["n_steps"])
    if "seconds" in attributes:
        added["seconds"] = float(attributes["seconds"])
    for name in ("ancestor_kind", "chosen_by"):
        added[name] = str(attributes.get(name, ""))
    missing = tuple(_read_json(file, "missing", []))
    failures = _read_json(file, "stage_failures", {})
    is_unrecorded = "recording" not in file and RECORDING in {*missing, *failures}
    return {
        "config": read_configuration(attributes["config"]),
        "vector": file["vector"][()],
        "generation": int(attributes["generation"]),
        "individual": int(attributes["individual"]),
        "fitness": float(attributes["fitness"]),
        "validation_return": float(attributes["validation_return"]),
        "n_evaluations": int(attributes["n_evaluations"]),
        "n_episodes": int(attributes["n_episodes"]),
        "unseen": UnseenReturns.not_measured() if UNSEEN in missing else _read_unseen(file["held_out"]),
        "random": UnseenReturns.not_measured() if RANDOM in missing else _read_unseen(file["random"]),
        "rule": _read_rule(file, missing),
        "recording": Recording.none() if is_unrecorded else _read_recording(file["recording"]),
        "verification": _read_verification(file, missing),
        "provenance": json.loads(attributes["provenance"]),
        "missing": missing,
        "stage_failures": failures,
        **added,
    }


def _read_json(group: h5py.Group, name: str, default: Any) -> Any:
    return json.loads(group[name].asstr()[()]) if name in group else default


def _read_rule(file: h5py.File, missing: tuple[str, ...]) -> UnseenReturns | None:
    if RULE in missing:
        return UnseenReturns.not_measured()
    return _read_unseen(file["rule"]) if "rule" in file else None


def _read_verification(file: h5py.File, missing: tuple[str, ...]) -> Verification:
    if REPLAY in missing:
        return Verification(0, 0, 0, 0)
    counts = {key: int(value) for key, value in file["verification"].attrs.items()}
    return Verification(**counts)


def _read_unseen(group: h5py.Group) -> UnseenReturns:
    columns: dict[str, Any] = {"returns": group["returns"][()], "lengths": group["lengths"][()]}
    for name in _OPTIONAL:
        columns[name] = group[name][()] if name in group else None
    # In older files each trial has one episode, and no attribute counts them.
    columns["n_trial"] = int(group.attrs.get("n_trial", 1))
    return UnseenReturns(int(group.attrs["first_seed"]), **columns, failure=_read_json(group, "failure", ""))


def _read_recording(group: h5py.Group) -> Recording:
    spikes = {name: group[f"spikes/{name}"][()].astype(np.int64) for name in ("element", "neuron", "step")}
    traces = {name: group[f"traces/{name}"][()] for name in ("observations", "actions", "counts", "rewards")}
    lengths = group["lengths"][()]
    # In older files a trial is one episode: its length is that of the trial.
    episode_lengths = group["episode_lengths"][()] if "episode_lengths" in group else lengths
    return Recording(
        simulator=str(group.attrs["simulator"]),
        start_seeds=group["start_seeds"][()],
        returns=group["returns"][()],
        lengths=lengths,
        episode_lengths=episode_lengths.reshape(len(lengths), -1),
        traces=Traces(**traces),
        spikes=Spikes(**spikes, resolution_ms=float(group.attrs["resolution_ms"])),
    )
