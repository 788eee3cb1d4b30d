"""Tables as text: for the terminal, and in reStructuredText."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


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
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: Iterable[str] = ()

    def plain(self) -> str:
        """Return the table without a rule."""
        return "\n".join(self._lines())

    def ruled(self) -> str:
        """Return the table with a rule below its header."""
        header, *rows = self._lines()
        return "\n".join([header, "-" * len(header), *rows])

    def rst(self) -> str:
        """Return the table as a simple table of reStructuredText; texts in the first column must not be empty."""
        header, *rows = self._lines()
        rule = "  ".join("=" * width for width in self._widths())
        return "\n".join([rule, header, rule, *rows, rule])

    def _widths(self) -> list[int]:
        columns = zip(self.header, *self.rows, strict=True)
        return [max(map(len, column)) for column in columns]

    def _lines(self) -> list[str]:
        right, widths = set(self.right), self._widths()
        assert right <= set(self.header), "a column of another name"
        lines = []
        for row in (self.header, *self.rows):
            texts = []
            for name, text, width in zip(self.header, row, widths, strict=True):
                texts.append(text.rjust(width) if name in right else text.ljust(width))
            lines.append("  ".join(texts).rstrip())
        return lines
