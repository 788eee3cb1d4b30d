"""Components made from a table, as a configuration would name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurosim_rl.optimizers import OPTIMIZERS, Search
from neurosim_rl.settings.options import read_component


def create(kind: str, registry: Mapping[str, type], table: Mapping[str, Any], **context: Any) -> Any:
    """Return the component of a table."""
    return read_component(kind, registry, table).create(**context)


def resolve(kind: str, registry: Mapping[str, type], table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table of a component with every option filled in."""
    return read_component(kind, registry, table).table()


def search_of(table: Mapping[str, Any], optimizee: Any, seed: int, generations: int) -> Search:
    """Return the search of an optimizer's table."""
    return Search(read_component("optimizer", OPTIMIZERS, table), optimizee, seed, generations)
