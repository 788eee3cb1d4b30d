"""Configurations from Python: the one place of the front door that knows how settings become a configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizees import Configuration, default_settings
from neurosim_rl.settings.layers import combine
from neurosim_rl.training.configure import configure as resolve


def configure(
    task: str | Configuration,
    *layers: Mapping[str, Any],
    files: Sequence[Path | str] = (),
    learner: str | None = None,
    network: str | None = None,
    start_from: Any = None,
    **settings: Any,
) -> Configuration:
    """Return the complete configuration of a run; the environment is made once, so that mistakes show now.

    Parameters
    ----------
    task : str or Configuration
        Name of a task; a complete configuration is returned as it is.
    *layers : mapping
        Settings as nested tables, such as ``{"model": {"hidden": [8]}}``; later ones win.
    files : sequence of path
        TOML files with settings, below the layers.
    learner : str or None
        Rule by which weights are learned instead of evolved, such as ``"r-stdp"`` or ``"ppo"``.
    network : str or None
        What learner ``"ppo"`` trains: ``"snn"`` (default) or ``"ann"``.
    start_from : Run, Champion, path, str or None
        Champion with the genome from which the run begins.
    **settings
        Settings by keyword, above the layers: ``seed=3, model={"hidden": [8]}``.

    Returns
    -------
    Configuration
        Complete: every option has its value.

    Raises
    ------
    UnknownNameError
        For an unknown task, key or name, with the nearest match.
    ConfigurationError
        For a value of the wrong type or out of range, or settings beside a complete configuration.

    Examples
    --------
    >>> configure("cart-pole", seed=3, model={"hidden": [8]}).seed  # doctest: +SKIP
    3
    """
    if isinstance(task, Configuration):
        given = any((layers, files, learner, network, start_from is not None, settings))
        if given:
            raise ConfigurationError(
                "a complete configuration takes no settings beside it: expected the name of a task. Change a copy with "
                "configuration.replace(seed=4), or configure the task anew."
            )
        return task
    target = None if start_from is None else target_of(start_from)
    return resolve(
        task,
        combine(*layers, settings),  # the name of a component drops none of the options beside it
        files=[Path(file) for file in files],
        learner=learner,
        network=network,
        start_from=target,
    )


def target_of(source: Any) -> str:
    """Return what names a run, champion or study: the object's path or name, or a path as text."""
    return str(getattr(source, "target", source))


def run_name(configuration: Configuration) -> str:
    """Return TASK-seedN, or TASK-MODEL-seedN where the model is not the task's own."""
    task, model = configuration.task, configuration.model.name
    name = task if model == default_settings(task).model.name else f"{task}-{model}"
    return f"{name}-seed{configuration.seed}"


def free_folder(base: Path) -> Path:
    """Return the first free folder BASE, BASE-2, BASE-3, ..."""
    path, number = base, 1
    while path.exists():
        number += 1
        path = base.with_name(f"{base.name}-{number}")
    return path
