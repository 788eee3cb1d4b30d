"""Champion files: one small HDF5 file with a genome, its configuration, its returns, a recording and its provenance."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import neurosim_rl
from neurosim_rl.errors import RunFolderError
from neurosim_rl.optimizees import ClosedLoop, Configuration, create_optimizee
from neurosim_rl.records.recording import Recording, Verification
from neurosim_rl.records.unseen_returns import UnseenReturns
from neurosim_rl.runs.champion_file import read_record, write_record
from neurosim_rl.runs.files import reading_h5, writing_h5
from neurosim_rl.runs.folder import RunFolder
from neurosim_rl.runs.stages import RANDOM, RECORDING, RULE, UNSEEN
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
        """Reasons of all failures, in one line and with the traceback, by stage."""
        found = dict(self.stage_failures)
        for stage, returns in ((UNSEEN, self.unseen), (RANDOM, self.random), (RULE, self.rule)):
            if returns is not None and returns.failure:
                found[stage] = returns.failure
        return found

    def recorded(self) -> Recording:
        """Return the recording.

        Raises
        ------
        RunFolderError
            When no trial is recorded; says why.
        """
        if not self.recording.is_empty:
            return self.recording
        reason = self.failures.get(RECORDING, "the run has not come so far").partition("\n")[0]
        raise RunFolderError(f"this champion has no recorded episode: {reason}. Resume its run (neurosim-rl resume).")

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
            write_record(self, file)

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
        return ChampionRecord(**read_record(file))
