"""Scores of a champion's file: what a list of runs shows, without its configuration and its recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from neurosim_rl.records.entries import real_of, whole_of
from neurosim_rl.records.unseen_returns import UnseenReturns
from neurosim_rl.runs.champion_entries import read_stages, read_unseen
from neurosim_rl.runs.files import reading_h5
from neurosim_rl.runs.stages import UNSEEN


@dataclass(frozen=True)
class ChampionScores:
    """Scores of one champion.

    Parameters
    ----------
    generation : int
    fitness : float
        Fitness in that generation.
    validation_return : float
        Mean return over the validation starts (NaN: not validated).
    unseen : UnseenReturns
        Returns on unseen starts.
    missing : tuple of str
        Stages of the measurement that have not ended yet.
    failures : mapping of str to str
        Reasons, in one line and with the traceback, by stage.
    """

    generation: int
    fitness: float
    validation_return: float
    unseen: UnseenReturns
    missing: tuple[str, ...] = ()
    failures: Mapping[str, str] = field(default_factory=dict)


def read_champion_scores(path: Path) -> ChampionScores:
    """Return the scores of a champion's file. No name in the file is looked up, and no plugin is needed.

    Raises
    ------
    RunFolderError
        When the file is missing, damaged or of another kind.
    """
    with reading_h5(path, "champion") as file:
        missing, failures = read_stages(file)
        unseen = UnseenReturns.not_measured() if UNSEEN in missing else read_unseen(file["held_out"])
        if unseen.failure:
            failures[UNSEEN] = unseen.failure
        return ChampionScores(
            generation=whole_of(file.attrs, "generation"),
            fitness=real_of(file.attrs, "fitness"),
            validation_return=real_of(file.attrs, "validation_return"),
            unseen=unseen,
            missing=missing,
            failures=failures,
        )
