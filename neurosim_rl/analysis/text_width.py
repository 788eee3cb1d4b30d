"""Columns that a text takes in a terminal."""

from __future__ import annotations


def text_width(text: str) -> int:
    """Return the columns that a text without control characters takes in a terminal.

    Wide characters, as in Chinese and Japanese, take two, and combining ones none.

    Examples
    --------
    >>> text_width("cart"), text_width("カート")
    (4, 6)
    """
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # so that these columns are those of the tables, which rich prints

    return cell_len(text)
