"""Tables as text, and what machine they were measured on."""

from __future__ import annotations

import platform
from typing import Any

from neurosim_rl.execution import n_cores
from neurosim_rl.runs.provenance import provenance


def machine() -> str:
    """Return processor, cores and versions in one line."""
    versions = ", ".join(f"{name} {version}" for name, version in provenance()["versions"].items())
    return f"{platform.machine()} {platform.system()}, {n_cores()} cores; {versions}"


def render(rows: list[dict[str, Any]]) -> str:
    """Return rows (dicts with the same keys) as an aligned table."""
    header = list(rows[0])
    cells = [header, *([_cell(row[key]) for key in header] for row in rows)]
    widths = [max(len(line[k]) for line in cells) for k in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
