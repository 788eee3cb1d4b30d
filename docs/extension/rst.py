"""reStructuredText as strings: titles, tables, and text that must not be read as markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

MARKUP = re.compile(r"([\\`*|]|(?<=\w)_(?!\w))")


def title(text: str, line: str = "=") -> str:
    """Return a title with its underline."""
    return f"{text}\n{line * len(text)}"


def escaped(text: str) -> str:
    """Return text in which no character is markup."""
    return MARKUP.sub(r"\\\1", text)


def literal(text: str) -> str:
    """Return text as code; nothing of nothing."""
    return f"``{text}``" if text else ""


def list_table(heading: Sequence[str], rows: Iterable[Sequence[str]], widths: str = "auto") -> str:
    """Return a table.

    Parameters
    ----------
    heading : sequence of str
        Names of the columns.
    rows : iterable of sequence of str
        Cells, as reStructuredText of one line each.
    widths : str
        Widths of the columns, as docutils has them.
    """
    lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {widths}", ""]
    for row in (heading, *rows):
        assert len(row) == len(heading), row
        for number, cell in enumerate(row):
            lines.append(f"   {'* -' if number == 0 else '  -'} {cell}".rstrip())
    return "\n".join(lines)


def contents(names: Iterable[str], depth: int = 1) -> str:
    """Return a table of contents of pages."""
    return "\n".join([".. toctree::", f"   :maxdepth: {depth}", "", *(f"   {name}" for name in names)])


def page(*blocks: str) -> str:
    """Return blocks of text as one page."""
    return "\n\n".join(block for block in blocks if block) + "\n"
