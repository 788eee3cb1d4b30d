"""The configuration of a run: layers of defaults, a TOML file and ``--set`` become one checked object."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import tomli_w

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.options import option, read_options

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True)
class Configuration:
    """All settings of a run. Every key has a default, most of them set by the task.

    The tables name a component and its options; the component checks them when it is built.
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
    simulator: str = option("auto", "compiled where it covers the network, else nest; both give the same spikes")
    workers: int = option(0, "number of workers; 0: one for each core. Does not change results", low=0)
    batch_size: int = option(128, "episodes that share a simulator kernel. Does not change results", low=1)
    timeout_s: float = option(0.0, "longest that one individual may be evaluated, in s; 0: no limit", low=0)
    penalty_fitness: float = option(-1e6, "fitness of an individual that raises, has fitness NaN or exceeds timeout_s")
    execution: dict = option({"name": "processes"}, "where workers run. Does not change results")
    environment: dict = option({}, "the Gymnasium environment")
    normalisation: dict = option({"name": "none"}, "observations before encoder, or policy")
    model: dict = option({"name": "feed-forward"}, "genome to network")
    encoder: dict = option({"name": "current"}, "observation to drive")
    decoder: dict = option({"name": "winner"}, "spike counts to action")
    fitness: dict = option({"name": "return"}, "episodes to fitness")
    learning: dict = option({"name": "none"}, "how weights change while a network plays")
    optimizer: dict = option({"name": "genetic"}, "the outer loop")
    ancestor: dict = option({}, "the champion that the run goes on from; empty: it begins anew")

    def __post_init__(self) -> None:
        """Check what involves several keys."""
        if self.champion == "validation" and not self.validation_episodes:
            raise ConfigurationError(
                "champion = 'validation' needs validation_episodes of at least 1. Or set champion = 'fitness'."
            )

    @classmethod
    def from_layers(cls, *layers: Mapping[str, Any]) -> Configuration:
        """Return the configuration that the layers make, later ones winning.

        A table that names another component than the layer below replaces it; otherwise its keys are merged.

        Raises
        ------
        UnknownNameError
            For an unknown key, with the nearest match.
        ConfigurationError
            For a value of the wrong type or out of range.
        """
        merged: dict[str, Any] = {}
        for layer in layers:
            merged = _merge(merged, layer)
        return cls(**read_options(cls, merged, "configuration"))

    @classmethod
    def from_toml(cls, text: str) -> Configuration:
        """Return the configuration that `to_toml` wrote."""
        return cls.from_layers(parse_toml(text, "configuration"))

    def to_toml(self) -> str:
        """Return the configuration as TOML."""
        return tomli_w.dumps(_plain(asdict(self)))

    def replace(self, **changes: Any) -> Configuration:
        """Return a copy with other values, checked like those of a layer."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return Configuration(**read_options(Configuration, {**values, **changes}, "configuration"))


def combine(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Return one layer of several that belong together, such as all ``--set`` of a command.

    Unlike between layers, a component's name drops none of its options, whatever the order.

    Examples
    --------
    >>> combine({"model": {"hidden": [8]}}, {"model": {"name": "dense"}})
    {'model': {'hidden': [8], 'name': 'dense'}}
    """
    whole: dict[str, Any] = {}
    for layer in layers:
        whole = _merge(whole, layer, names_replace=False)
    return whole


def _merge(below: Mapping[str, Any], above: Mapping[str, Any], *, names_replace: bool = True) -> dict[str, Any]:
    renamed = names_replace and "name" in above and above["name"] != below.get("name", above["name"])
    merged = {} if renamed else dict(below)
    for key, value in above.items():
        is_table = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _merge(merged[key], value, names_replace=names_replace) if is_table else value
    return merged


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(v) for key, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, tuple | list) else value


def parse_toml(text: str, source: str) -> dict[str, Any]:
    """Return the tables of a TOML text.

    Raises
    ------
    ConfigurationError
        Names the source and the line.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{source} is not valid TOML: {error}.") from error


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file.

    Raises
    ------
    ConfigurationError
        When it cannot be read or parsed.
    """
    return parse_toml(read_text(path), str(path))


def read_text(path: Path) -> str:
    """Return the text of a configuration file, ends of lines as they are.

    Raises
    ------
    ConfigurationError
        When it cannot be read.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read configuration file {path}: {error}.") from error


def parse_setting(setting: str) -> dict[str, Any]:
    """Return the layer that ``key.subkey=value`` stands for; a value that is not TOML is a string.

    Examples
    --------
    >>> parse_setting("model.hidden=[8, 4]")
    {'model': {'hidden': [8, 4]}}
    >>> parse_setting("decoder.tie=random")
    {'decoder': {'tie': 'random'}}
    """
    path, equals, text = setting.partition("=")
    if not equals or not path.strip():
        raise ConfigurationError(f"--set {setting!r}: expected key=value, such as --set model.hidden=[5].")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    layer: Any = value
    for key in reversed(path.strip().split(".")):
        layer = {key: layer}
    return layer
