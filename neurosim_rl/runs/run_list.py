"""Folders of runs: the list ``runs.toml``, and a search for run folders."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli_w

from neurosim_rl.errors import ConfigurationError, RunFolderError
from neurosim_rl.settings.layers import read_toml

NAME = "runs.toml"
STUDY_FILE = "study.toml"
"""Specification of a study, in its folder."""
STUDY_TABLE = "study.h5"
"""Table of a study's results, in its folder."""


@dataclass(frozen=True)
class Entry:
    """One run of a folder of runs.

    Parameters
    ----------
    path : path
        Folder of the run.
    setting : str or None
        Label of its settings, without the seed; None: not known.
    seed : int or None
    values : dict of str to str
        Keys and values of these settings.
    """

    path: Path
    setting: str | None = None
    seed: int | None = None
    values: dict[str, str] = field(default_factory=dict)


def to_toml(entries: Sequence[Entry]) -> str:
    """Return the text of ``runs.toml``."""
    rows: list[dict[str, Any]] = []
    for index, entry in enumerate(entries):
        row = {"index": index, "folder": entry.path.name, "setting": entry.setting, "seed": entry.seed}
        rows.append({**row, "settings": entry.values})
    return tomli_w.dumps({"runs": rows})


def read(folder: Path) -> list[Entry]:
    """Return the entries of a folder's ``runs.toml``; an empty list without that file.

    Raises
    ------
    ConfigurationError
        When the file is damaged.
    """
    path = folder / NAME
    rows = read_toml(path).get("runs", []) if path.is_file() else []
    try:
        return [Entry(folder / plain_name(row["folder"]), str(row["setting"]), int(row["seed"])) for row in rows]
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{path}: expected [[runs]] with folder, setting and seed ({error!r}). Restore it, or move it away."
        ) from error


def plain_name(name: str) -> str:
    """Return the name of a run's folder, as it is.

    Raises
    ------
    ValueError
        For a path, which could lead anywhere, and for a name that no folder has.
    """
    if name in ("", "..") or "\0" in name or Path(name).name != name:
        raise ValueError(f"{name!r} is no name of a run's folder")
    return name


def find_runs(targets: Sequence[Path]) -> list[Entry]:
    """Return the runs of some targets: each target is a run, or a folder of runs, listed in ``runs.toml`` or not.

    Raises
    ------
    RunFolderError
        For a target without any run.
    """
    found: dict[Path, Entry] = {}
    for target in targets:
        if (target / "config.toml").is_file():
            entries = [Entry(target)]
        else:
            entries = [*read(target), *_inside(target)]
        if not entries:
            raise RunFolderError(
                f"{target} is neither a run folder nor a folder of runs. neurosim-rl submit makes one."
            )
        for entry in entries:
            # The listed entry comes before the found one, and has the setting and the seed.
            found.setdefault(entry.path, entry)
    return list(found.values())


RUN_FILES = frozenset({"config.toml", "run.h5", "champion.h5", "events.log"})
"""Files of a run. Any of them will do: a damaged run may have lost some, and must not disappear from a comparison."""
DEEPEST = 8
"""Levels of folders that are searched for runs; a study has 2."""
MOST_FOLDERS = 100_000
"""Folders that are searched for runs."""


def _inside(folder: Path) -> list[Entry]:
    """Return the folders below one that have a run's files. Links are not followed; unreadable folders are left out.

    Raises
    ------
    RunFolderError
        When there are too many folders to search.
    """
    found = []
    for n_before, (name, folders, files) in enumerate(os.walk(folder)):
        path = Path(name)
        if n_before >= MOST_FOLDERS:
            raise RunFolderError(
                f"{folder} has more than {MOST_FOLDERS} folders; expected a folder of runs. Name one of them."
            )
        if len(path.relative_to(folder).parts) >= DEEPEST:
            folders.clear()
        # A study's own folder has an events.log as well.
        if not RUN_FILES.isdisjoint([*files, *folders]) and not is_study(path):
            found.append(Entry(path))
    return sorted(found, key=lambda entry: entry.path)


def is_study(folder: Path) -> bool:
    """Return whether a folder is that of a study. The runs of a study are in its subfolder ``runs``."""
    return (folder / STUDY_FILE).is_file() or (folder / STUDY_TABLE).is_file()
