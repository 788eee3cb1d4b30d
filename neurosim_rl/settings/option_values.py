"""Values of options: conversion of what a file or a caller gives to an option's type, and the check of its range."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.frozen_table import FrozenTable

LARGEST_WHOLE = 2**63 - 1
LONGEST_TEXT = 200
"""Characters of a value in a message."""


class _Strings(tuple):
    """The kind of a tuple of strings."""


class _Tables(tuple):
    """The kind of a tuple of tables; a string is the table with this name."""


_LISTS: dict[type, type] = {str: _Strings, dict: _Tables}
"""Kinds of tuples by the type of their items; all other tuples hold numbers."""

_KIND_NAMES = {
    float: "a finite number",
    int: "a whole number",
    bool: "true or false",
    str: "a string",
    tuple: "a list of numbers",
    _Strings: "a list of strings",
    _Tables: "a list of names and tables",
    dict: "a table",
}
"""Kinds of values in messages."""


def converted_value(type_: type, items: type, value: Any, path: str) -> Any:
    """Return a value converted to an option's type.

    Parameters
    ----------
    type_, items : type
        The option's type, and for a tuple the type of its items: see `neurosim_rl.settings.options.option`.
    value : object
    path : str
        Path of the option, for the message.

    Raises
    ------
    ConfigurationError
        When the value has another type; names both.
    """
    return _convert(_LISTS.get(items, tuple) if type_ is tuple else type_, value, path)


def _convert(kind: type, value: Any, path: str) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is float and is_number and abs(value) <= sys.float_info.max:  # False for NaN
        return float(value)
    if kind is int and is_number and (isinstance(value, int) or value.is_integer()):
        return _checked_whole(int(value), path)
    if kind in (bool, str) and isinstance(value, kind):
        return value
    if kind in (tuple, _Strings, _Tables) and isinstance(value, list | tuple):
        if kind is _Tables:
            value = [{"name": item} if isinstance(item, str) else item for item in value]
        return tuple(_convert(_kind_of_item(kind, item), item, path) for item in value)
    if kind is dict and isinstance(value, Mapping):
        return FrozenTable(value)
    raise ConfigurationError(f"{path} = {_shown(value)}: expected {_KIND_NAMES[kind]}, got {type(value).__name__}.")


def _checked_whole(value: int, path: str) -> int:
    """Return a whole number; raise if it has more than 64 bits: TOML, HDF5 and NumPy hold no larger ones."""
    if abs(value) > LARGEST_WHOLE:
        raise ConfigurationError(
            f"{path} is a whole number of {value.bit_length()} bits, which is out of range; expected at most 2^63 - 1."
        )
    return value


def _shown(value: Any) -> str:
    """Return the text of a value, cut where it is long."""
    text = repr(value)
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}..."


def _kind_of_item(kind: type, item: Any) -> type:
    if kind in (_Strings, _Tables):
        return str if kind is _Strings else dict
    # Whole numbers of a list stay whole: sizes of layers and weights have the same kind of option.
    return int if isinstance(item, int) else float


def check_range(value: Any, low: float | None, high: float | None, path: str) -> None:
    """Raise unless a number is in an inclusive range; None: that end is open.

    Raises
    ------
    ConfigurationError
        Names the range.
    """
    too_low = low is not None and not value >= low
    too_high = high is not None and not value <= high
    if not (too_low or too_high):
        return
    if high is None:
        span = f"at least {low:g}"
    elif low is None:
        span = f"at most {high:g}"
    else:
        span = f"{low:g} to {high:g}"
    raise ConfigurationError(f"{path} = {value!r} is out of range; expected {span}.")
