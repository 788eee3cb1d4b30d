"""HTML from data: everything is escaped but what this module made itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from neurosim_rl.settings.printable import KEPT, printable

_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9:-]*")
_EMPTY = frozenset({"br", "hr", "img", "input", "meta", "path", "circle", "rect", "line"})
"""Elements without content."""


class Markup(str):
    """Text that is HTML already; every other text is data, and is escaped."""

    __slots__ = ()


def markup(content: object) -> Markup:
    """Return content as HTML: data are escaped, and control characters shown.

    Examples
    --------
    >>> markup("</script>")
    '&lt;/script&gt;'
    """
    if isinstance(content, Markup):
        return content
    return Markup(escape(printable(str(content), KEPT), quote=True))


def joined(parts: Sequence[object], separator: str = "\n") -> Markup:
    """Return several parts as one, each as `markup` gives it."""
    return Markup(separator.join(map(markup, parts)))


def element(name: str, *content: object, **attributes: object) -> Markup:
    """Return an HTML or SVG element.

    Parameters
    ----------
    name : str
    *content : object
        Data, or `Markup`.
    **attributes
        ``class_`` and ``for_`` are ``class`` and ``for``; an underscore is a hyphen. True: without value; None and
        False: left out.

    Raises
    ------
    ValueError
        For a name that is none: names never come from data.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"element {name!r}: expected names of HTML")
    text = ""
    for key, value in attributes.items():
        attribute = key.rstrip("_").replace("_", "-")
        if not _NAME.fullmatch(attribute):
            raise ValueError(f"attribute {attribute!r}: expected names of HTML")
        if value is True:
            text += f" {attribute}"
        elif value is not None and value is not False:
            text += f' {attribute}="{markup(value)}"'
    if name in _EMPTY:
        return Markup(f"<{name}{text}>" if name in ("br", "hr", "img", "input", "meta") else f"<{name}{text}/>")
    return Markup(f"<{name}{text}>{joined(content, '')}</{name}>")


def section(identifier: str, title: str, *content: object) -> Markup:
    """Return a section of a page, with a heading by which it is found."""
    heading = element("h2", title, id=f"{identifier}-title")
    return element("section", heading, *content, id=identifier, aria_labelledby=f"{identifier}-title")


def paragraph(*content: object, kind: str | None = None) -> Markup:
    """Return a paragraph."""
    return element("p", *content, class_=kind)


def table(columns: Sequence[object], rows: Sequence[Sequence[object]], *, caption: str, numbers: int = 1) -> Markup:
    """Return a table that scrolls by itself on a narrow screen.

    Parameters
    ----------
    columns : sequence
        Titles.
    rows : sequence of sequence
        The first cell of a row is its heading.
    caption : str
    numbers : int
        First column that is aligned as numbers.
    """
    head = element("tr", *[element("th", title, scope="col") for title in columns])
    lines = []
    for row in rows:
        cells = [element("th", row[0], scope="row")]
        for place, cell in enumerate(row[1:], start=1):
            cells.append(element("td", cell, class_="number" if place >= numbers else None))
        lines.append(element("tr", *cells))
    made = element("table", element("caption", caption), element("thead", head), element("tbody", *lines))
    return element("div", made, class_="scroll", tabindex=0, role="region", aria_label=caption)


def definitions(pairs: Sequence[tuple[object, object]]) -> Markup:
    """Return names with their values."""
    parts: list[Markup] = []
    for name, value in pairs:
        parts += [element("dt", name), element("dd", value)]
    return element("dl", *parts)


def folded(title: str, *content: object) -> Markup:
    """Return content that shows when its title is opened."""
    return element("details", element("summary", title), *content)
