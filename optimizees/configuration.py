"""Settings of a run, and its configuration: complete settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeVar

import tomli_w

from neurosim_rl.bridge import BACKGROUNDS, DECODERS, ENCODERS, NORMALISATIONS
from neurosim_rl.environments import EnvironmentOptions
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.execution import EXECUTIONS
from neurosim_rl.learning import LEARNING
from neurosim_rl.models import MODELS
from neurosim_rl.optimizees.fitness import FITNESSES
from neurosim_rl.optimizers import OPTIMIZERS
from neurosim_rl.settings.checks import lookup
from neurosim_rl.settings.layers import merge, parse_toml
from neurosim_rl.settings.options import Options, check_option, option, option_fields, read_options
from neurosim_rl.settings.plugin_checks import check_recorded
from neurosim_rl.settings.plugin_records import TABLE as RECORD
from neurosim_rl.settings.plugin_records import recorded
from neurosim_rl.settings.plugins import note
from neurosim_rl.settings.registry import WithMore
from neurosim_rl.simulators import SIMULATORS

Self = TypeVar("Self", bound="Settings")

NO_SIMULATOR = "none"
"""The simulator of a policy without neurons."""
AUTO = "auto"
"""The simulator of settings that leave the choice open."""


@dataclass(frozen=True)
class NoOptimizer:
    """No search: training by gradients improves one network."""

    needs_space: ClassVar[bool] = False


@dataclass(frozen=True)
class AncestorOptions(Options):
    """The table ``[ancestor]`` of a configuration; empty: the run starts from random genomes."""

    champion: str = option("", "run folder, champion's file or champion:NAME that the run starts from")
    sha256: str = option("", "digest of the champion; empty: set when the run is made")
    structure: str = option(
        "auto",
        "whether edges and signs are fixed; auto: with all optimizers but structured-genetic and map-elites",
        choices=("auto", "fixed", "free"),
    )
    spread: float = option(
        0.1, "standard deviation of first individuals around the genome, relative to that of random genes", low=1e-6
    )


@dataclass(frozen=True)
class Settings:
    """All settings of a run: every key and every option of every table, checked and typed.

    Settings that depend on the environment may be open: the simulator (`AUTO`), statistics of observations, sizes that
    follow from the task. `neurosim_rl.optimizees.ClosedLoop.completed` closes them and returns a `Configuration`.
    """

    task: str = option("mountain-car", "name of the task (see neurosim-rl list)")
    seed: int = option(1, "seed of everything random in the run", low=0)
    generations: int = option(100, "number of generations", low=1)
    stop_when_solved: bool = option(
        False, "end generations as soon as a validation return is at least the task's solved return"
    )
    max_hours: float = option(0.0, "time after which no generation begins, in h; 0: no limit", low=0)
    episodes: int = option(
        1, "training trials for each individual and generation; a trial has learning.episodes episodes", low=1
    )
    starts: str = option(
        "fresh",
        "starts of training episodes: new in each generation, always the same, or seeded by the generation's number",
        choices=("fresh", "fixed", "generation"),
    )
    validation_episodes: int = option(
        20, "validation episodes for the best individual of each generation; 0: no validation", low=0
    )
    finalists: int = option(
        5,
        "number of best candidates that are validated again on twice as many new starts; 0: none",
        low=0,
    )
    champion: str = option(
        "validation",
        "measure that chooses the champion: mean return in validation, or fitness in training",
        choices=("validation", "fitness"),
    )
    window_ms: float = option(20.0, "simulated time for each environment step, in ms", low=1e-3)
    resolution_ms: float = option(0.2, "simulation grid in ms", low=1e-3)
    simulator: str = option(
        AUTO,
        "auto: compiled if it covers the network, else nest; both give the same spikes; none: a policy without neurons",
        choices=(*SIMULATORS, NO_SIMULATOR),
    )
    nest_modules: tuple = option(
        (), "extension modules of NEST with models of your own (see neurosim-rl nestml)", items=str
    )
    workers: int = option(0, "number of workers; 0: one for each core; does not change results", low=0)
    batch_size: int = option(128, "episodes in one simulator kernel; does not change results", low=1)
    timeout_s: float = option(0.0, "time limit for the evaluation of one individual, in s; 0: no limit", low=0)
    penalty_fitness: float = option(
        -1e6, "fitness of an individual that fails: an error, a fitness of NaN, or timeout_s exceeded"
    )
    execution: Options = option({"name": "processes"}, "place of the workers", registry=EXECUTIONS)
    environment: EnvironmentOptions = option({}, "the Gymnasium environment", options=EnvironmentOptions)
    normalisation: Options = option({"name": "none"}, "normalisation of observations", registry=NORMALISATIONS)
    model: Options = option({"name": "feed-forward"}, "model: genome to network", registry=MODELS)
    encoder: Options = option({"name": "current"}, "encoder: observation to drive", registry=ENCODERS)
    background: Options = option(
        {"name": "none"}, "background spikes into the network, drawn by the package", registry=BACKGROUNDS
    )
    decoder: Options = option({"name": "winner"}, "decoder: spike counts to action", registry=DECODERS)
    fitness: Options = option({"name": "return"}, "fitness of episodes", registry=FITNESSES)
    learning: Options = option(
        {"name": "none"}, "learning rule that changes weights while a network plays", registry=LEARNING
    )
    optimizer: Options = option(
        {"name": "genetic"}, "optimizer of genomes", registry=WithMore(OPTIMIZERS, {"none": NoOptimizer})
    )
    ancestor: AncestorOptions | None = option(None, "the champion that the run starts from", options=AncestorOptions)

    def __post_init__(self) -> None:
        """Check combinations of settings."""
        if self.stop_when_solved and not self.validation_episodes:
            raise ConfigurationError(
                "stop_when_solved = true needs validation_episodes of at least 1: validation tells what is solved."
            )
        if self.champion == "validation" and not self.validation_episodes:
            raise ConfigurationError(
                "champion = 'validation' needs validation_episodes of at least 1. Or set champion = 'fitness'."
            )

    @classmethod
    def read(cls, *layers: Mapping[str, Any]) -> Settings:
        """Return the settings of all layers; later layers win over earlier ones and over the defaults.

        Raises
        ------
        UnknownNameError
            For an unknown key, table or option, with the nearest match.
        ConfigurationError
            For a value of the wrong type or out of range.
        """
        return Settings(**read_options(Settings, merge(*layers), "configuration"))

    @classmethod
    def from_toml(cls, text: str, source: str = "") -> Settings:
        """Return the settings of a text that `to_toml` wrote.

        Parameters
        ----------
        text : str
        source : str
            The file of the text, for messages.

        Raises
        ------
        PluginError
            When a part is of a plugin that nobody has named.
        UnknownNameError, ConfigurationError
            As of `read`.
        """
        tables = parse_toml(text, "configuration")
        check_recorded(tables.pop(RECORD, None), source)
        note(tables, source)
        return Settings.read(tables)

    def tables(self) -> dict[str, Any]:
        """Return all settings as TOML and JSON have them: plain values, dictionaries and lists."""
        tables: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Options):
                tables[field.name] = value.table()
            else:
                tables[field.name] = {} if value is None else value  # an empty table: no ancestor
        return tables

    def to_toml(self) -> str:
        """Return all settings as TOML, with a record of the plugins that they need (`[plugins]`), if any."""
        plugins = recorded(self)
        return tomli_w.dumps({**self.tables(), RECORD: plugins} if plugins else self.tables())

    def replace(self: Self, **changes: Any) -> Self:
        """Return a copy with other values, checked like those of a layer.

        A table with a name replaces the whole table; one without changes options of the component that is there.
        """
        known = option_fields(Settings)
        values = {name: getattr(self, name) for name in known}
        for key, value in changes.items():
            field = lookup("key in [configuration]", key, known)
            if isinstance(value, Mapping) and field.metadata["registry"] is not None and "name" not in value:
                value = {**values[key].table(), **value}
            values[key] = check_option(field, value, f"configuration.{key}")
        return type(self)(**values)

    def __repr__(self) -> str:
        """Return two lines."""
        return (
            f"<{type(self).__name__} of {self.task}, seed {self.seed}: {self.generations} generations, windows of "
            f"{self.window_ms:g} ms, simulator {self.simulator}\n to_toml() has all settings>"
        )

    def open_keys(self) -> list[str]:
        """Return the open keys: the environment or the network decides them. Empty: the settings are complete."""
        measured = self.normalisation.component.measured_names  # type: ignore[union-attr]
        found = [f"normalisation.{name}" for name in measured if not getattr(self.normalisation, name)]
        sized = self.model.component.sized_names  # type: ignore[union-attr]
        found += [f"model.{name}" for name in sized if not getattr(self.model, name)]
        if self.simulator == AUTO:
            found.append("simulator")
        if not self.environment.id:
            found.append("environment.id")
        return found


@dataclass(frozen=True, repr=False)
class Configuration(Settings):
    """Complete settings of a run: two runs with equal configurations give the same result.

    `neurosim_rl.configure` makes one. It is frozen and hashable.
    """

    def __post_init__(self) -> None:
        """Check that no setting is open.

        Raises
        ------
        ConfigurationError
            When a setting is open; names the keys.
        """
        super().__post_init__()
        open_keys = self.open_keys()
        if open_keys:
            raise ConfigurationError(
                f"the configuration of task {self.task!r} is not complete: {', '.join(open_keys)} is open. "
                "Make it with neurosim_rl.configure(), which looks at the environment."
            )


def require_complete(config: Settings) -> None:
    """Raise unless a configuration is complete: settings that leave something open cannot be run.

    Raises
    ------
    ConfigurationError
    """
    if not isinstance(config, Configuration):
        kind = type(config).__name__
        raise ConfigurationError(
            f"{kind} cannot be run: expected a complete Configuration. Make it with neurosim_rl.configure()."
        )
