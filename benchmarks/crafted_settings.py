"""Settings of a stranger: text with something wrong in it, for files of settings and for those that hold settings."""

from __future__ import annotations

from pathlib import Path

import numpy as np

Rng = np.random.Generator

MODULE = "strangers_module"
"""A module that leaves a file behind when it is imported."""
BAD_TEXTS = (
    "",
    "\x1b]0;owned\x07\x1b[31m",
    "a\nb\r\x08",
    "\u202eabc",
    "x" * 100_000,
    "{" * 5000,
    "[" * 20_000,
    "null",
    "3",
    '{"versions": 3, "command": 4}',
    '{"versions": {"a\\u001b[31m": "\\u001b]0;t\\u0007"}, "command": "\\u001b[2J", "host": 1}',
)
BAD_WORKERS = ("1000000000", "-4", '"many"', '"\\u001b[31m8"')
"""Numbers of workers, in TOML."""
BAD_SETTINGS = (
    f'[environment]\nid = "{MODULE}:X-v0"\n',
    f'[environment]\nid = "{MODULE}.inner:X-v0"\n',
    '[environment]\nkwargs = {xml_file = "{outside}/secret"}\n',
    '[environment]\nkwargs = {deep = [["{outside}/secret"]]}\n',
    '[environment]\nid = "Nope\\u001b[31m-v0"\n',
    "[environment]\nobservation_low = [1.0, nan]\n",
    "seed = -1\n",
    "generations = 1000000000000\n",
    *(f"workers = {text}\n" for text in BAD_WORKERS),
    '[model]\nname = "feed-forward"\nhidden = [0]\n',
    '[model]\nname = "\\u001b[31m"\n',
    "a" * 1000 + " = 1\n",
    "x = " + "[" * 5000 + "]" * 5000 + "\n",
    "not toml",
    '"\\u001b]0;t\\u0007" = 1\n',
    '[ancestor]\nchampion = "{outside}/secret"\n',
)


def bad_settings(rng: Rng, outside: Path) -> str:
    """Return random lines of `BAD_SETTINGS`; what they name is in the folder `outside`."""
    return str(rng.choice(BAD_SETTINGS)).replace("{outside}", str(outside))


def spoil_settings(rng: Rng, text: str, outside: Path) -> str:
    """Return a text of settings with random bad ones, in the place of those that it has."""
    return with_settings(text, bad_settings(rng, outside))


def with_settings(text: str, bad: str) -> str:
    """Return a text of settings with others: one option, perhaps below the line of its table, or text that is none."""
    table, _, rest = bad.partition("\n")
    if not bad.startswith("["):
        key = table.partition(" =")[0]
        head, bracket, tables = text.partition("\n[")
        kept = [line for line in head.split("\n") if not line.startswith(f"{key} =")]
        return bad + "\n".join(kept) + bracket + tables
    if text and table in text:  # the option becomes one of the table that is there
        key = rest.partition(" =")[0]
        lines = [line for line in text.split("\n") if not line.startswith(f"{key} =")]
        return "\n".join(lines).replace(table, f"{table}\n{rest.strip()}", 1)
    return f"{text}\n{bad}"
