"""Tables of options, made of what the code declares with ``option``."""

from __future__ import annotations

import dataclasses
from typing import Any

from docs.extension.rst import escaped, list_table, literal
from neurosim_rl.settings.options import Options, default_of, option_fields

HEADING = ("option", "default", "values", "meaning")


def options_table(component: type, path: str) -> str:
    """Return the options of a part or table as reStructuredText.

    Parameters
    ----------
    component : type
        A dataclass with fields of `neurosim_rl.option`.
    path : str
        Path of its table in a configuration, such as ``encoder``; "": the top.
    """
    prefix = f"{path}." if path else ""
    rows = []
    for key, field in option_fields(component).items():
        help_line = field.metadata["help"]
        rows.append((literal(f"{prefix}{key}"), literal(shown_default(field)), valid_values(field), escaped(help_line)))
    return list_table(HEADING, rows) if rows else "No options."


def shown_default(field: dataclasses.Field) -> str:
    """Return an option's default as a TOML file would have it, or nearly so."""
    value = default_of(field)
    if isinstance(value, Options):
        return value.table().get("name", "{}")
    return shown(value)


def shown(value: Any) -> str:
    """Return a value as text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(shown, value))}]"
    if value is None:
        return "{}"
    if isinstance(value, str):
        return f'"{value}"'
    return str(value) or "{}"


def valid_values(field: dataclasses.Field) -> str:
    """Return the values that an option may have: its choices, its parts, or its type and range."""
    meta = field.metadata
    if meta["choices"] is not None:
        return ", ".join(map(literal, meta["choices"]))
    if meta["registry"] is not None:
        return "a part by its name"
    kind = {"int": "whole number", "float": "number", "bool": "true or false", "str": "text", "dict": "table"}.get(
        meta["type"].__name__, f"list of {'texts' if meta['items'] is str else 'numbers'}"
    )
    if meta["type"] is tuple and meta["items"] is dict:
        kind = "list of tables"
    low, high = meta["low"], meta["high"]
    if low is not None and high is not None:
        return f"{kind}, {low} to {high}"
    if low is not None:
        return f"{kind}, at least {low}"
    if high is not None:
        return f"{kind}, at most {high}"
    return kind
