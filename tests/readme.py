"""What the README says, for tests that compare it with files."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def readme_text() -> str:
    """Return the README with single spaces for line breaks."""
    return " ".join((ROOT / "README.rst").read_text(encoding="utf-8").split())


def readme_table(first_line: str) -> list[list[str]]:
    """Return the rows below the heading of that table of the README whose heading begins so."""
    lines = (ROOT / "README.rst").read_text(encoding="utf-8").splitlines()
    begin = next(k for k, line in enumerate(lines) if line.startswith(first_line))
    border = lines[begin - 1]
    ends = [match.span() for match in re.finditer("=+", border)]
    rows = lines[begin + 2 : lines.index(border, begin + 2)]
    return [
        [row[start : None if k == len(ends) - 1 else end].strip() for k, (start, end) in enumerate(ends)]
        for row in rows
    ]
