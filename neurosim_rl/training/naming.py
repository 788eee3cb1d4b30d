"""Names of runs and of their folders."""

from __future__ import annotations

import re
from pathlib import Path

from neurosim_rl.optimizees import Configuration, own_model


def run_name(configuration: Configuration) -> str:
    """Return TASK-seedN, or TASK-MODEL-seedN where the model is not the task's own."""
    task, model = configuration.task, configuration.model.name
    is_own_model = model == own_model(task)
    name = task if is_own_model else f"{task}-{model}"
    return folder_name(f"{name}-seed{configuration.seed}")


def folder_name(name: str) -> str:
    """Return a name without slashes and colons: the id of an environment may have a namespace or a module."""
    return re.sub("[/:]", "-", name)


def free_folder(base: Path) -> Path:
    """Return the first free folder BASE, BASE-2, BASE-3, ..."""
    path, number = base, 1
    while path.exists():
        number += 1
        path = base.with_name(f"{base.name}-{number}")
    return path
