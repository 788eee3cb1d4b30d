"""Keys that distinguish runs: those of a configuration that change results, without the seed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

IGNORED = ("seed", "workers", "batch_size", "execution", "timeout_s")
"""Keys that do not distinguish settings: the seed, and keys that do not change results."""


def distinguishing(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a configuration's tables that distinguish settings within a task, with their values.

    Examples
    --------
    >>> distinguishing({"task": "ant", "seed": 3, "window_ms": 20.0, "model": {"name": "lif", "hidden": [64]}})
    {'window_ms': 20.0, 'model.name': 'lif', 'model.hidden': [64]}
    """
    kept = {key: value for key, value in tables.items() if key not in (*IGNORED, "task")}
    return dict(_leaves(kept))


def _leaves(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    leaves: list[tuple[str, Any]] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            leaves += _leaves(value, f"{prefix}{key}.")
        else:
            leaves.append((prefix + key, value))
    return leaves
