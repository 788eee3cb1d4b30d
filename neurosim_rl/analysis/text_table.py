"""Tables as text: for the terminal, and as RST."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class TextTable:
    """Texts in columns, two spaces apart and as wide as they need.

    Parameters
    ----------
    header : sequence of str
    rows : sequence of sequences of str
        Each as long as the header.
    right : collection of str
        Columns, by their header, that are aligned at the right; the others are at the left.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: Iterable[str] = ()

    def plain(self) -> str:
        """Return the table without any rule."""
        return "\n".join(self._lines())

    def ruled(self) -> str:
        """Return the table with a rule below its header."""
        header, *rows = self._lines()
        return "\n".join([header, "-" * len(header), *rows])

    def rst(self) -> str:
        """Return a simple table of reStructuredText; texts in its first column must not be empty."""
        header, *rows = self._lines()
        rule = "  ".join("=" * width for width in self._widths())
        return "\n".join([rule, header, rule, *rows, rule])

    def _widths(self) -> list[int]:
        return [max(len(text) for text in column) for column in zip(self.header, *self.rows, strict=True)]

    def _lines(self) -> list[str]:
        right, widths = set(self.right), self._widths()
        assert right <= set(self.header), "a column of another name"
        aligned = [str.rjust if name in right else str.ljust for name in self.header]
        return [
            "  ".join(align(text, width) for align, text, width in zip(aligned, line, widths, strict=True)).rstrip()
            for line in (self.header, *self.rows)
        ]
