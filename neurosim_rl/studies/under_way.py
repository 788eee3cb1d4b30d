"""Runs of a study that are under way: how many generations of each are finished."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from neurosim_rl.runs import RunFolder
from neurosim_rl.studies.planning import PlannedRun


class RunsUnderWay:
    """Runs without a row, with the number of their finished generations.

    The numbers are those of files in the run folders, which every worker writes, on another node too. Only names of
    files are read, of runs under way alone: any thread may ask at any time, and it costs little.

    Parameters
    ----------
    runs : iterable of PlannedRun
        The runs that have no row yet.
    folder : path
        Folder of their run folders.
    """

    def __init__(self, runs: Iterable[PlannedRun], folder: Path) -> None:
        self._wanted = {run.name: run.config.generations for run in runs}
        self._folder = folder
        self._finished: dict[str, int] = {}

    def end(self, name: str) -> None:
        """Forget a run: it has a row now."""
        self._wanted.pop(name, None)

    def generations(self) -> dict[str, tuple[int, int]]:
        """Return finished and planned generations of each run that has begun, by name."""
        found = {}
        for path in self._folder.iterdir():  # most runs of a large study have no folder yet
            wanted = self._wanted.get(path.name)  # None: the run has a row; another thread may end it at any time
            if wanted is None:
                continue
            run = RunFolder(path)
            # The files of single generations are gone when they are joined; the number stays.
            finished = max(self._finished.get(path.name, 0), run.newest_generation())
            self._finished[path.name] = finished
            if finished or run.config_path.exists():
                found[path.name] = finished, wanted
        return found
