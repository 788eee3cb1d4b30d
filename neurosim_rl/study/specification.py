"""What a study is: a grid of settings, seeds, and a budget, as a TOML file says."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import tomli_w

from neurosim_rl.comparison.settings import IGNORED
from neurosim_rl.errors import ConfigurationError, UnknownNameError
from neurosim_rl.optimizees import Configuration, Settings, create_optimizee
from neurosim_rl.optimizers import Search
from neurosim_rl.runs.run_list import STUDY_FILE
from neurosim_rl.settings.checks import nearest, unknown_name
from neurosim_rl.settings.grid import Setting, parse_seeds
from neurosim_rl.settings.layers import combine, parse_toml, read_toml
from neurosim_rl.training.configure import configure

_KEYS = ("name", "seeds", "evaluations", "grid", "settings", "override", "scale")

EVOLUTION = "evolution"
"""Learner of a study that means none: the task as it is."""

SPECIAL_KEYS = ("task", "learner", "network")
"""Keys of a grid that are none of a configuration."""

_UNCOUNTED = (*(f'\n[{key}]\nname = "none"\n' for key in ("learning", "normalisation")), "\n[ancestor]\n")
"""Parts of a configuration that do not count: digests stay what they were before there were such keys."""
_ADDED: dict[tuple[str, str], dict[str, Any]] = {
    ("model", "sensorimotor"): {"mirror": False},
    ("learning", "ppo"): {"annealing": 0.0, "kl_threshold": 0.0, "deviation": 0.5},
}
"""Options that components got later, with the values that change nothing: with these, digests stay what they were."""
_DEFAULTS = Settings().tables()
"""Values of ignored keys in every digest."""
_CURRICULUM = ("first_steps", "growth")
"""Options of the environment that do not count without a curriculum, for the same reason."""


@dataclass(frozen=True)
class Override:
    """Settings of those cells of the grid that fit.

    Parameters
    ----------
    when : dict of str to tuple of str
        Values, by key of the grid, of which each must hold one.
    settings : dict
        Keys and values, as for ``--set``; ``evaluations`` is the study's.
    """

    when: dict[str, tuple[str, ...]]
    settings: dict[str, Any]

    def fits(self, cell: Mapping[str, str]) -> bool:
        """Return whether the cell is meant."""
        return all(cell.get(key) in values for key, values in self.when.items())


@dataclass(frozen=True)
class StudySpecification:
    """A grid of settings with every seed.

    Parameters
    ----------
    name : str
    seeds : tuple of int
    grid : dict of str to tuple of str
        Values of each key; the first key makes the rows of figures, the second their columns, the third the colours.
        Beside configuration keys there are ``task``, ``learner``, as of ``neurosim-rl train``, or ``evolution``, and
        ``network`` (``snn`` or ``ann``), as of ``neurosim-rl train --learner ppo``.
    evaluations : int
        Individuals that each run may evaluate; 0: as many as ``generations`` says.
    settings : dict
        Keys and values for all runs.
    overrides : tuple of Override
        Later ones win.
    scale : dict of str to (float, float)
        By task: the returns that count as 0 and as 1 where tasks are put together.
    """

    name: str
    seeds: tuple[int, ...]
    grid: dict[str, tuple[str, ...]]
    evaluations: int = 0
    settings: dict[str, Any] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    scale: dict[str, tuple[float, float]] = field(default_factory=dict)

    def cells(self) -> list[Setting]:
        """Return every combination of values."""
        return [Setting(tuple(zip(self.grid, values, strict=True))) for values in product(*self.grid.values())]

    @property
    def n_runs(self) -> int:
        """Number of runs: all combinations with all seeds."""
        return math.prod(len(values) for values in self.grid.values()) * len(self.seeds)

    def runs(self) -> dict[str, tuple[Setting, int]]:
        """Return cell and seed of every run by its name, seed by seed, so that all settings grow alike.

        Raises
        ------
        ConfigurationError
            When two runs would share a name.
        """
        cells = self.cells()
        runs = {f"{cell.folder}-seed{seed}".lstrip("-"): (cell, seed) for seed in self.seeds for cell in cells}
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
            When the study has no run of that name; names the nearest.
        """
        runs = self.runs()
        if run not in runs:
            raise UnknownNameError(f"study {self.name!r} has no run {run!r}. Did you mean {nearest(run, runs)!r}?")
        cell, seed = runs[run]
        return self.configuration(cell).replace(seed=seed)

    def configuration(self, cell: Setting) -> Configuration:
        """Return a cell's configuration, with the generations that use up the evaluations; its seed is the first.

        Raises
        ------
        ConfigurationError
            For an unknown task, key or value, or a budget of less than one generation.
        """
        values = dict(cell.values)
        task, learner, network = (values.pop(key, None) or self.settings.get(key) for key in SPECIAL_KEYS)
        if not task:
            raise ConfigurationError("a study needs a task: expected grid.task = [...], or settings.task.")
        learner = None if learner == EVOLUTION else learner
        network = network if learner == "ppo" else None
        overrides = [_nested(o.settings) for o in self.overrides if o.fits(dict(cell.values))]
        layer = combine(_nested(self.settings), *Setting(tuple(values.items())).layers(), *overrides)
        evaluations = int(layer.pop("evaluations", self.evaluations))
        for key in SPECIAL_KEYS:
            layer.pop(key, None)
        config = configure(task, layer, {"seed": self.seeds[0], "workers": 1}, learner=learner, network=network)
        return _within_budget(config, evaluations)


