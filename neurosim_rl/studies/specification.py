"""Specification of a study: a grid of settings, seeds and a budget, read from a TOML file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from neurosim_rl.errors import ConfigurationError, UnknownNameError
from neurosim_rl.optimizees import Configuration, Settings, create_optimizee, trains_by_gradients
from neurosim_rl.optimizers import Search
from neurosim_rl.runs.run_list import STUDY_FILE
from neurosim_rl.settings.checks import nearest, unknown_name
from neurosim_rl.settings.grid import Setting, parse_seeds
from neurosim_rl.settings.layers import combine, parse_toml, read_toml
from neurosim_rl.settings.plugins import note
from neurosim_rl.studies.file_values import check_scale, check_size, study_folder_name, whole_number
from neurosim_rl.training.configure import completed, layered_settings

_KEYS = ("name", "seeds", "evaluations", "grid", "settings", "override", "scale")

EVOLUTION = "evolution"
"""Value of a grid's ``learner`` for evolution: the task's own settings."""

SPECIAL_KEYS = ("task", "learner", "network")
"""Keys of a grid that are not keys of a configuration."""


@dataclass(frozen=True)
class Override:
    """Settings for some cells of the grid.

    Parameters
    ----------
    when : dict of str to tuple of str
        For each key of the grid that matters, the values of the cells that are meant.
    settings : dict
        Keys and values, as for ``--set``; the key ``evaluations`` replaces the study's.
    """

    when: dict[str, tuple[str, ...]]
    settings: dict[str, Any]

    def fits(self, cell: Mapping[str, str]) -> bool:
        """Return whether a cell is meant."""
        return all(cell.get(key) in values for key, values in self.when.items())


@dataclass(frozen=True)
class StudySpecification:
    """A grid of settings, each with all seeds.

    Parameters
    ----------
    name : str
    seeds : tuple of int
    grid : dict of str to tuple of str
        Values of each key. In figures, the first key gives the rows, the second the columns, the third the colours.
        Three keys are not keys of a configuration: ``task``; ``learner``, with the values of ``neurosim-rl train``, or
        ``evolution``; and ``network`` (``snn`` or ``ann``), as for ``neurosim-rl train --learner ppo``.
    evaluations : int
        Number of individuals that each run evaluates; 0: ``generations`` sets the length of a run.
    settings : dict
        Keys and values for all runs.
    overrides : tuple of Override
        Settings for some cells; later overrides replace earlier ones.
    scale : dict of str to (float, float)
        By task: the returns that are scaled to 0 and to 1 for comparisons over tasks.
    """

    name: str
    seeds: tuple[int, ...]
    grid: dict[str, tuple[str, ...]]
    evaluations: int = 0
    settings: dict[str, Any] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    scale: dict[str, tuple[float, float]] = field(default_factory=dict)

    def cells(self) -> list[Setting]:
        """Return all combinations of values."""
        return [Setting(tuple(zip(self.grid, values, strict=True))) for values in product(*self.grid.values())]

    @property
    def n_runs(self) -> int:
        """Number of runs: all combinations with all seeds."""
        n_cells = math.prod(map(len, self.grid.values()))
        return n_cells * len(self.seeds)

    def runs(self) -> dict[str, tuple[Setting, int]]:
        """Return cell and seed of each run, by its name.

        All cells with the first seed come first, then all with the second, and so on: after an interruption all cells
        have about as many seeds.

        Raises
        ------
        ConfigurationError
            When two runs would have the same name.
        """
        cells = self.cells()
        runs = {}
        for seed in self.seeds:
            for cell in cells:
                name = f"{cell.folder}-seed{seed}".lstrip("-")
                runs[name] = cell, seed
        if len(runs) < self.n_runs:
            raise ConfigurationError(
                f"study {self.name!r}: two settings would share a folder; write their values so that they differ."
            )
        return runs

    def configuration_of(self, run: str) -> Configuration:
        """Return the configuration of a run, its seed included.

        Raises
        ------
        UnknownNameError
            When the study has no run with this name; names the nearest match.
        """
        runs = self.runs()
        if run not in runs:
            like = nearest(run, runs) or next(iter(runs))
            raise UnknownNameError(f"study {self.name!r} has no run {run!r}. Did you mean {like!r}?")
        cell, seed = runs[run]
        return self.configuration(cell).replace(seed=seed)

    def configuration(self, cell: Setting) -> Configuration:
        """Return a cell's configuration, with the first seed and with the generations that use up the evaluations.

        Raises
        ------
        ConfigurationError
            For an unknown task, key or value, or a budget of less than one generation.
        """
        task, layer, sources, evaluations = self._request(cell)
        return _within_budget(completed(task, layer, **sources), evaluations)

    def settings_of(self, cell: Setting) -> Settings:
        """Return a cell's settings as they are read, without making its environment; errors as of `configuration`."""
        task, layer, sources, _ = self._request(cell)
        return layered_settings(task, layer, **sources)

    def environment_id(self, cell: Setting) -> str:
        """Return the environment that a cell's settings name; empty: the task's own."""
        _, layer, _, _ = self._request(cell)
        environment = layer.get("environment")
        return str(environment.get("id", "")) if isinstance(environment, Mapping) else ""

    def _request(self, cell: Setting) -> tuple[str, dict[str, Any], dict[str, Any], int]:
        """Return task, layer of settings, learner and network, and budget of a cell."""
        values = dict(cell.values)
        task, learner, network = [values.pop(key, None) or self.settings.get(key) for key in SPECIAL_KEYS]
        if not task:
            raise ConfigurationError("a study needs a task: expected grid.task = [...], or settings.task.")
        learner = None if learner == EVOLUTION else learner
        network = network if trains_by_gradients(learner) else None
        overrides = [_nested(override.settings) for override in self.overrides if override.fits(dict(cell.values))]
        layer = combine(_nested(self.settings), *Setting(tuple(values.items())).layers(), *overrides)
        evaluations = whole_number("evaluations in the settings", layer.pop("evaluations", self.evaluations))
        for key in SPECIAL_KEYS:
            layer.pop(key, None)
        layer |= {"seed": self.seeds[0], "workers": 1}
        return task, layer, {"learner": learner, "network": network}, evaluations

    def __repr__(self) -> str:
        """Return one line."""
        grid = ", ".join(f"{key} ({len(values)})" for key, values in self.grid.items())
        return f"<StudySpecification {self.name!r}: {grid} with {len(self.seeds)} seeds, {self.n_runs} runs>"


