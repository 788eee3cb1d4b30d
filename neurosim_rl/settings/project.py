"""The user's project: the table ``[tool.neurosim-rl]`` in the ``pyproject.toml`` of the folder where one works."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.layers import read_toml
from neurosim_rl.settings.options import Options

PROJECT, TABLE = "pyproject.toml", "neurosim-rl"


def project_entry(key: str, folder: Path | None = None) -> tuple[Path | None, Any]:
    """Return an entry of ``[tool.neurosim-rl]``, and the file that holds it.

    The file is the ``pyproject.toml`` of a folder, or of the first one above it.

    Parameters
    ----------
    key : str
    folder : path or None
        None: the working folder.

    Returns
    -------
    path : path or None
    value : object
        None where there is no project, or the project has no such entry.

    Raises
    ------
    ConfigurationError
        For a file that is damaged.
    """
    start = (folder or Path.cwd()).absolute()
    for place in (start, *start.parents):
        path = place / PROJECT
        if not path.is_file():
            continue
        status = path.stat()
        table: Any = _read(path, status.st_mtime_ns, status.st_size)
        for name in ("tool", TABLE):
            table = table.get(name, {})
            if not isinstance(table, Mapping):
                raise ConfigurationError(f"{path}: {name}: expected a table, got {table!r}.")
        return path, table.get(key)
    return None, None


@lru_cache(maxsize=8)
def _read(path: Path, changed_ns: int, size: int) -> Mapping[str, Any]:
    """Return the tables of a file. The file is read again when it has changed: each look at a name asks for it."""
    return read_toml(path)


def project_table(key: str, folder: Path | None = None) -> Mapping[str, Any]:
    """Return a table of ``[tool.neurosim-rl]``; empty: there is none. Parameters and errors as of `project_entry`."""
    path, value = project_entry(key, folder)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{path}: [tool.{TABLE}.{key}]: expected a table, got {value!r}.")
    return value


def with_project_options(execution: Any) -> Any:
    """Return a table ``[execution]`` with the project's options of this execution below its own.

    Parameters
    ----------
    execution : mapping or Options
        ``name``, and the options that the user gave. Anything else is returned as it is: settings are checked later.

    Examples
    --------
    The project's file has options by the name of an execution::

        [tool.neurosim-rl.execution.slurm-jobs]
        prologue = "module load NEST"
    """
    if isinstance(execution, Options):
        execution = execution.table()
    if not isinstance(execution, Mapping):
        return execution
    name = execution.get("name", "processes")
    below = project_table("execution").get(name, {}) if isinstance(name, str) else {}
    if not isinstance(below, Mapping):
        raise ConfigurationError(f"[tool.{TABLE}.execution] {name} = {below!r}: expected a table of options.")
    return {**below, **execution}
