"""Text in a terminal: lines that fit, and colours; files and pipes get the plain text."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from textwrap import wrap
from typing import TYPE_CHECKING, Literal, TextIO

from neurosim_rl.analysis.table_blocks import GAP, ColumnBlock, column_blocks
from neurosim_rl.analysis.text_page import TextPage
from neurosim_rl.analysis.text_table import TextTable
from neurosim_rl.analysis.text_width import text_width
from neurosim_rl.settings.printable import KEPT, printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

NARROWEST = 20
"""Least width of a line; a narrower terminal wraps by itself."""
FILLER = "\0"
"""Second column of a wide character; no text has it, as control characters are shown."""
STYLES = {
    r"\bNOT IDENTICAL\b|\b[Ff]ailed\b|\bdamaged\b|\bstopped\b": "bold red",
    r"(?<!NOT )\bidentical\b|\bfinished\b": "green",
    r"\bneurosim-rl (?:[a-z]+)\b|\bchampion:[\w-]+": "cyan",
}
"""Styles of words, by pattern."""


def line_width(stream: TextIO) -> int | None:
    """Return the characters of a line: of the variable COLUMNS, or of the terminal; None: any, as for a file."""
    try:
        width = int(os.environ["COLUMNS"])
    except (KeyError, ValueError):
        width = 0
    if width < 1:
        try:
            width = os.get_terminal_size(stream.fileno()).columns
        except (AttributeError, OSError, ValueError):  # no terminal, or no file at all, as in a notebook
            return None
    return max(width, NARROWEST)


def print_page(page: TextPage) -> None:
    """Print paragraphs and tables on standard output.

    In a terminal, or where COLUMNS is set, no line is longer than it has columns, unless a word alone is. Control
    characters are shown: a stranger's file may hold the text.
    """
    width = line_width(sys.stdout)
    if width is None:
        print(printable(page, KEPT))
        return
    console = make_console(sys.stdout, width)
    for part in page.parts:
        if isinstance(part, TextTable):
            print_table(console, _printable_table(part), width)
        else:
            for line in fitted_lines(printable(part, KEPT), width):
                console.print(highlighted(line), soft_wrap=True)


def fitted_text(text: str, stream: TextIO | None) -> str:
    """Return a text with lines that fit where a stream is a terminal, and elsewhere as it is: a line stays a line."""
    width = line_width(stream) if stream is not None and stream.isatty() else None
    return text if width is None else "\n".join(fitted_lines(text, width))


def make_console(stream: TextIO, width: int) -> Console:
    """Return a console; without colours unless the stream is a terminal, and with NO_COLOR (see no-color.org)."""
    from rich.console import Console

    plain = bool(os.environ.get("NO_COLOR"))
    return Console(
        file=stream, width=width, color_system=None if plain else "auto", highlight=False, markup=False, emoji=False
    )


def fitted_lines(text: str, width: int) -> list[str]:
    """Return the lines of a text, with lines that are too long broken between words; indents are kept."""
    lines = []
    for line in _filled(text).split("\n"):
        indent = " " * (len(line) - len(line.lstrip(" ")))
        broken = wrap(
            line.strip(" "),
            width,
            initial_indent=indent,
            subsequent_indent=indent if len(line) <= width else indent + "  ",
            break_long_words=False,  # paths and commands can be copied
            break_on_hyphens=False,
        )
        lines += broken or [""]
    return [line.replace(FILLER, "") for line in lines]


def _filled(text: str) -> str:
    """Return a text with a filler behind each wide character: its length is then its width, as `wrap` assumes."""
    if text.isascii():
        return text
    return "".join(character + FILLER * (text_width(character) - 1) for character in text)


def highlighted(line: str) -> Text:
    """Return a line with the styles of `STYLES`."""
    from rich.text import Text

    text = Text(line)
    for pattern, style in STYLES.items():
        text.highlight_regex(pattern, style)
    return text


def _printable_table(table: TextTable) -> TextTable:
    """Return a table with control characters shown, before its columns are measured."""
    rows = [[printable(text) for text in row] for row in table.rows]
    return replace(table, rows=rows)


def print_table(console: Console, table: TextTable, width: int) -> None:
    """Print a table in blocks of columns that fit."""
    for number, block in enumerate(column_blocks(table, width)):
        if number:
            console.print()
        console.print(_rich_table(table, block), soft_wrap=False)


def _rich_table(table: TextTable, block: ColumnBlock) -> Table:
    from rich import box
    from rich.table import Table

    columns, right = table.columns(), set(table.right)
    shown = Table(
        box=box.Box("    \n" * 2 + " -- \n" + "    \n" * 5, ascii=True) if table.rule else None,
        show_edge=False,
        # With a rule, one of the spaces between columns belongs to the box.
        padding=(0, GAP - table.rule, 0, 0),
        pad_edge=False,
        header_style="bold",
        border_style="dim",
    )
    for column, width in zip(block.columns, block.widths, strict=True):
        header, *_ = columns[column]
        side: Literal["left", "right"] = "right" if header in right else "left"
        shown.add_column(highlighted(header), width=width, justify=side, overflow="fold")
    for row in table.rows:
        shown.add_row(*_cells(row, block))
    return shown


def _cells(row: Sequence[str], block: ColumnBlock) -> list[Text]:
    return [highlighted(row[column]) for column in block.columns]
