"""Seeds and grids of settings: the runs of an array of jobs."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.layers import parse_setting

MOST = 1_000_000
"""Most seeds of a list, and most settings of a grid."""
_RANGE = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}))?")
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
        """Label in tables and figures: the last part of each key and its value; ``""`` without a grid."""
        parts = []
        for name, (_, value) in zip(self._short_keys(), self.values, strict=True):
            parts.append(name + "=" + value.replace(" ", ""))
        return ", ".join(parts)

    @property
    def folder(self) -> str:
        """The label as part of a folder's name, such as ``tie=random_hidden=8-4``."""
        # Commas within a value become hyphens, and those between settings underscores.
        parts = [part.replace(",", "-") for part in self.label.split(", ")]
        bare = re.sub(r"[\[\]{}\"' ]", "", "_".join(parts))
        return re.sub(r"[^\w.=+-]+", "-", bare)

    def layers(self) -> list[dict[str, Any]]:
        """Return its settings, one layer for each key."""
        return [parse_setting(f"{key}={value}") for key, value in self.values]

    def _short_keys(self) -> list[str]:
        """Return the last part of each key; the whole key where two would have the same last part."""
        last = [key.rpartition(".")[2] for key, _ in self.values]
        short = []
        for name, (key, _) in zip(last, self.values, strict=True):
            short.append(name if last.count(name) == 1 else key)
        return short


def parse_seeds(text: str) -> tuple[int, ...]:
    """Return the seeds of ``1-10``, ``1,2,5`` or ``1-3,8``.

    Raises
    ------
    ConfigurationError
        For other text, for a range that decreases, for a seed that comes twice, and for more seeds than `MOST`.
    """
    seeds: list[int] = []
    for part in text.split(","):
        span = _span(part.strip())
        if not span:
            shown = part if len(part) < 60 else f"{part[:57]}..."
            raise ConfigurationError(
                f"--seeds: {shown!r} is neither a seed nor a range, such as 1-10 or 1,2,5. Seeds have up to 18 digits."
            )
        n = len(seeds) + len(span)
        if n > MOST:
            raise ConfigurationError(f"--seeds {text[:60]}: {n} seeds or more; expected at most {MOST}. Name fewer.")
        seeds += span
    seed, times = Counter(seeds).most_common(1)[0]
    if times > 1:
        raise ConfigurationError(f"--seeds {text}: seed {seed} comes twice; name each once.")
    return tuple(seeds)


def _span(text: str) -> range:
    """Return the seeds of ``5`` or ``1-3``; an empty range for other text and for decreasing numbers."""
    match = _RANGE.fullmatch(text)
    if match is None:
        return range(0)
    first = int(match[1])
    last = int(match[2]) if match[2] else first
    return range(first, last + 1)


def parse_grid(texts: Sequence[str]) -> list[Setting]:
    """Return the product of all ``key=v1,v2``; commas within brackets do not separate.

    Raises
    ------
    ConfigurationError
        For text of another form, for a key or a value that comes twice, and for the keys ``seed`` and ``task``.
    """
    axes: dict[str, list[str]] = {}
    for text in texts:
        key, equals, listed = text.partition("=")
        key, values = key.strip(), _split(listed.strip())
        if not (key and equals and all(values)):
            raise ConfigurationError(f"--grid {text!r}: expected key=v1,v2, such as --grid decoder.tie=neutral,random.")
        if key in ("seed", "task"):
            instead = "--seeds" if key == "seed" else "one command for each task"
            raise ConfigurationError(f"--grid {text!r}: {key} is no axis of a grid; use {instead}.")
        if key in axes or len(set(values)) < len(values):
            raise ConfigurationError(f"--grid {text!r}: a key or value comes twice; name each once.")
        axes[key] = values
    n = math.prod(map(len, axes.values()))
    if n > MOST:
        raise ConfigurationError(f"--grid: {n} settings; expected at most {MOST}. Name fewer values.")
    cells = product(*axes.values())
    return [Setting(tuple(zip(axes, cell, strict=True))) for cell in cells]


def _split(text: str) -> list[str]:
    """Return the parts between commas, other than commas in brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in _OPENING) - (letter in _CLOSING)
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]
