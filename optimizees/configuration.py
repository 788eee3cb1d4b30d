"""Settings of a run, layered and checked, and its configuration: the same with nothing left open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import tomli_w

from neurosim_rl.bridge import DECODERS, ENCODERS, NORMALISATIONS
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

Self = TypeVar("Self", bound="Settings")

AUTO = "auto"
"""The simulator of settings that leave the choice open."""


@dataclass(frozen=True)
class NoOptimizer:
    """No search: training by gradients improves one network."""


@dataclass(frozen=True)
class AncestorOptions(Options):
    """The table ``[ancestor]`` of a configuration; empty: the run begins anew."""

    champion: str = option("", "run folder, champion's file or champion:NAME that the run starts from")
    sha256: str = option("", "digest of the champion; empty: set when the run is made")
    structure: str = option(
        "auto",
        "whether edges and signs are fixed; auto: with all optimizers but structured-genetic and map-elites",
        choices=("auto", "fixed", "free"),
    )
    spread: float = option(
        0.1, "deviation of first individuals from the genome, in standard deviations of genes drawn anew", low=1e-6
    )


@dataclass(frozen=True)
class Settings:
    """All settings of a run: every key and every option of every table, checked and typed.

    What only the environment can tell may be open: the simulator (`AUTO`), statistics of observations that nobody has
    measured, sizes that follow from the task. `neurosim_rl.optimizees.ClosedLoop.completed` closes these and returns
    a `Configuration`.
    """

    task: str = option("mountain-car", "name of the task (see neurosim-rl list)")
    seed: int = option(1, "everything random descends from this", low=0)
    generations: int = option(100, "generations to evolve", low=1)
    episodes: int = option(
        1, "training episodes, or trials (learning.episodes), for each individual and generation", low=1
    )
    starts: str = option(
        "fresh",
        "starts of training episodes: new ones each generation, the same always, or the generation's number as seed",
        choices=("fresh", "fixed", "generation"),
    )
    validation_episodes: int = option(20, "episodes to validate the best of each generation; 0: none", low=0)
    finalists: int = option(
        5,
        "best in validation that are validated again, on twice as many new starts, to become champion; 0: none",
        low=0,
    )
    champion: str = option(
        "validation",
        "who becomes champion: the best mean return in validation, or the best fitness in training",
        choices=("validation", "fitness"),
    )
    window_ms: float = option(20.0, "simulated time for each environment step, in ms", low=1e-3)
    resolution_ms: float = option(0.2, "simulation grid in ms", low=1e-3)
    simulator: str = option(AUTO, "compiled where it covers the network, else nest; both give the same spikes")
    workers: int = option(0, "number of workers; 0: one for each core. Does not change results", low=0)
    batch_size: int = option(128, "episodes that share a simulator kernel. Does not change results", low=1)
    timeout_s: float = option(0.0, "longest that one individual may be evaluated, in s; 0: no limit", low=0)
    penalty_fitness: float = option(-1e6, "fitness of an individual that raises, has fitness NaN or exceeds timeout_s")
    execution: Options = option({"name": "processes"}, "where workers run", registry=EXECUTIONS)
    environment: EnvironmentOptions = option({}, "the Gymnasium environment", options=EnvironmentOptions)
    normalisation: Options = option({"name": "none"}, "observations before encoder, or policy", registry=NORMALISATIONS)
    model: Options = option({"name": "feed-forward"}, "genome to network", registry=MODELS)
    encoder: Options = option({"name": "current"}, "observation to drive", registry=ENCODERS)
    decoder: Options = option({"name": "winner"}, "spike counts to action", registry=DECODERS)
    fitness: Options = option({"name": "return"}, "episodes to fitness", registry=FITNESSES)
    learning: Options = option({"name": "none"}, "how weights change while a network plays", registry=LEARNING)
    optimizer: Options = option({"name": "genetic"}, "the outer loop", registry={**OPTIMIZERS, "none": NoOptimizer})
    ancestor: AncestorOptions | None = option(None, "the champion that the run starts from", options=AncestorOptions)

    def __post_init__(self) -> None:
        """Check what involves several keys."""
        if self.champion == "validation" and not self.validation_episodes:
            raise ConfigurationError(
                "champion = 'validation' needs validation_episodes of at least 1. Or set champion = 'fitness'."
            )

    @classmethod
    def read(cls: type[Self], *layers: Mapping[str, Any]) -> Self:
        """Return the settings of all layers; later layers win over earlier ones and over the defaults.

        Raises
        ------
        UnknownNameError
            For an unknown key, table or option, with the nearest match.
        ConfigurationError
            For a value of the wrong type or out of range.
        """
        return cls(**read_options(cls, merge(*layers), "configuration"))

    @classmethod
    def from_toml(cls: type[Self], text: str) -> Self:
        """Return what `to_toml` wrote."""
        return cls.read(parse_toml(text, "configuration"))

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
        """Return all settings as TOML."""
        return tomli_w.dumps(self.tables())

    def replace(self: Self, **changes: Any) -> Self:
        """Return a copy with other values, checked like those of a layer; a table replaces the whole table."""
        known = option_fields(Settings)
        values = {name: getattr(self, name) for name in known}
        for key, value in changes.items():
            values[key] = check_option(lookup("key in [configuration]", key, known), value, f"configuration.{key}")
        return type(self)(**values)

    def __repr__(self) -> str:
        """Return two lines."""
        return (
            f"<{type(self).__name__} of {self.task}, seed {self.seed}: {self.generations} generations, windows of "
            f"{self.window_ms:g} ms, simulator {self.simulator}\n to_toml() has all settings>"
        )

    def open_keys(self) -> list[str]:
        """Return the keys that only a look at the environment or the network can close; empty: none is open."""
        measured = self.normalisation.component.measured_names  # type: ignore[union-attr]
        found = [f"normalisation.{name}" for name in measured if not getattr(self.normalisation, name)]
        if self.simulator == AUTO:
            found.append("simulator")
        if not self.environment.id:
            found.append("environment.id")
        return found


@dataclass(frozen=True, repr=False)
class Configuration(Settings):
    """Settings of a run with nothing left open: two runs with equal configurations give one result.

    `neurosim_rl.configure` makes one. It is frozen and hashable.
    """

    def __post_init__(self) -> None:
        """Check that nothing is open.

        Raises
        ------
        ConfigurationError
            When something is; names the keys.
        """
        super().__post_init__()
        open_keys = self.open_keys()
        if open_keys:
            raise ConfigurationError(
                f"the configuration of task {self.task!r} is not complete: {', '.join(open_keys)} is open. "
                "Make it with neurosim_rl.configure(), which looks at the environment."
            )
