"""Tables as text: for the terminal, and in reStructuredText."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from neurosim_rl.analysis.text_width import text_width
from neurosim_rl.settings.printable import printable


@dataclass(frozen=True)
class TextTable:
    """Texts in columns, as wide as their longest text and two spaces apart.

    Parameters
    ----------
    header : sequence of str
    rows : sequence of sequences of str
        Texts of each row, as many as the header has.
    right : collection of str
        Headers of the columns that are aligned at the right; the other columns are aligned at the left.
    rule : bool
        Whether its text has a rule below the header.
    keys : int
        Number of columns, from the left, that say what a row is about. They are repeated where a table is too wide
        for a terminal (see `neurosim_rl.analysis.table_blocks`).
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: Iterable[str] = ()
    rule: bool = False
    keys: int = 1

    def __str__(self) -> str:
        """Return the table as text of any width."""
        return self.ruled() if self.rule else self.plain()

    def plain(self) -> str:
        """Return the table without a rule."""
        return "\n".join(self._lines())

    def ruled(self) -> str:
        """Return the table with a rule below its header."""
        header, *rows = self._lines()
        return "\n".join([header, "-" * text_width(header), *rows])

    def rst(self) -> str:
        """Return the table as a simple table of reStructuredText; texts in the first column must not be empty."""
        header, *rows = self._lines()
        rule = "  ".join("=" * width for width in self._widths())
        return "\n".join([rule, header, rule, *rows, rule])

    def columns(self) -> list[tuple[str, ...]]:
        """Return the texts of each column, with its header first."""
        return list(zip(self.header, *self._shown_rows(), strict=True))

    def _shown_rows(self) -> list[list[str]]:
        """Return the rows with control characters shown: a text from a file may hold a newline, and forge a row."""
        return [[printable(text) for text in row] for row in self.rows]

    def _widths(self) -> list[int]:
        return [max(map(text_width, column)) for column in self.columns()]

    def _lines(self) -> list[str]:
        right, widths = set(self.right), self._widths()
        assert right <= set(self.header), "a column of another name"
        lines = []
        for row in (self.header, *self._shown_rows()):
            texts = []
            for name, text, width in zip(self.header, row, widths, strict=True):
                gap = " " * (width - text_width(text))
                texts.append(gap + text if name in right else text + gap)
            lines.append("  ".join(texts).rstrip())
        return lines
