"""Docstrings as Sphinx needs them: headings of data sheets, and signatures of parts."""

from __future__ import annotations

import dataclasses
from typing import Any

from sphinx.ext.napoleon import NumpyDocstring

from neurosim_rl.settings.options import option_fields

STANDARD = set(NumpyDocstring("")._sections)
"""Headings that numpydoc knows, in lower case."""


def show_headings(_app: Any, what: str, _name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    """Turn headings such as ``Observation`` and ``Genome``, which numpydoc does not know, into rubrics.

    An empty comment in front keeps napoleon from reading an attribute's text up to a colon as its type.
    """
    if what in ("attribute", "data", "property"):
        lines[:0] = ["..", ""]
    shown = []
    position = 0
    while position < len(lines):
        line, below = lines[position], lines[position + 1] if position + 1 < len(lines) else ""
        if is_underline(line, below) and line.strip().lower() not in STANDARD:
            shown += [f".. rubric:: {line.strip()}", ""]
            position += 2
        else:
            shown.append(line)
            position += 1
    lines[:] = shown


def is_underline(line: str, below: str) -> bool:
    """Return whether a line is a heading with a line of dashes below it."""
    return bool(line.strip()) and set(below.strip()) == {"-"} and len(below.strip()) == len(line.strip())


def hide_signature_of_part(
    _app: Any, what: str, _name: str, obj: Any, _options: Any, signature: str | None, returns: str | None
) -> tuple[str | None, str | None]:
    """Leave out the signature of a class with options: a table shows these."""
    if what == "class" and dataclasses.is_dataclass(obj) and isinstance(obj, type) and option_fields(obj):
        return "", None
    return signature, returns
