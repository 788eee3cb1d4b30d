"""Digest of the settings that may change a result: rows of a study's table are known by it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cache
from typing import Any

import tomli_w

from neurosim_rl.optimizees import Configuration, Settings
from neurosim_rl.runs.distinguishing import IGNORED


class Treatment(Enum):
    """What a digest does with a key of the configuration."""

    DEFAULT = auto()
    """The default value counts in place of the value."""
    LEFT_OUT = auto()
    NO_HEADING = auto()
    """Of a table the keys count, and the line ``[key]`` does not."""
    LAST = auto()
    """The key counts as the last one of its table."""


@dataclass(frozen=True)
class Special:
    """A special case: a key that a digest does not take as it is.

    Parameters
    ----------
    key : str
        With dots between the levels.
    treatment : Treatment
    given : mapping of str to object
        Keys with the values that they must have for the treatment; empty: it always applies.
    """

    key: str
    treatment: Treatment
    given: Mapping[str, Any] = field(default_factory=dict)


# The digests of old tables must stay valid: keys that were added to configurations later are left out while their
# values have no effect, and keys that moved count at their old place.
SPECIAL = (
    *(Special(key, Treatment.DEFAULT) for key in IGNORED),
    Special("background", Treatment.LEFT_OUT, {"background.name": "none"}),
    Special("max_hours", Treatment.LEFT_OUT, {"max_hours": 0.0}),
    Special("nest_modules", Treatment.LEFT_OUT, {"nest_modules": ()}),
    Special("stop_when_solved", Treatment.LEFT_OUT, {"stop_when_solved": False}),
    Special("model.mirror", Treatment.LEFT_OUT, {"model.name": "sensorimotor", "model.mirror": False}),
    Special("model.reset", Treatment.LEFT_OUT, {"model.name": "lif", "model.reset": "zero"}),
    Special("optimizer.offer_mean", Treatment.LEFT_OUT, {"optimizer.name": "cma-es", "optimizer.offer_mean": False}),
    Special("environment.wrappers", Treatment.LEFT_OUT, {"environment.wrappers": []}),
    Special("environment.first_steps", Treatment.LEFT_OUT, {"environment.first_steps": 0}),
    Special("environment.growth", Treatment.LEFT_OUT, {"environment.first_steps": 0}),
    Special("normalisation.name", Treatment.LEFT_OUT, {"normalisation.name": "none"}),
    Special("normalisation", Treatment.NO_HEADING, {"normalisation.name": "none"}),
    Special("learning.name", Treatment.LEFT_OUT, {"learning.name": "none"}),
    Special("learning.episodes", Treatment.LEFT_OUT, {"learning.name": "none", "learning.episodes": 1}),
    Special("learning", Treatment.NO_HEADING, {"learning.name": "none"}),
    Special("learning.annealing", Treatment.LEFT_OUT, {"learning.name": "ppo", "learning.annealing": 0.0}),
    Special("learning.kl_threshold", Treatment.LEFT_OUT, {"learning.name": "ppo", "learning.kl_threshold": 0.0}),
    Special("learning.deviation", Treatment.LEFT_OUT, {"learning.name": "ppo", "learning.deviation": 0.5}),
    Special("learning.evolve", Treatment.LAST),
    Special("ancestor", Treatment.NO_HEADING),
)
"""All keys that count in another way than as they are in the configuration's text."""


def settings_digest(config: Configuration) -> str:
    """Return a digest of all settings that may change a result, without the seed: 16 hexadecimal digits."""
    tables = config.tables()
    # Conditions are about the configuration as it is: all are judged before the first change.
    applying = [one for one in SPECIAL if all(_value(tables, key) == value for key, value in one.given.items())]
    headings = []
    for one in applying:
        table, key = _place(tables, one.key)
        if one.treatment is Treatment.DEFAULT:
            table[key] = _defaults()[key]
        elif one.treatment is Treatment.NO_HEADING:
            headings.append(f"\n[{one.key}]\n")
        elif key in table:
            value = table.pop(key)
            if one.treatment is Treatment.LAST:
                table[key] = value
    text = tomli_w.dumps(tables)
    for heading in headings:
        text = text.replace(heading, "")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _place(tables: dict[str, Any], key: str) -> tuple[dict[str, Any], str]:
    """Return the table that has a key, and the last part of the key."""
    name, dot, last = key.partition(".")
    return (tables[name], last) if dot else (tables, key)


def _value(tables: dict[str, Any], key: str) -> Any:
    table, last = _place(tables, key)
    return table.get(last)


@cache
def _defaults() -> dict[str, Any]:
    """Return the values of the ignored keys in all digests. Made when needed: plugins are imported by it."""
    return Settings().tables()
