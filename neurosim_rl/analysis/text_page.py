"""Paragraphs and tables below each other."""

from __future__ import annotations

from dataclasses import dataclass

from neurosim_rl.analysis.text_table import TextTable


@dataclass(frozen=True)
class TextPage:
    """Paragraphs and tables below each other, of any width until they are printed.

    Its ``str`` is the text with each table as wide as it is. A terminal gets lines that fit
    (`neurosim_rl.cli.terminal`).

    Parameters
    ----------
    parts : tuple of str and TextTable
        An empty string is an empty line.
    """

    parts: tuple[str | TextTable, ...]

    def __str__(self) -> str:
        """Return the text with lines of any length."""
        return "\n".join(map(str, self.parts))

    def __add__(self, other: TextPage) -> TextPage:
        """Return a page with the parts of another one below."""
        return TextPage((*self.parts, *other.parts))
