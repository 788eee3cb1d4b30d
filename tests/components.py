"""Components made from a table, as a configuration would name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurosim_rl.settings.options import read_component


def create(kind: str, registry: Mapping[str, type], table: Mapping[str, Any], **context: Any) -> Any:
    """Return the component of a table."""
    return read_component(kind, registry, table).create(**context)


def resolve(kind: str, registry: Mapping[str, type], table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table of a component with every option filled in."""
    return read_component(kind, registry, table).table()
