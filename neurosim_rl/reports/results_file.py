"""Reading of ``results.json``, which may come from anybody."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from neurosim_rl.errors import RunFolderError
from neurosim_rl.reports.all_tasks_report import Results
from neurosim_rl.reports.table_row import OURS, PUBLISHED, SIMPLE, TableRow
from neurosim_rl.settings.printable import printable
from neurosim_rl.settings.regular_file import LARGEST_TEXT, read_regular

FILE = "results.json"
TEXTS, FLAGS = ("controller", "kind", "source", "family"), ("spiking", "own_environment")


def holds_results(folder: Path) -> bool:
    """Return whether a folder has results of ``neurosim-rl results``, and no runs."""
    return (folder / FILE).is_file() and not any(folder.glob("*/config.toml"))


def read_results(folder: Path) -> Results:
    """Return the results that ``neurosim-rl results`` wrote into a folder.

    Raises
    ------
    RunFolderError
        When the file is missing, or holds anything else.
    """
    path = folder / FILE
    try:
        content = json.loads(read_regular(path, LARGEST_TEXT))
        tasks = {str(task): [_row(entry) for entry in entries] for task, entries in content["tasks"].items()}
        versions = {str(name): str(version) for name, version in content["versions"].items()}
        return Results(tasks, int(content["episodes"]), str(content["command"]), versions)
    except OSError as error:
        raise RunFolderError(f"cannot read {path}: {error.strerror or error}.") from error
    # RecursionError: lists in lists in lists.
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError) as error:
        raise RunFolderError(
            f"{path} is damaged: {printable(str(error))[:200]}. Expected what neurosim-rl results writes; run it again."
        ) from error


def _row(entry: Mapping[str, Any]) -> TableRow:
    """Return a row; raise ValueError or TypeError where a value is not what it has to be."""
    unknown = set(entry) - {field.name for field in fields(TableRow)}
    if unknown:
        raise ValueError(f"unknown entry {min(unknown)!r}")
    values = {name: _value(name, value) for name, value in entry.items()}
    row = TableRow(**values)
    if row.kind not in (OURS, PUBLISHED, SIMPLE):
        raise ValueError(f"kind {row.kind!r}: expected {OURS}, {PUBLISHED} or {SIMPLE}")
    return row


def _value(name: str, value: Any) -> Any:
    if name in TEXTS:
        expected: Any = isinstance(value, str)
    elif name in FLAGS:
        expected = isinstance(value, bool)
    elif name == "energy_j":
        return {str(device): _number(energy, f"energy_j of {device}") for device, energy in value.items()}
    elif name == "interval":
        if value is None:
            return None
        low, high = value
        return _number(low, name), _number(high, name)
    else:
        return None if value is None and name != "mean" else _number(value, name)
    if not expected:
        raise ValueError(f"{name} is {str(value)[:40]!r}")
    return value


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} is {str(value)[:40]!r}: expected a number")
    return value