def settings_digest(config: Configuration) -> str:
    """Return what tells apart settings that may give different results, whatever the seed: 16 hexadecimal digits."""
    tables = config.tables()
    for key in IGNORED:
        tables[key] = _DEFAULTS[key]
    if tables["learning"] == {"name": "none", "episodes": 1}:  # single episodes, spelt out
        tables["learning"] = {"name": "none"}
    for (key, name), added in _ADDED.items():
        if tables[key]["name"] == name:
            tables[key] = {k: v for k, v in tables[key].items() if k not in added or v != added[k]}
    if not tables["environment"]["first_steps"]:
        for key in _CURRICULUM:
            del tables["environment"][key]
    text = tomli_w.dumps(tables)
    for part in _UNCOUNTED:
        text = text.replace(part, "")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _within_budget(config: Configuration, evaluations: int) -> Configuration:
    """Return the configuration with the generations that so many evaluations allow; 0: as it is."""
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
    """Return the layer of keys that may have dots."""
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
    """Return the study of a TOML file; without a name it is called after the file, or ``study.toml`` after its folder.

    Raises
    ------
    ConfigurationError
        When the file cannot be read, lacks something, or has an unknown key (with the nearest match).
    """
    return _study(read_toml(path), path)


def parse_study(text: str, path: Path) -> StudySpecification:
    """Return the study of a TOML text, which came from that file; errors as of `read_study`."""
    return _study(parse_toml(text, str(path)), path)


def _study(table: Mapping[str, Any], path: Path) -> StudySpecification:
    for key in table:
        if key not in _KEYS:
            raise unknown_name(f"key of the study {path}", key, _KEYS)
    try:
        grid = {key: tuple(_text(v) for v in values) for key, values in table.get("grid", {}).items()}
        overrides = tuple(_override(row) for row in table.get("override", []))
        scale = {task: (float(row["zero"]), float(row["one"])) for task, row in table.get("scale", {}).items()}
        evaluations = int(table.get("evaluations", 0))
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise ConfigurationError(
            f"{path}: {error!r}. Expected grid.KEY = [values], [[override]] with when and settings, "
            "scale.TASK = { zero = ..., one = ... }."
        ) from error
    _check(path, grid, overrides)
    seeds = parse_seeds(str(table.get("seeds", "1-20")))
    name = str(table.get("name", path.absolute().parent.name if path.name == STUDY_FILE else path.stem))
    return StudySpecification(name, seeds, grid, evaluations, dict(table.get("settings", {})), overrides, scale)


def _override(row: Mapping[str, Any]) -> Override:
    when = {key: tuple(v if isinstance(v, list) else [v]) for key, v in row["when"].items()}
    return Override({key: tuple(_text(v) for v in values) for key, values in when.items()}, dict(row["settings"]))


def _check(path: Path, grid: Mapping[str, tuple[str, ...]], overrides: tuple[Override, ...]) -> None:
    if not grid:
        raise ConfigurationError(f'{path} has no [grid]: expected, for example, task = ["mountain-car", "cart-pole"].')
    for key, values in grid.items():
        if not values or len(set(values)) < len(values):
            raise ConfigurationError(f"{path}: grid.{key} = {list(values)}: expected different values, at least one.")
    for override in overrides:
        for key, values in override.when.items():
            if key not in grid:
                raise unknown_name(f"key in override.when of {path}", key, grid)
            for value in values:
                if value not in grid[key]:
                    raise unknown_name(f"value of override.when.{key} in {path}", value, grid[key])


def _text(value: Any) -> str:
    """Return a value as it would be written after ``--set key=``."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else str(value)
