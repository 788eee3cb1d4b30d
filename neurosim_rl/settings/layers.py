"""Layers of settings: defaults, TOML files and ``--set``, merged into one table of tables."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.regular_file import LARGEST_TEXT, read_regular
from neurosim_rl.settings.sources import source_hint

MOST_LEVELS = 20
"""Most levels of tables and lists in each other; settings have four."""
LONGEST_KEY = 80
"""Characters of a key in a message."""


def merge(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of all layers; later layers win.

    A table that names another component than the layer below replaces that table. Other tables are merged key by key.

    Examples
    --------
    >>> merge({"model": {"name": "dense", "hidden": [8]}}, {"model": {"name": "linear"}})
    {'model': {'name': 'linear'}}
    """
    merged: dict[str, Any] = {}
    for layer in layers:
        merged = _merge(merged, layer, names_replace=True)
    return merged


def combine(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Return one layer of several that belong together, such as all ``--set`` of a command.

    Unlike in `merge`, the name of a component drops none of its options, in whatever order they come.

    Examples
    --------
    >>> combine({"model": {"hidden": [8]}}, {"model": {"name": "dense"}})
    {'model': {'hidden': [8], 'name': 'dense'}}
    """
    whole: dict[str, Any] = {}
    for layer in layers:
        whole = _merge(whole, layer, names_replace=False)
    return whole


def _merge(below: Mapping[str, Any], above: Mapping[str, Any], *, names_replace: bool) -> dict[str, Any]:
    # Options of one component mean nothing to another.
    renamed = names_replace and "name" in above and above["name"] != below.get("name", above["name"])
    merged = {} if renamed else dict(below)
    for key, value in above.items():
        if isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = _merge(merged[key], value, names_replace=names_replace)
        else:
            merged[key] = value
    return merged


def parse_toml(text: str, source: str) -> dict[str, Any]:
    """Return the tables of a TOML text.

    Raises
    ------
    ConfigurationError
        For text that is not TOML; names the source and the line. For tables or lists of more than `MOST_LEVELS` levels.
    """
    try:
        tables = tomllib.loads(text)
    except RecursionError as error:
        raise _too_deep(source) from error
    except ValueError as error:  # not TOML, or a whole number of thousands of digits
        raise ConfigurationError(f"{source} is not valid TOML: {error}.") from error
    _check_depth(tables, source)
    return tables


def _check_depth(tables: Mapping[str, Any], source: str) -> None:
    """Raise for tables or lists of more than `MOST_LEVELS` levels: merging and writing them would never end well."""
    level: list[Any] = [tables]
    for _ in range(MOST_LEVELS):
        below: list[Any] = []
        for item in level:
            members = item.values() if isinstance(item, Mapping) else item
            below += [member for member in members if isinstance(member, Mapping | list)]
        if not below:
            return
        level = below
    raise _too_deep(source)


def _too_deep(source: str) -> ConfigurationError:
    return ConfigurationError(f"{source} is nested too deeply; expected at most {MOST_LEVELS} levels of tables.")


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file.

    Raises
    ------
    ConfigurationError
        When the file cannot be read or parsed.
    """
    return parse_toml(read_text(path), str(path))


def read_text(path: Path) -> str:
    """Return the text of a configuration file, with its line ends as they are.

    Raises
    ------
    ConfigurationError
        When the file cannot be read.
    """
    try:
        return read_regular(path, LARGEST_TEXT).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read configuration file {path}: {error}.{source_hint(path)}") from error


def parse_setting(setting: str) -> dict[str, Any]:
    """Return the layer of ``key.subkey=value``; a value that is not TOML is a string.

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
    keys = path.strip().split(".")
    source = f"--set {path.strip()[:LONGEST_KEY]}"
    if len(keys) > MOST_LEVELS:
        raise _too_deep(source)
    layer: Any = _value(text, source)
    for key in reversed(keys):
        layer = {key: layer}
    return layer


def _value(text: str, source: str) -> Any:
    """Return the value that a text gives in TOML, or the text itself."""
    try:
        table = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text.strip()
    except RecursionError as error:
        raise _too_deep(source) from error
    except ValueError as error:
        raise ConfigurationError(f"{source}: {error}.") from error
    _check_depth(table, source)
    return table["value"]
