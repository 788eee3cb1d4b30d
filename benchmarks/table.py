"""Tables as text, and what machine they were measured on."""

from __future__ import annotations

import platform
from typing import Any

from neurosim_rl.execution import n_cores
from neurosim_rl.runs.provenance import provenance
from neurosim_rl.tables import TextTable


def machine() -> str:
    """Return processor, cores and versions in one line."""
    versions = ", ".join(f"{name} {version}" for name, version in provenance()["versions"].items())
    return f"{platform.machine()} {platform.system()}, {n_cores()} cores; {versions}"


def render(rows: list[dict[str, Any]]) -> str:
    """Return rows (dicts with the same keys) as an aligned table."""
    return TextTable(list(rows[0]), [[_cell(row[key]) for key in rows[0]] for row in rows]).ruled()


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
