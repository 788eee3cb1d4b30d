"""Tables as text or JSON, and what machine they were measured on."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable
from typing import Any

from neurosim_rl.analysis.text_table import TextTable
from neurosim_rl.errors import NeurosimError
from neurosim_rl.execution import n_cores
from neurosim_rl.runs.provenance import provenance


def machine() -> str:
    """Return processor, cores and versions in one line."""
    versions = ", ".join(f"{name} {version}" for name, version in provenance()["versions"].items())
    return f"{platform.machine()} {platform.system()}, {n_cores()} cores; {versions}"


def render(rows: list[dict[str, Any]]) -> str:
    """Return rows (dicts with the same keys) as an aligned table."""
    return TextTable(list(rows[0]), [[_cell(row[key]) for key in rows[0]] for row in rows]).ruled()


def print_tables(program: str, make: Callable[[], dict[str, list[dict[str, Any]]]], as_json: bool) -> int:
    """Print the tables that a function makes, by name, and return the exit code; an error is one line.

    Parameters
    ----------
    program : str
        Name for messages.
    make : callable
    as_json : bool
        Whether to print one JSON object, which names the machine, instead of text.
    """
    try:
        tables = make()
    except NeurosimError as error:
        print(f"{program}: error: {error}", file=sys.stderr)
        return 2
    if as_json:
        print(json.dumps({"machine": machine(), **tables}, indent=2))
    else:
        print("\n\n".join(render(rows) for rows in tables.values() if rows))
    return 0


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