def _within_budget(config: Configuration, evaluations: int) -> Configuration:
    """Return the configuration with the number of generations that the evaluations allow; 0: unchanged."""
    if not evaluations:
        return config
    optimizee = create_optimizee(config)
    n_individuals = 1
    if not optimizee.learning.trains:
        n_individuals = len(Search(config.optimizer, optimizee, config.seed, config.generations).ask())
    if evaluations < n_individuals:
        raise ConfigurationError(
            f"evaluations = {evaluations} is less than one generation of {n_individuals} individuals "
            f"({config.optimizer.name} on {config.task}). Raise it, or lower optimizer.population."
        )
    return config.replace(generations=evaluations // n_individuals)


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested tables: the key ``a.b`` becomes the key ``b`` in the table ``a``."""
    layer: dict[str, Any] = {}
    for path, value in flat.items():
        *tables, last = path.split(".")
        place = layer
        for table in tables:
            place = place.setdefault(table, {})
        if isinstance(value, Mapping):
            place.setdefault(last, {}).update(_nested(value))
        else:
            place[last] = value
    return layer


def read_study(path: Path) -> StudySpecification:
    """Return the study of a TOML file.

    Without ``name`` in the file, the study has the name of the file, or of the folder if the file is ``study.toml``.

    Raises
    ------
    ConfigurationError
        When the file cannot be read, or lacks a required key.
    UnknownNameError
        For an unknown key, with the nearest match.
    """
    return _study(read_toml(path), path)


def parse_study(text: str, path: Path) -> StudySpecification:
    """Return the study of a TOML text from a file at ``path``; errors as of `read_study`."""
    return _study(parse_toml(text, str(path)), path)


def _study(table: Mapping[str, Any], path: Path) -> StudySpecification:
    for key in table:
        if key not in _KEYS:
            raise unknown_name(f"key of the study {path}", key, _KEYS)
    try:
        grid = {key: _texts(values) for key, values in table.get("grid", {}).items()}
        overrides = tuple(map(_override, table.get("override", [])))
        scale = {task: (float(row["zero"]), float(row["one"])) for task, row in table.get("scale", {}).items()}
        evaluations = whole_number(f"{path}: evaluations", table.get("evaluations", 0))
        _note(table, grid, path)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{path}: {error!r}. Expected grid.KEY = [values], [[override]] with when and settings, "
            "scale.TASK = { zero = ..., one = ... }."
        ) from error
    seeds = parse_seeds(str(table.get("seeds", "1-20")))
    default_name = path.absolute().parent.name if path.name == STUDY_FILE else path.stem
    name = study_folder_name(str(table.get("name", default_name)), path)
    study = StudySpecification(name, seeds, grid, evaluations, dict(table.get("settings", {})), overrides, scale)
    _check(path, study)
    return study


def _note(table: Mapping[str, Any], grid: Mapping[str, tuple[str, ...]], path: Path) -> None:
    """Remember which modules the study's settings name."""
    for settings in (table.get("settings", {}), *(row["settings"] for row in table.get("override", []))):
        note(_nested(settings), str(path))
    for key, values in grid.items():
        for value in values:
            note(_nested({key: value}), str(path))


def _override(row: Mapping[str, Any]) -> Override:
    when = {}
    for key, value in row["when"].items():
        when[key] = _texts(value if isinstance(value, list) else [value])
    return Override(when, dict(row["settings"]))


def _check(path: Path, study: StudySpecification) -> None:
    """Raise for a grid that is empty, too large or has a value twice, and for overrides of cells that it has not."""
    grid = study.grid
    if not grid:
        raise ConfigurationError(f'{path} has no [grid]: expected, for example, task = ["mountain-car", "cart-pole"].')
    for key, values in grid.items():
        if not values or len(set(values)) < len(values):
            raise ConfigurationError(
                f"{path}: grid.{key} = {list(values)}: expected one or more values, all different."
            )
    check_size(study.n_runs, path)
    check_scale(study.scale, path)
    for override in study.overrides:
        for key, values in override.when.items():
            if key not in grid:
                raise unknown_name(f"key in override.when of {path}", key, grid)
            for value in values:
                if value not in grid[key]:
                    raise unknown_name(f"value of override.when.{key} in {path}", value, grid[key])


def _text(value: Any) -> str:
    """Return a value in the form of ``--set key=value``."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _texts(values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(map(_text, values))
