"""Text from files as it may be printed: control characters are shown, not sent to the terminal."""

from __future__ import annotations

from typing import Any

KEPT = "\n\t"
"""Control characters of text in several lines."""


def printable(text: Any, kept: str = "") -> str:
    r"""Return a text with control characters as escape sequences of Python.

    A terminal obeys control characters: they change its title, its colours, or what seems to be printed.
    Unicode's controls of direction count, too: they show a text in another order than it has.

    Parameters
    ----------
    text : object
        Its ``str``.
    kept : str
        Control characters that stay, such as `KEPT`.

    Examples
    --------
    >>> printable("a\x1b[31mb")
    'a\\x1b[31mb'
    >>> printable("Zürich")
    'Zürich'
    """
    whole = str(text)
    if whole.isprintable():
        return whole
    shown = [c if c.isprintable() or c in kept else _escaped(c) for c in whole]
    return "".join(shown)


def _escaped(character: str) -> str:
    # A surrogate stands for a byte of a file name that is not UTF-8; no terminal can be sent one.
    return character.encode("unicode_escape").decode("ascii")
