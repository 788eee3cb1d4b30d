"""Labels of configurations: the keys in which they differ, with short names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neurosim_rl.optimizees import Settings

IGNORED = ("seed", "workers", "batch_size", "execution", "timeout_s")
"""Keys that do not distinguish settings: the seed, and keys that do not change results."""


def setting_labels(configs: Sequence[Settings]) -> list[str]:
    """Return a label for each configuration: its task if there are several, and the keys that differ within the task.

    If components differ by name, their other keys are left out: they depend on the name. A label has the last part of a
    key only, unless two keys have the same last part.

    Examples
    --------
    >>> random, neutral = (configure("mountain-car", {"decoder": {"tie": tie}}) for tie in ("random", "neutral"))
    >>> setting_labels([random, neutral])
    ['tie=random', 'tie=neutral']
    """
    of_task: dict[str, list[dict[str, Any]]] = {}
    for config in configs:
        of_task.setdefault(config.task, []).append(_flat(config))
    labels = []
    for config in configs:
        values = _flat(config)
        keys = _differing(of_task[config.task])
        parts = [config.task] if len(of_task) > 1 else []
        parts += [f"{_short(key, keys)}={_text(values[key])}" for key in keys if key in values]
        labels.append(", ".join(parts))
    return labels


def _flat(config: Settings) -> dict[str, Any]:
    """Return the keys that distinguish settings within a task, such as ``decoder.name``, with their values."""
    return distinguishing(config.tables())


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


def _differing(group: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the keys with different values in a group, without the options of components that differ by name."""
    keys: dict[str, None] = {}  # all keys in their order, each once
    for values in group:
        keys |= dict.fromkeys(values)
    differing = [key for key in keys if _differs(key, group)]
    names = [key for key in differing if key.endswith(".name")]
    tables = tuple([name.removesuffix("name") for name in names])  # such as "decoder."
    return [key for key in differing if key in names or not key.startswith(tables)]


def _differs(key: str, group: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether a key is missing somewhere, or has different values."""
    return any(key not in values or values[key] != group[0].get(key) for values in group)


def _short(key: str, keys: Sequence[str]) -> str:
    """Return the last part of a key, or the whole key if another one has the same last part."""
    if list(map(_last_part, keys)).count(_last_part(key)) > 1:
        return key
    return _last_part(key)


def _last_part(key: str) -> str:
    """Return the last part of a key; ``model`` for ``model.name``."""
    return key.removesuffix(".name").rpartition(".")[2]


def key_in_words(key: str) -> str:
    """Return a key of a configuration in words, for titles of legends.

    Examples
    --------
    >>> key_in_words("optimizer.name"), key_in_words("encoder.tuning.n_bins"), key_in_words("task")
    ('optimizer', 'n bins (encoder tuning)', 'task')
    """
    table, _, last = key.removesuffix(".name").rpartition(".")
    words = last.replace("_", " ")
    if not table or key.endswith(".name"):
        return words
    return f"{words} ({table.replace('.', ' ').replace('_', ' ')})"


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_text, value)) + "]"
    return str(value)
