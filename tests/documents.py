"""What the README and the pages of the site say, for tests that run it or compare it with files."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
MADE = ("_build", "generated")
"""Folders of the site that are made by the build."""


def documents() -> dict[str, str]:
    """Return the text of README, CONTRIBUTING and every written page of the site, by path."""
    pages = sorted(
        path for path in (ROOT / "docs").rglob("*.rst") if path.relative_to(ROOT / "docs").parts[0] not in MADE
    )
    paths = [ROOT / "README.rst", ROOT / "CONTRIBUTING.rst", *pages]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def all_text() -> str:
    """Return all documents as one text, with single spaces for line breaks."""
    return " ".join("\n".join(documents().values()).split())


def documented_table(first_line: str) -> list[list[str]]:
    """Return the rows below the heading of the only table of all documents whose heading begins so."""
    lines = "\n".join(documents().values()).splitlines()
    (begin,) = (number for number, line in enumerate(lines) if line.startswith(first_line))
    border = lines[begin - 1]
    ends = [match.span() for match in re.finditer("=+", border)]
    rows = lines[begin + 2 : lines.index(border, begin + 2)]
    return [
        [row[start : None if k == len(ends) - 1 else end].strip() for k, (start, end) in enumerate(ends)]
        for row in rows
    ]


def commands(text: str) -> list[str]:
    """Return the lines of a document that begin with ``neurosim-rl``, without the explanations beside them."""
    joined = re.sub(r" \\\n +", " ", text)  # commands that continue in further lines
    found = re.findall(r"^ {4,8}(?:\S*/)?(neurosim-rl .+)$", joined, re.MULTILINE)
    return sorted({line.split("  ")[0].strip() for line in found})


def python_blocks(text: str) -> list[str]:
    """Return the Python blocks of a document, without their indentation."""
    found = re.findall(r"^\.\. code-block:: python\n\n((?:    .*\n|\n)+)", text, re.MULTILINE)
    return [re.sub("^ {4}", "", block, flags=re.MULTILINE) for block in found]
