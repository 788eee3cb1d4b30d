"""Files of a run's finished generations: one for each new generation, joined from time to time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neurosim_rl.errors import RunFolderError
from neurosim_rl.records.history import History
from neurosim_rl.runs.files import reading_h5, writing_h5

CONSOLIDATE_EVERY = 100
"""Generations after which the files of single generations are joined."""
# Writing the joined file after each generation would cost more and more time; one file for each generation would leave
# thousands of small files, which shared file systems of clusters are slow with and limit.


@dataclass(frozen=True)
class GenerationFiles:
    """The history of a run on the disk.

    Parameters
    ----------
    joined : path
        File of all generations but the newest.
    folder : path
        Folder of the files of single generations, which are not yet in `joined` and have its layout.
    """

    joined: Path
    folder: Path

    def add(self, generation: History) -> None:
        """Write a finished generation. When the call returns, the generation is on the disk."""
        number = int(generation.number[0])
        with writing_h5(self.folder / f"{number:06d}.h5", "history") as file:
            generation.write(file)
        if (number + 1) % CONSOLIDATE_EVERY == 0:
            self.join()

    def join(self) -> None:
        """Join the files of single generations into `joined`, then remove them."""
        singles = self._singles()
        history = self.read()
        if history is None or not singles:
            return
        with writing_h5(self.joined, "history") as file:
            history.write(file)
        # Only now: until the joined file is on the disk under its final name, these files are the only copy.
        for path in singles:
            path.unlink(missing_ok=True)

    def read(self) -> History | None:
        """Return all finished generations; None before the first.

        Raises
        ------
        RunFolderError
            When a file is damaged or a generation is missing.
        """
        parts = []
        n_joined = 0
        if self.joined.exists():
            joined = read_history(self.joined)
            n_joined = joined.n_generations
            parts.append(joined)
        # A process that is killed between writing the joined file and removing those of its generations leaves both.
        not_joined = [path for path in self._singles() if int(path.stem) >= n_joined]
        parts += [read_history(path) for path in not_joined]
        if not parts:
            return None
        history = History.join(parts)
        if not np.array_equal(history.number, np.arange(history.n_generations)):
            raise RunFolderError(
                f"{self.joined.parent} lacks generations between 0 and {history.number[-1]}. Restore them."
            )
        return history

    def paths(self) -> list[Path]:
        """Return the files that are there: the joined one, then those of single generations, in order."""
        return [*([self.joined] if self.joined.exists() else []), *self._singles()]

    def newest(self) -> int:
        """Return the number of finished generations by the newest file of a single one; 0: all files are joined."""
        singles = self._singles()
        return int(singles[-1].stem) + 1 if singles else 0

    def _singles(self) -> list[Path]:
        """Return the files of single generations, in order; a killed writer may leave temporary files beside them."""
        return sorted(path for path in self.folder.glob("*.h5") if path.stem.isdecimal())


def read_history(path: Path) -> History:
    """Return the generations of one file.

    Raises
    ------
    RunFolderError
        When it is missing or damaged.
    """
    with reading_h5(path, "history") as file:
        return History.read(file)
