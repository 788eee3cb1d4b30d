"""Options: dataclass fields that carry a description and a valid range.

Every part that can be named in a configuration (a model, an encoder, an optimizer, ...) is a
dataclass whose options are declared with :func:`option`. One set of functions then reads them
from a mapping, checks them, fills in defaults and prints help.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from typing import Any, TypeVar

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.checks import lookup, unknown_name

T = TypeVar("T")


def option(
    default: Any,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] | None = None,
    registry: Mapping[str, type] | None = None,
    items: type = float,
) -> Any:
    """Declare a dataclass field that a configuration may set.

    Parameters
    ----------
    default
        The default; its type is the option's type (int, float, bool, str, tuple, dict).
    help
        One line for ``neurosim-rl list`` and the documentation, with the unit.
    low, high
        Inclusive range of a number, or of every number of a tuple.
    choices
        Valid values of a string.
    registry
        For a table that itself names a component: where that name is looked up.
    items
        What a tuple holds: ``float`` (whole numbers stay whole) or ``str``.
    """
    metadata = {
        "option": True,
        "help": help,
        "low": low,
        "high": high,
        "choices": choices,
        "registry": registry,
        "type": type(default),
        "items": items,
    }
    if isinstance(default, dict):
        return dataclasses.field(default_factory=lambda: dict(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def option_fields(cls: type) -> dict[str, dataclasses.Field]:
    """Return the fields of a dataclass that were declared with :func:`option`."""
    return {f.name: f for f in dataclasses.fields(cls) if f.metadata.get("option")}


def read_options(cls: type, values: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return every option of `cls`: those of `values`, checked and converted, and defaults for the rest.

    Raises
    ------
    UnknownNameError
        For a key that `cls` does not have, with the nearest match.
    ConfigurationError
        For a value of the wrong type or out of range.
    """
    fields = option_fields(cls)
    for key in values:
        if key not in fields:
            raise unknown_name(f"key in [{path}]", key, fields)
    return {
        name: check_option(field, values.get(name, default_of(field)), f"{path}.{name}")
        for name, field in fields.items()
    }


def default_of(field: dataclasses.Field) -> Any:
    """Return a field's default value."""
    if field.default is not dataclasses.MISSING:
        return field.default
    assert field.default_factory is not dataclasses.MISSING
    return field.default_factory()


def check_option(field: dataclasses.Field, value: Any, path: str) -> Any:
    """Return `value` converted to the option's type.

    Raises
    ------
    ConfigurationError
        When the type, the range or the choice does not fit.
    """
    meta = field.metadata
    kind = _Strings if meta["type"] is tuple and meta["items"] is str else meta["type"]
    converted = _convert(kind, value, path)
    if meta["registry"] is not None:
        return resolve(path, meta["registry"], converted)
    if meta["choices"] is not None and converted not in meta["choices"]:
        raise unknown_name(f"value for {path}", str(value), meta["choices"])
    for number in converted if isinstance(converted, tuple) else (converted,):
        _check_range(number, meta["low"], meta["high"], path)
    return converted


class _Strings(tuple):
    """The kind of a tuple of strings."""


def _convert(kind: type, value: Any, path: str) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is float and is_number and abs(value) <= sys.float_info.max:  # False for NaN
        return float(value)
    if kind is int and is_number and (isinstance(value, int) or value.is_integer()):
        return int(value)
    if kind in (bool, str) and isinstance(value, kind):
        return value
    if kind is tuple and isinstance(value, list | tuple):
        return tuple(_convert(int if isinstance(v, int) else float, v, path) for v in value)
    if kind is _Strings and isinstance(value, list | tuple):
        return tuple(_convert(str, v, path) for v in value)
    if kind is dict and isinstance(value, Mapping):
        return dict(value)
    raise ConfigurationError(f"{path} = {value!r}: expected {_KIND_NAMES[kind]}, got {type(value).__name__}.")


_KIND_NAMES = {
    float: "a finite number",
    int: "a whole number",
    bool: "true or false",
    str: "a string",
    tuple: "a list of numbers",
    _Strings: "a list of strings",
    dict: "a table",
}


def _check_range(value: Any, low: float | None, high: float | None, path: str) -> None:
    if (low is not None and not value >= low) or (high is not None and not value <= high):
        span = f"at least {low:g}" if high is None else f"at most {high:g}" if low is None else f"{low:g} to {high:g}"
        raise ConfigurationError(f"{path} = {value!r} is out of range; expected {span}.")


def resolve(kind: str, registry: Mapping[str, type], table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a component's table with its name and every option filled in.

    Examples
    --------
    >>> resolve("tuning", TUNINGS, {"name": "one-hot"})            # doctest: +SKIP
    {'name': 'one-hot', 'n_bins': 30}
    """
    if "name" not in table:
        raise ConfigurationError(f"[{kind}] has no name. Valid: {', '.join(sorted(registry))}.")
    if not isinstance(table["name"], str):
        raise ConfigurationError(f"{kind}.name = {table['name']!r}: expected one of {', '.join(sorted(registry))}.")
    cls = lookup(kind, table["name"], registry)
    rest = {key: value for key, value in table.items() if key != "name"}
    return {"name": table["name"], **read_options(cls, rest, kind)}


def create(kind: str, registry: Mapping[str, type[T]], table: Mapping[str, Any], **context: Any) -> T:
    """Build the component that a table names, with its options and the given context."""
    resolved = resolve(kind, registry, table)
    return registry[resolved.pop("name")](**context, **resolved)
