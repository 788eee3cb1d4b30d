"""Complete configurations, from a task, files and options: the one place that resolves settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizees import (
    Configuration,
    Settings,
    create_optimizee,
    learner_settings,
    task_class,
    task_settings,
    trains_by_gradients,
)
from neurosim_rl.settings.layers import merge, read_toml
from neurosim_rl.settings.plugin_checks import check_recorded
from neurosim_rl.settings.plugin_records import TABLE as RECORD
from neurosim_rl.settings.plugins import allow, allow_named, note
from neurosim_rl.settings.project import with_project_options
from neurosim_rl.training.ancestor import find_ancestor, settings_from, with_ancestor
from neurosim_rl.training.own_workers import without_worker_options
from neurosim_rl.training.teacher import with_teacher

TRAINED_BY_GRADIENTS = "snn"
"""Default network of training by gradients."""


def configure(
    task: str,
    *options: Mapping[str, Any],
    files: Sequence[Path | str] = (),
    learner: str | None = None,
    network: str | None = None,
    start_from: PathLike[str] | str | None = None,
    plugins: Sequence[str] = (),
    **settings: Any,
) -> Configuration:
    """Return the complete configuration of a run.

    The environment is made once. Random play measures observations, if the normalisation needs it. Every key of
    every table is checked.
    Layers win over those before them: the task's defaults, the learner's settings, the champion that the run starts
    from, the files in their order, then `options` in theirs, and `settings`. A table that names another component
    replaces the table below it.

    Parameters
    ----------
    task : str
        Name of the task, or the id of a Gymnasium environment: ``LunarLander-v3``, ``namespace/Id-v0``,
        ``module:Id-v0``.
    *options : mapping
        Tables of settings, such as ``{"model": {"hidden": [8]}}``.
    files : sequence of path
        TOML files with settings. Options of their table ``[execution]`` are not used, except its name.
    learner : str or None
        Learning rule that trains the network instead of evolution; None: the task evolves.
    network : str or None
        Network that the learners ``ppo`` and ``distil`` train: ``"snn"`` (default) or ``"ann"``.
    start_from : path, str or None
        A run folder, a champion's file, or ``champion:NAME`` that the run starts from.
    plugins : sequence of str
        Modules and files with parts of your own, which are imported before a name is looked up; the files may use them.
        Those that `options` and `settings` name are the caller's own words, and need no plugin.
    **settings
        Settings by keyword: ``seed=3, model={"hidden": [8]}``.

    Raises
    ------
    UnknownNameError
        For an unknown task, key, component or option, with the nearest match.
    ConfigurationError
        For a value of the wrong type or out of range, or settings that exclude each other.
    EnvironmentSetupError
        When the environment cannot be made.
    PluginError
        When a file names a module that nobody has allowed.

    Examples
    --------
    >>> configure("cart-pole", seed=3, model={"hidden": [8]}).model.hidden  # doctest: +SKIP
    (8,)
    """
    allow(*plugins)
    for layer in ({"task": task}, *options, settings):
        allow_named(layer)
    return completed(task, *options, settings, files=files, learner=learner, network=network, start_from=start_from)


def completed(task: str, *layers: Mapping[str, Any], **sources: Any) -> Configuration:
    """Return what `configure` does, of layers that may come from a file: modules in them stay unknown.

    Parameters
    ----------
    task : str
    *layers : mapping
    **sources
        ``files``, ``learner``, ``network`` and ``start_from``, as of `configure`.
    """
    read = layered_settings(task, *layers, **sources)
    if read.learning.component.has_teacher:  # type: ignore[union-attr]
        read = with_teacher(read)
    # The ancestor comes after all layers: a file or an option may name it. Its genome chooses the simulator, since
    # individuals around it have networks like its own.
    if read.ancestor is None:
        return create_optimizee(read).completed()
    read = with_ancestor(read)
    ancestor = find_ancestor(read)
    assert ancestor is not None
    return create_optimizee(read).completed(ancestor.vector)


def layered_settings(
    task: str,
    *options: Mapping[str, Any],
    files: Sequence[Path | str] = (),
    learner: str | None = None,
    network: str | None = None,
    start_from: PathLike[str] | str | None = None,
) -> Settings:
    """Return the settings of all layers, read and checked; parameters and errors as of `configure`.

    No environment is made: what depends on it stays open.
    """
    if not isinstance(task, str):
        raise ConfigurationError(f"task = {task!r}: expected the name of a task, such as 'cart-pole'.")
    task_class(task)  # an unknown task is the first thing to say
    own = _learner_layer(task, learner, network)
    layers: list[Mapping[str, Any]] = []
    if start_from is not None:
        layers.append(settings_from(fspath(start_from), task))
        # Its path is the caller's own word; what the champion names is not.
        allow_named({"ancestor": layers[-1]["ancestor"]})
    for path in files:
        table = read_toml(Path(path))
        check_recorded(table.pop(RECORD, None), str(path))
        note(table, str(path))
        layers.append(_of_task(without_worker_options(table, str(path)), task, str(path)))
    layers += [_of_task(given, task, "a layer of settings") for given in options]
    layers.append({"execution": with_project_options(merge(*layers).get("execution", {}))})
    return task_settings(task, *layers, learner=own)


def _learner_layer(task: str, learner: str | None, network: str | None) -> Mapping[str, Any]:
    if learner is None:
        if network is not None:
            raise ConfigurationError(f"network = {network!r}: only a learner trains one. Name the learner too.")
        return {}
    if network is not None and not trains_by_gradients(learner):
        raise ConfigurationError(
            f"--network {network}: only a learner by gradients trains one. Give --learner ppo, or leave it out."
        )
    return learner_settings(task, learner, network or TRAINED_BY_GRADIENTS)


def _of_task(settings: Mapping[str, Any], task: str, source: str) -> Mapping[str, Any]:
    """Return settings of a source; raise if they are for another task, of which `task` has not the defaults."""
    if settings.get("task", task) != task:
        raise ConfigurationError(f"{source} is for task {settings['task']!r}, not {task!r}.")
    return settings
