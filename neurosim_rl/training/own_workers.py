"""Workers of a run are the user's choice: files say which kind they were, and nothing that starts or reaches them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from neurosim_rl.optimizees import Configuration
from neurosim_rl.runs import RunFolder
from neurosim_rl.settings.layers import merge
from neurosim_rl.settings.options import changed_options
from neurosim_rl.settings.project import with_project_options


def resumed(folder: RunFolder, *layers: Mapping[str, Any]) -> Configuration:
    """Return the configuration with which a run continues.

    From the run folder come the name of the execution and the number of workers. The execution's options (prologue,
    address, directives and all others) come from the layers and from the project: the folder may be somebody else's.
    A line on stderr names options that the folder holds besides.

    Parameters
    ----------
    folder : RunFolder
    *layers : mapping
        Settings of `FREE_KEYS`; later ones win.

    Raises
    ------
    UnknownNameError, ConfigurationError
        For wrong settings.
    """
    recorded = folder.config()
    changed = merge({"execution": {"name": recorded.execution.name}}, *layers)
    changed["execution"] = with_project_options(changed["execution"])
    config = recorded.replace(**changed)
    if config.execution.name == recorded.execution.name:
        now = changed_options(config.execution)
        left = {key: value for key, value in changed_options(recorded.execution).items() if now.get(key) != value}
        _tell(str(folder.path), recorded.execution.name, left)
    return config


def without_worker_options(settings: Mapping[str, Any], source: str) -> Mapping[str, Any]:
    """Return the settings of a file without the options of its execution, whose name stays; tell which they were."""
    execution = settings.get("execution")
    if not isinstance(execution, Mapping) or not set(execution) - {"name"}:
        return settings
    named = {"name": execution["name"]} if "name" in execution else {}
    _tell(source, str(execution.get("name", "processes")), {key: execution[key] for key in execution if key != "name"})
    return {**settings, "execution": named}


def _tell(source: str, name: str, options: Mapping[str, Any]) -> None:
    """Print which options of workers are not taken from a file."""
    if options:
        keys = ", ".join(repr(key)[1:-1] for key in options)
        print(
            f"{source!r} sets options of [execution] that are not taken from a file: {keys}. If you want them, give "
            f"them with --set execution.KEY=VALUE, or in [tool.neurosim-rl.execution.{name!r}] of your pyproject.toml.",
            file=sys.stderr,
        )
