"""Champion files: one small HDF5 file with a genome, its configuration, its returns, a recording and its provenance."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

import neurosim_rl
from neurosim_rl.errors import RunFolderError
from neurosim_rl.optimizees import ClosedLoop, Configuration, create_optimizee, read_configuration
from neurosim_rl.records.episodes import Traces
from neurosim_rl.records.recording import Recording, Verification
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.records.unseen_returns import UnseenReturns
from neurosim_rl.runs.files import reading_h5, writing_h5
from neurosim_rl.runs.folder import RunFolder
from neurosim_rl.settings.checks import unknown_name

PREFIX = "champion:"
"""First characters of the name of a shipped champion, where a path could be meant too."""


@dataclass(frozen=True)
class ChampionRecord:
    """The best individual of a run.

    Parameters
    ----------
    config : Configuration
        Configuration of the run.
    vector : array, shape (n_genes,)
    generation, individual : int
        Generation and number under which it was evaluated.
    fitness : float
        Fitness in that generation.
    validation_return : float
        Mean return over the validation starts (NaN: not validated).
    n_evaluations, n_episodes : int
        Individuals evaluated and training episodes played in the whole run, those of its ancestors included.
    unseen, random, rule : UnseenReturns or None
        Returns on unseen starts of the champion, the random policy and the task's simple rule (None: no rule).
    recording : Recording
        Some trials on unseen starts, spike by spike.
    verification : Verification
        Comparison of the recording with its replay in NEST.
    provenance : dict
        Versions, command, host.
    n_steps : int or None
        Environment steps of training, ancestors included; None: not known, since older files did not count them.
    seconds : float or None
        Wall-clock time of training and validation in s, ancestors included; None: not known. Runs that are trained in
        lockstep share it.
    ancestor_kind : str
        Kind of the ancestor's controller (see `neurosim_rl.measures.controllers`); empty: no ancestor, or not known.
    """

    config: Configuration
    vector: np.ndarray
    generation: int
    individual: int
    fitness: float
    validation_return: float
    n_evaluations: int
    n_episodes: int
    unseen: UnseenReturns
    random: UnseenReturns
    rule: UnseenReturns | None
    recording: Recording
    verification: Verification
    provenance: dict[str, Any]
    n_steps: int | None = None
    seconds: float | None = None
    ancestor_kind: str = ""

    @property
    def sha256(self) -> str:
        """Digest of the genome's bytes (float64, little-endian)."""
        return genome_sha256(self.vector)

    def optimizee(self) -> ClosedLoop:
        """Return the champion's task."""
        return create_optimizee(self.config)

    def write(self, path: Path) -> None:
        """Write the champion's file. A failed write leaves an older file as it was."""
        with writing_h5(path, "champion") as file:
            _write(self, file)

    def __repr__(self) -> str:
        """Return one line."""
        return (
            f"<ChampionRecord of {self.config.task}, seed {self.config.seed}: generation {self.generation}, "
            f"{self.sha256[:12]}, mean return {self.unseen.mean_return:.4g}>"
        )


def genome_sha256(vector: np.ndarray) -> str:
    """Return the digest of a genome's bytes (float64, little-endian)."""
    return hashlib.sha256(np.ascontiguousarray(vector, dtype="<f8").tobytes()).hexdigest()


def shipped_champions() -> dict[str, Path]:
    """Return the paths of the champions that come with the package, by name."""
    folder = Path(neurosim_rl.__file__).parent / "models" / "champions"
    return {path.stem: path for path in sorted(folder.glob("*.h5"))}


