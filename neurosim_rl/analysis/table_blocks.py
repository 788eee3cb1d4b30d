"""Layout of a table in a terminal of some width: how wide each column is, and which columns are shown side by side.

A table that is too wide is made narrower in this order: headers in several lines, texts in several lines, and blocks
of columns one below the other, each with the columns that say what a row is about. Numbers stay in one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from neurosim_rl.analysis.text_table import TextTable
from neurosim_rl.analysis.text_width import text_width

GAP = 2
"""Spaces between two columns."""
COMFORTABLE = 16
"""Width to which texts are folded without need of a longer word."""


@dataclass(frozen=True)
class ColumnBlock:
    """Columns of a table that are shown side by side.

    Parameters
    ----------
    columns : tuple of int
        Numbers of the columns, from 0.
    widths : tuple of int
        Their widths in columns of a terminal, of which wide characters take two.
    """

    columns: tuple[int, ...]
    widths: tuple[int, ...]


def column_blocks(table: TextTable, width: int) -> list[ColumnBlock]:
    """Return the blocks of columns in which a table is shown, from the top.

    Each column is in one block, and the first `TextTable.keys` columns are in all of them. No block is wider than
    `width`, unless a number alone is too wide.

    Parameters
    ----------
    table : TextTable
    width : int
        Columns of a line.
    """
    columns = table.columns()
    everything = tuple(range(len(columns)))
    natural = [_longest(texts) for texts in columns]
    if _total(natural) <= width:
        return [ColumnBlock(everything, tuple(natural))]
    right = set(table.right)
    with_folded_header = [max(_longest(_words(texts[:1])), _longest(texts[1:])) for texts in columns]
    least = []
    for texts, current in zip(columns, with_folded_header, strict=True):
        is_number = texts[0] in right
        least.append(current if is_number else _least_width(texts, current, width))
    narrowed = _narrowed(with_folded_header, least, width)
    if _total(narrowed) <= width:
        return [ColumnBlock(everything, tuple(narrowed))]
    keys = _narrowed(with_folded_header[: table.keys], least[: table.keys], width // 2)
    return _packed(keys, least, width)


def _least_width(texts: Sequence[str], current: int, width: int) -> int:
    """Return the width to which a column of texts may be folded; words longer than half a line are broken."""
    word = min(_longest(_words(texts)), width // 2)
    return min(current, max(word, COMFORTABLE))


def _narrowed(widths: Sequence[int], least: Sequence[int], width: int) -> list[int]:
    """Return widths that fit, if they can: the widest column that can be folded is made narrower each time."""
    narrowed = list(widths)
    while _total(narrowed) > width:
        foldable = [k for k, current in enumerate(narrowed) if current > least[k]]
        if not foldable:
            break
        widest = max(foldable, key=narrowed.__getitem__)
        narrowed[widest] -= 1
    return narrowed


def _packed(keys: Sequence[int], widths: Sequence[int], width: int) -> list[ColumnBlock]:
    """Return blocks with as many columns as fit beside the key columns; at least one."""
    n_keys = len(keys)
    blocks: list[list[int]] = [[]]
    for column in range(n_keys, len(widths)):
        beside = [*keys, *(widths[k] for k in blocks[-1]), widths[column]]
        if blocks[-1] and _total(beside) > width:
            blocks.append([])
        blocks[-1].append(column)
    found = []
    for block in blocks:
        block_widths = (*keys, *(widths[column] for column in block))
        found.append(ColumnBlock((*range(n_keys), *block), block_widths))
    return found


def _longest(texts: Iterable[str]) -> int:
    return max(map(text_width, texts), default=0)


def _words(texts: Iterable[str]) -> list[str]:
    return " ".join(texts).split()


def _total(widths: Sequence[int]) -> int:
    """Return the width of columns side by side."""
    return sum(widths) + GAP * (len(widths) - 1)
