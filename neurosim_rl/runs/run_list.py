"""Folders of runs: which run is which, as ``runs.toml`` says, which are there, and which folder is a study's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli_w

from neurosim_rl.errors import ConfigurationError, RunFolderError
from neurosim_rl.settings.layers import read_toml

NAME = "runs.toml"
STUDY_FILE = "study.toml"
"""What a submitted study is."""
STUDY_TABLE = "study.h5"
"""The results of a study."""


@dataclass(frozen=True)
class Entry:
    """One run of a folder of runs.

    Parameters
    ----------
    path : path
        Its folder.
    setting : str or None
        Label of what it has apart from its seed; None: not known.
    seed : int or None
    values : dict of str to str
        Keys and values of the setting.
    """

    path: Path
    setting: str | None = None
    seed: int | None = None
    values: dict[str, str] = field(default_factory=dict)


def to_toml(entries: Sequence[Entry]) -> str:
    """Return the text of ``runs.toml``."""
    rows: list[dict[str, Any]] = [
        {"index": k, "folder": e.path.name, "setting": e.setting, "seed": e.seed, "settings": e.values}
        for k, e in enumerate(entries)
    ]
    return tomli_w.dumps({"runs": rows})


def read(folder: Path) -> list[Entry]:
    """Return what a folder's ``runs.toml`` lists; nothing if it has none.

    Raises
    ------
    ConfigurationError
        When the file is damaged.
    """
    path = folder / NAME
    rows = read_toml(path).get("runs", []) if path.is_file() else []
    try:
        return [Entry(folder / row["folder"], str(row["setting"]), int(row["seed"])) for row in rows]
    except (LookupError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{path}: expected [[runs]] with folder, setting and seed ({error!r}). Restore it, or move it away."
        ) from error


def find_runs(targets: Sequence[Path]) -> list[Entry]:
    """Return the runs that are meant: each target itself, or those in it, listed or not.

    Raises
    ------
    RunFolderError
        For a folder without any run.
    """
    found: dict[Path, Entry] = {}
    for target in targets:
        entries = [Entry(target)] if (target / "config.toml").is_file() else [*read(target), *_inside(target)]
        if not entries:
            raise RunFolderError(
                f"{target} is neither a run folder nor a folder of runs. neurosim-rl submit makes one."
            )
        for entry in entries:
            found.setdefault(entry.path, entry)
    return list(found.values())


def _inside(folder: Path) -> list[Entry]:
    """Return what looks like a run: a damaged one may have lost some of its files."""
    names = ("config.toml", "run.h5", "champion.h5", "events.log")
    found = sorted({path.parent for name in names for path in folder.rglob(name)})
    return [Entry(path) for path in found if not is_study(path)]


def is_study(folder: Path) -> bool:
    """Return whether a folder is that of a study; its runs are in ``runs``."""
    return any((folder / name).is_file() for name in (STUDY_FILE, STUDY_TABLE))