def read_champion(target: str | Path) -> ChampionRecord:
    """Return the champion of a run folder, of a file, or a shipped one (``champion:NAME``).

    Raises
    ------
    UnknownNameError
        For an unknown shipped champion, with the nearest match.
    RunFolderError
        When the folder or file is missing, truncated or of another kind, or the run is not finished.
    """
    if str(target).startswith(PREFIX):
        name = str(target)[len(PREFIX) :]
        shipped = shipped_champions()
        if name not in shipped:
            raise unknown_name("champion", name, shipped)
        return _load(shipped[name])
    path = Path(target)
    if path.is_file():
        return _load(path)
    folder = RunFolder.open(path)
    if not folder.champion_path.exists():
        raise RunFolderError(f"{path} has no champion yet: the run is not finished. neurosim-rl resume {path}")
    return _load(folder.champion_path)


def _load(path: Path) -> ChampionRecord:
    with reading_h5(path, "champion") as file:
        return _read(file, path)


_OPTIONAL = ("successes", "partial_returns")
"""Columns of `UnseenReturns` that some tasks do not have."""


def _write(champion: ChampionRecord, file: h5py.File) -> None:
    file.attrs["config"] = champion.config.to_toml()
    file.attrs["provenance"] = json.dumps(champion.provenance)
    for name in ("generation", "individual", "fitness", "validation_return", "n_evaluations", "n_episodes"):
        file.attrs[name] = getattr(champion, name)
    # HDF5 attributes have no None: an unknown value is an absent attribute.
    for name in ("n_steps", "seconds"):
        value = getattr(champion, name)
        if value is not None:
            file.attrs[name] = value
    if champion.ancestor_kind:
        file.attrs["ancestor_kind"] = champion.ancestor_kind
    file["vector"] = champion.vector
    # The group of the unseen returns keeps its first name: renaming it would make a new file format.
    _write_unseen(champion.unseen, file.create_group("held_out"))
    _write_unseen(champion.random, file.create_group("random"))
    if champion.rule is not None:
        _write_unseen(champion.rule, file.create_group("rule"))
    _write_recording(champion.recording, file.create_group("recording"))
    file.create_group("verification").attrs.update(vars(champion.verification))


def _write_unseen(returns: UnseenReturns, group: h5py.Group) -> None:
    group.attrs["first_seed"] = returns.first_seed
    group.attrs["n_trial"] = returns.n_trial
    for column in ("returns", "lengths", *_OPTIONAL):
        values = getattr(returns, column)
        if values is not None:
            group[column] = values


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


def _read(file: h5py.File, path: Path) -> ChampionRecord:
    attributes = file.attrs
    verification = {key: int(value) for key, value in file["verification"].attrs.items()}
    # Attributes that older files do not have.
    costs: dict[str, Any] = {}
    if "n_steps" in attributes:
        costs["n_steps"] = int(attributes["n_steps"])
    if "seconds" in attributes:
        costs["seconds"] = float(attributes["seconds"])
    return ChampionRecord(
        config=read_configuration(attributes["config"], str(path)),
        vector=file["vector"][()],
        generation=int(attributes["generation"]),
        individual=int(attributes["individual"]),
        fitness=float(attributes["fitness"]),
        validation_return=float(attributes["validation_return"]),
        n_evaluations=int(attributes["n_evaluations"]),
        n_episodes=int(attributes["n_episodes"]),
        unseen=_read_unseen(file["held_out"]),
        random=_read_unseen(file["random"]),
        rule=_read_unseen(file["rule"]) if "rule" in file else None,
        recording=_read_recording(file["recording"]),
        verification=Verification(**verification),
        provenance=json.loads(attributes["provenance"]),
        ancestor_kind=str(attributes.get("ancestor_kind", "")),
        **costs,
    )


def _read_unseen(group: h5py.Group) -> UnseenReturns:
    columns = {"returns": group["returns"][()], "lengths": group["lengths"][()]}
    for name in _OPTIONAL:
        columns[name] = group[name][()] if name in group else None
    # In older files each trial has one episode, and no attribute counts them.
    return UnseenReturns(int(group.attrs["first_seed"]), **columns, n_trial=int(group.attrs.get("n_trial", 1)))


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
