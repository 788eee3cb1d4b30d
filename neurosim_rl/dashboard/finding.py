"""Search for run folders, with few reads: every look of the dashboard does it again."""

from __future__ import annotations

import os
from pathlib import Path

from neurosim_rl.runs.run_list import STUDY_FILE, STUDY_TABLE

RUN_FILES = frozenset({"config.toml", "run.h5", "champion.h5", "events.log"})
"""Any of these makes a folder a run: a damaged run may have lost some, and must not disappear from the table."""
DEEPEST = 6
"""Levels of folders below the first that are looked through."""


def run_folders(root: Path) -> list[Path]:
    """Return the run folders in and below a folder, in the order of their paths.

    Links are not followed, so that nothing outside is read. Folders in a run and hidden ones are not looked through.
    A study's own files make no run: its runs are in its subfolder ``runs``.

    Parameters
    ----------
    root : path
        A folder that cannot be read has no runs.
    """
    found: list[Path] = []
    _search(root, DEEPEST, found)
    return sorted(found)


def _search(folder: Path, levels: int, found: list[Path]) -> None:
    try:
        with os.scandir(folder) as entries:
            inside = list(entries)
    except OSError:  # removed a moment ago, or not readable
        return
    names = {entry.name for entry in inside}
    if names & RUN_FILES and not names & {STUDY_FILE, STUDY_TABLE}:
        found.append(folder)
        return
    if not levels:
        return
    for entry in inside:
        if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
            _search(folder / entry.name, levels - 1, found)
