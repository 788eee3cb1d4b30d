"""Labels of configurations: the keys in which they differ, with short names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neurosim_rl.optimizees import Settings
from neurosim_rl.runs.distinguishing import distinguishing


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
        of_task.setdefault(config.task, []).append(distinguishing(config.tables()))
    labels = []
    for config in configs:
        values = distinguishing(config.tables())
        keys = _differing(of_task[config.task])
        parts = [config.task] if len(of_task) > 1 else []
        parts += [f"{_short(key, keys)}={_text(values[key])}" for key in keys if key in values]
        labels.append(", ".join(parts))
    return labels


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
