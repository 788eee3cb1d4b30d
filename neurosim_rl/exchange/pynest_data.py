"""Values as Python text that gives them back bit for bit, in lines of readable length."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

WIDTH = 112
INDENT = "    "


def assignment(name: str, value: Any) -> str:
    """Return a line, or several, that give a name to a value."""
    return f"{name} = {literal(value)}"


def literal(value: Any, indent: str = "") -> str:
    """Return the text of a number, text, array, or of a list or mapping of these."""
    if isinstance(value, Mapping):
        return _block("{}", [f"{key!r}: {literal(v, indent + INDENT)}" for key, v in value.items()], indent)
    if isinstance(value, list):
        return _block("[]", [literal(v, indent + INDENT) for v in value], indent)
    if isinstance(value, np.ndarray) and value.ndim:
        return _array(value, indent)
    if isinstance(value, np.ndarray | np.generic):
        value = value.item()
    if isinstance(value, float):
        return _number(value)
    return repr(value)


def _block(brackets: str, parts: list[str], indent: str) -> str:
    """Return parts in brackets: in one line if they fit, else each in its own."""
    whole = brackets[0] + ", ".join(parts) + brackets[1]
    if "\n" not in whole and len(indent) + len(whole) <= WIDTH:
        return whole
    lines = [f"{indent}{INDENT}{part},\n" for part in parts]
    return f"{brackets[0]}\n{''.join(lines)}{indent}{brackets[1]}"


def _array(value: np.ndarray, indent: str) -> str:
    inner = indent + INDENT
    formatter: Any = {"float_kind": _number, "int_kind": str, "bool": str}
    text = np.array2string(
        value,
        max_line_width=WIDTH - len(inner),
        separator=", ",
        threshold=sys.maxsize,
        formatter=formatter,
    )
    kind = ", dtype=int" if value.size == 0 and value.dtype.kind in "iu" else ""
    if value.size == 0:
        return f"np.zeros({value.shape}{kind})"
    whole = f"np.array({text})"
    if "\n" not in whole and len(indent) + len(whole) <= WIDTH - 20:
        return whole
    body = "\n".join(inner + line for line in text.splitlines())
    return f"np.array(\n{body}\n{indent})"


def _number(value: float) -> str:
    """Return the shortest digits that give the same float64."""
    text = repr(float(value))
    return {"inf": "np.inf", "-inf": "-np.inf", "nan": "np.nan"}.get(text, text)
