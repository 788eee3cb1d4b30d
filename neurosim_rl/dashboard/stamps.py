"""Stamps of a run's files: they say what has changed since the last look, without reading any file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from neurosim_rl.runs import RunFolder

Stamp = tuple[int, int, int]
"""Time of the last change in ns, size in bytes, and number of the file: a file that replaces another has a new one."""


def stamp_of(path: Path) -> Stamp | None:
    """Return the stamp of a file or folder, not of what a link leads to; None: it is not there, or not readable."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


@dataclass(frozen=True)
class Stamps:
    """Stamps of all that the dashboard reads of a run.

    Parameters
    ----------
    config, joined, singles, champion, log : Stamp or None
        ``singles`` is that of the folder of single generations: a file that comes or goes changes it.
    """

    config: Stamp | None
    joined: Stamp | None
    singles: Stamp | None
    champion: Stamp | None
    log: Stamp | None

    @classmethod
    def of(cls, folder: RunFolder) -> Stamps:
        """Return the stamps of a run folder."""
        return cls(
            config=stamp_of(folder.config_path),
            joined=stamp_of(folder.history_path),
            singles=stamp_of(folder.segments_path),
            champion=stamp_of(folder.champion_path),
            log=stamp_of(folder.log_path),
        )

    @property
    def changed_s(self) -> float | None:
        """Time of the latest change in s since 1970; None: no file is there."""
        found = [stamp[0] for stamp in vars(self).values() if stamp is not None]
        return max(found) / 1e9 if found else None
