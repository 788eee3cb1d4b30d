"""Champion files: one small HDF5 file with a genome, its configuration, its returns, a recording and its provenance."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np

import neurosim_rl
from neurosim_rl.errors import RunFolderError
from neurosim_rl.optimizees import ClosedLoop, Configuration, create_optimizee, read_configuration
from neurosim_rl.records.entries import array_of, real_of, table_of, text_of, whole_of
from neurosim_rl.records.recording import Recording, Verification
from neurosim_rl.records.unseen_returns import UnseenReturns
from neurosim_rl.runs.champion_entries import read_recording, read_stages, read_unseen, write_recording, write_unseen
from neurosim_rl.runs.files import reading_h5, writing_h5
from neurosim_rl.runs.folder import RunFolder
from neurosim_rl.runs.stages import FINALISTS, MEASUREMENTS, RANDOM, RECORDING, REPLAY, RULE, UNSEEN, VALIDATION
from neurosim_rl.settings.checks import unknown_name
from neurosim_rl.settings.command_line import command_line
from neurosim_rl.settings.named_modules import CHAMPION


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
        Some trials on unseen starts, spike by spike; empty: the recording failed, or is missing.
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
    chosen_by : str
        Measure that chose the champion: ``"finalists"``, ``"validation"`` or ``"training fitness"``; empty: not known,
        since older files do not have it.
    missing : tuple of str
        Stages of `neurosim_rl.runs.stages.MEASUREMENTS` that have not ended yet; their fields are empty records.
    stage_failures : dict of str to str
        Reasons, in one line and with the traceback, of failures in the choice, the recording and the replay, by stage.
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
    chosen_by: str = ""
    missing: tuple[str, ...] = ()
    stage_failures: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether every stage of its measurement has ended, failed or not."""
        return not self.missing

    @property
    def failures(self) -> dict[str, str]:
        """Reasons of all failures, in one line and with the traceback, by stage, in the order of stages."""
        found = dict(self.stage_failures)
        for stage, returns in ((UNSEEN, self.unseen), (RANDOM, self.random), (RULE, self.rule)):
            if returns is not None and returns.failure:
                found[stage] = returns.failure
        return {stage: found[stage] for stage in (VALIDATION, FINALISTS, *MEASUREMENTS) if stage in found}

    def recorded(self) -> Recording:
        """Return the recording.

        Raises
        ------
        RunFolderError
            When no trial is recorded, and says why; when neurons that the champion does not have spike in it.
        """
        if not self.recording.is_empty:
            self._check_neurons()
            return self.recording
        reason = self.failures.get(RECORDING, "the run has not come so far").partition("\n")[0]
        raise RunFolderError(f"this champion has no recorded episode: {reason}. Resume its run (neurosim-rl resume).")

    def _check_neurons(self) -> None:
        """Raise if a neuron spikes that is not there."""
        # Not done by `read_champion`: the network needs the environment, which a plugin may define.
        neuron = self.recording.spikes.neuron
        if not len(neuron):
            return
        optimizee = self.optimizee()
        n_neurons = optimizee.network(self.vector).n_neurons if optimizee.has_neurons else 0
        if neuron.max() >= n_neurons:
            raise RunFolderError(
                f"the recording of this champion has spikes of neuron {neuron.max()}; expected neurons below "
                f"{n_neurons}, the number of its network. Restore its file from a copy."
            )

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
            f"{self.sha256[:12]}, {self.unseen!r}>"
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
        For an unknown shipped champion, with the nearest matches.
    RunFolderError
        When the folder or file is missing, truncated or of another kind, or the run is not finished.
    """
    return _load(champion_path(target))


def champion_path(target: str | Path) -> Path:
    """Return the champion's file of a run folder, a file, or a shipped champion; errors as of `read_champion`."""
    if str(target).startswith(CHAMPION):
        name = str(target)[len(CHAMPION) :]
        shipped = shipped_champions()
        if name not in shipped:
            raise unknown_name("champion", name, shipped, listed_by="neurosim-rl list champions")
        return shipped[name]
    path = Path(target)
    if path.exists() and not path.is_dir():
        return path
    folder = RunFolder.open(path)
    if not folder.champion_path.exists():
        raise RunFolderError(f"{path} has no champion yet: the run is not finished. {command_line('resume', path)}")
    return folder.champion_path


def is_measured(path: Path) -> bool:
    """Return whether a champion's file is there, and no stage of its measurement is missing."""
    # The file is new for each stage: without a lock, this looks at one of them only. A damaged file is made anew.
    try:
        with reading_h5(path, "champion") as file:
            return "missing" not in file
    except RunFolderError:
        return False


def _load(path: Path) -> ChampionRecord:
    with reading_h5(path, "champion") as file:
        return _read(file, path)


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
            write_unseen(returns, file.create_group(group))
    if not champion.recording.is_empty:
        write_recording(champion.recording, file.create_group("recording"))
    if REPLAY not in champion.missing:
        verification = file.create_group("verification").attrs
        verification.update({name: value for name, value in vars(champion.verification).items() if name != "failed"})
        if champion.verification.failed:
            verification["failed"] = champion.verification.failed


def _read(file: h5py.File, path: Path) -> ChampionRecord:
    attributes = file.attrs
    # Attributes that older files do not have.
    costs: dict[str, Any] = {}
    if "n_steps" in attributes:
        costs["n_steps"] = whole_of(attributes, "n_steps")
    if "seconds" in attributes:
        costs["seconds"] = real_of(attributes, "seconds")
    for name in ("ancestor_kind", "chosen_by"):
        if name in attributes:
            costs[name] = text_of(attributes, name)
    vector = array_of(file, "vector", "numbers", 1)
    if not np.all(np.isfinite(vector)):
        raise ValueError("vector has values that are not finite")
    missing, failures = read_stages(file)
    is_unrecorded = "recording" not in file and RECORDING in {*missing, *failures}
    config = read_configuration(text_of(attributes, "config"), str(path))
    return ChampionRecord(
        config=config,
        vector=vector,
        generation=whole_of(attributes, "generation"),
        individual=whole_of(attributes, "individual"),
        fitness=real_of(attributes, "fitness"),
        validation_return=real_of(attributes, "validation_return"),
        n_evaluations=whole_of(attributes, "n_evaluations"),
        n_episodes=whole_of(attributes, "n_episodes"),
        unseen=UnseenReturns.not_measured() if UNSEEN in missing else read_unseen(file["held_out"]),
        random=UnseenReturns.not_measured() if RANDOM in missing else read_unseen(file["random"]),
        rule=_read_rule(file, missing),
        recording=Recording.none() if is_unrecorded else read_recording(file["recording"], config.window_ms),
        verification=_read_verification(file, missing),
        provenance=_read_provenance(attributes),
        missing=missing,
        stage_failures=failures,
        **costs,
    )


def _read_rule(file: h5py.File, missing: tuple[str, ...]) -> UnseenReturns | None:
    if RULE in missing:
        return UnseenReturns.not_measured()
    return read_unseen(file["rule"]) if "rule" in file else None


def _read_verification(file: h5py.File, missing: tuple[str, ...]) -> Verification:
    if REPLAY in missing:
        return Verification(0, 0, 0, 0)
    verified = file["verification"].attrs
    counts: dict[str, Any] = {key: whole_of(verified, key) for key in verified}
    return Verification(**counts)


def _read_provenance(attributes: h5py.AttributeManager) -> dict[str, Any]:
    content = table_of(attributes, "provenance")
    if not isinstance(content.get("versions"), dict) or not isinstance(content.get("command"), str):
        raise ValueError("attribute provenance has no versions and no command")
    return content
