"""What distinguishes configurations: the keys in which they differ, as short labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neurosim_rl.optimizees import Settings

IGNORED = ("seed", "workers", "batch_size", "execution", "timeout_s")
"""Keys that make no setting: repetitions, and what does not change results."""


def labels_of(configs: Sequence[Settings]) -> list[str]:
    """Return a label for each configuration: its task if there are several, and what differs within its task.

    Where components differ by name, their other keys are not told: they come with the name. Of a key only its last
    part is told unless two keys end alike.

    Examples
    --------
    >>> random, neutral = (configure("mountain-car", {"decoder": {"tie": tie}}) for tie in ("random", "neutral"))
    >>> labels_of([random, neutral])
    ['tie=random', 'tie=neutral']
    """
    tasks = {config.task for config in configs}
    flat = [_flat(config) for config in configs]
    labels = []
    for config, values in zip(configs, flat, strict=True):
        keys = _differing([other for c, other in zip(configs, flat, strict=True) if c.task == config.task])
        parts = [f"{_short(key, keys)}={_text(values[key])}" for key in keys if key in values]
        labels.append(", ".join([*([config.task] if len(tasks) > 1 else []), *parts]))
    return labels


def _flat(config: Settings) -> dict[str, Any]:
    return dict(_leaves({key: value for key, value in config.tables().items() if key not in (*IGNORED, "task")}))


def _leaves(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    leaves: list[tuple[str, Any]] = []
    for key, value in table.items():
        leaves += _leaves(value, f"{prefix}{key}.") if isinstance(value, Mapping) else [(prefix + key, value)]
    return leaves


def _differing(group: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the keys that not all have alike, without those of components that differ by name."""
    keys = list(dict.fromkeys(key for values in group for key in values))
    differing = [key for key in keys if any(key not in v or v[key] != group[0].get(key) for v in group)]
    named = tuple(key[: -len("name")] for key in differing if key.endswith(".name"))
    return [key for key in differing if key.endswith(".name") or not key.startswith(named or ("\0",))]


def _short(key: str, keys: Sequence[str]) -> str:
    """Return a key's last part, or of ``model.name`` the component, unless another key ends alike."""

    def last(name: str) -> str:
        return name.removesuffix(".name").rpartition(".")[2]

    return key if [last(other) for other in keys].count(last(key)) > 1 else last(key)


def _text(value: Any) -> str:
    return "[" + ", ".join(_text(v) for v in value) + "]" if isinstance(value, list | tuple) else str(value)
