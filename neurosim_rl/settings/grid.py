"""Which runs an array has: seeds, and settings from a grid."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.layers import parse_setting

_RANGE = re.compile(r"(\d+)(?:-(\d+))?")
_OPENING, _CLOSING = "[{", "]}"


@dataclass(frozen=True)
class Setting:
    """One cell of a grid.

    Parameters
    ----------
    values : tuple of (str, str)
        Keys and values as they were written; empty without a grid.
    """

    values: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        """What tables and figures call it: each key's last part and its value, or ``""``."""
        return ", ".join(
            f"{name}={value.replace(' ', '')}" for name, (_, value) in zip(self._short_keys(), self.values, strict=True)
        )

    @property
    def folder(self) -> str:
        """The label as part of a folder's name, such as ``tie=random_hidden=8-4``."""
        bare = re.sub(r"[\[\]{}\"' ]", "", self.label.replace(", ", "\0").replace(",", "-")).replace("\0", "_")
        return re.sub(r"[^\w.=+-]+", "-", bare)

    def layers(self) -> list[dict[str, Any]]:
        """Return what it sets."""
        return [parse_setting(f"{key}={value}") for key, value in self.values]

    def _short_keys(self) -> list[str]:
        last = [key.rpartition(".")[2] for key, _ in self.values]
        return [name if last.count(name) == 1 else key for name, (key, _) in zip(last, self.values, strict=True)]


def parse_seeds(text: str) -> tuple[int, ...]:
    """Return the seeds of ``1-10``, ``1,2,5`` or ``1-3,8``.

    Raises
    ------
    ConfigurationError
        For anything else, for a range that runs backwards, and for a seed that comes twice.
    """
    seeds: list[int] = []
    for part in text.split(","):
        match = _RANGE.fullmatch(part.strip())
        if match is None or int(match[2] or match[1]) < int(match[1]):
            raise ConfigurationError(f"--seeds {text}: {part!r} is neither a seed nor a range, such as 1-10 or 1,2,5.")
        seeds += range(int(match[1]), int(match[2] or match[1]) + 1)
    seed, times = Counter(seeds).most_common(1)[0]
    if times > 1:
        raise ConfigurationError(f"--seeds {text}: seed {seed} comes twice; name each once.")
    return tuple(seeds)


def parse_grid(texts: Sequence[str]) -> list[Setting]:
    """Return the product of all ``key=v1,v2``; commas within brackets do not separate.

    Raises
    ------
    ConfigurationError
        For text of another form, for a key or a value that comes twice, and for keys that are no setting of a grid.
    """
    axes: dict[str, list[str]] = {}
    for text in texts:
        key, equals, values = (part.strip() for part in text.partition("="))
        if not (key and equals and all(_split(values))):
            raise ConfigurationError(f"--grid {text!r}: expected key=v1,v2, such as --grid decoder.tie=neutral,random.")
        if key in ("seed", "task"):
            instead = "--seeds" if key == "seed" else "one command for each task"
            raise ConfigurationError(f"--grid {text!r}: {key} is no axis of a grid; use {instead}.")
        if key in axes or len(set(_split(values))) < len(_split(values)):
            raise ConfigurationError(f"--grid {text!r}: a key or value comes twice; name each once.")
        axes[key] = _split(values)
    return [Setting(tuple(zip(axes, values, strict=True))) for values in product(*axes.values())]


def _split(text: str) -> list[str]:
    """Return the parts between commas that stand in no brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in _OPENING) - (letter in _CLOSING)
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]
