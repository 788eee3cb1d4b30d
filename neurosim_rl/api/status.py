"""State of a run, as an object with a short text."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from neurosim_rl.runs.status import status_json


@dataclass(frozen=True, repr=False)
class RunStatus:
    """State of a run.

    Parameters
    ----------
    state : str
        ``"running"``, ``"queued"`` (at Slurm), ``"stopped"`` (it can be resumed) or ``"finished"``.
    generations, generations_wanted : int
        Finished, and in all.
    evaluations, failed : int
        Individuals evaluated so far, and those of them that failed.
    best_fitness : float or None
        None before the first generation.
    seconds_per_generation, seconds_left : float or None
        Wall clock in s, estimated from the last generations.
    last_event : str or None
        Last line of the run's log.
    """

    state: str
    generations: int
    generations_wanted: int
    evaluations: int
    failed: int
    best_fitness: float | None
    seconds_per_generation: float | None
    seconds_left: float | None
    last_event: str | None

    @classmethod
    def of(cls, path: Path | str) -> RunStatus:
        """Return the state of the run in a folder.

        Raises
        ------
        RunFolderError
            When it is none, or damaged.
        """
        found = status_json(path)
        return cls(**{field.name: found[field.name] for field in fields(cls)})

    def __repr__(self) -> str:
        """Return one line."""
        text = f"{self.state}: {self.generations} of {self.generations_wanted} generations"
        if self.best_fitness is not None:
            text += f", best fitness {self.best_fitness:.4g}"
        if self.failed:
            text += f", {self.failed} individuals failed"
        return text
