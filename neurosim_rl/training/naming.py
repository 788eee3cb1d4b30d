"""Names of runs and of their folders."""

from __future__ import annotations

from pathlib import Path

from neurosim_rl.optimizees import Configuration, default_settings


def run_name(configuration: Configuration) -> str:
    """Return TASK-seedN, or TASK-MODEL-seedN where the model is not the task's own."""
    task, model = configuration.task, configuration.model.name
    is_own_model = model == default_settings(task).model.name
    name = task if is_own_model else f"{task}-{model}"
    return f"{name}-seed{configuration.seed}"


def free_folder(base: Path) -> Path:
    """Return the first free folder BASE, BASE-2, BASE-3, ..."""
    path, number = base, 1
    while path.exists():
        number += 1
        path = base.with_name(f"{base.name}-{number}")
    return path
