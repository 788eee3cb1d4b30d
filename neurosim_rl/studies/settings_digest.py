"""Digest of the settings that may change a result: rows of a study's table are known by it."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import tomli_w

from neurosim_rl.comparison.labels import IGNORED
from neurosim_rl.optimizees import Configuration, Settings

# The digests of old tables must stay valid. Everything below leaves out of the digest whatever was added to
# configurations later and does not change a result.
_UNCOUNTED = ('\n[learning]\nname = "none"\n', '\n[normalisation]\nname = "none"\n', "\n[ancestor]\n")
"""Parts of a configuration's text that digests leave out: tables without effect, of keys that were added later."""
_ADDED_KEYS: dict[str, Any] = {
    "background": {"name": "none"},
    "max_hours": 0.0,
    "nest_modules": (),
    "stop_when_solved": False,
}
"""Keys that were added later, with the values without effect: digests leave these out."""
_ADDED: dict[tuple[str, str], dict[str, Any]] = {
    ("model", "sensorimotor"): {"mirror": False},
    ("learning", "ppo"): {"annealing": 0.0, "kl_threshold": 0.0, "deviation": 0.5},
}
"""Options that were added to components later, with the values without effect: digests leave these out."""
_CURRICULUM = ("first_steps", "growth")
"""Options of the environment that digests leave out unless there is a curriculum."""


def settings_digest(config: Configuration) -> str:
    """Return a digest of all settings that may change a result, without the seed: 16 hexadecimal digits."""
    tables = config.tables()
    for key in IGNORED:
        tables[key] = _defaults()[key]
    if tables["learning"] == {"name": "none", "episodes": 1}:  # the default, written out
        tables["learning"] = {"name": "none"}
    for key, neutral in _ADDED_KEYS.items():
        if tables[key] == neutral:
            del tables[key]
    for (key, name), added in _ADDED.items():
        table = tables[key]
        if table["name"] != name:
            continue
        for option, neutral in added.items():
            if option in table and table[option] == neutral:
                del table[option]
    if "evolve" in tables["learning"]:  # it was the last option once
        tables["learning"]["evolve"] = tables["learning"].pop("evolve")
    if not tables["environment"]["wrappers"]:
        del tables["environment"]["wrappers"]
    if not tables["environment"]["first_steps"]:
        for key in _CURRICULUM:
            del tables["environment"][key]
    text = tomli_w.dumps(tables)
    for part in _UNCOUNTED:
        text = text.replace(part, "")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def _defaults() -> dict[str, Any]:
    """Return the values of the ignored keys in all digests. Made when needed: plugins are imported by it."""
    return Settings().tables()
