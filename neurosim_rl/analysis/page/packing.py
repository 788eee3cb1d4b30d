"""Numbers in a page: JSON that no HTML parser can misread, and large arrays compressed."""

from __future__ import annotations

import base64
import gzip
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

_HIDDEN = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def json_text(content: Any) -> str:
    """Return content as JSON for a ``<script>`` element; NaN and infinity become null.

    Characters that begin a tag, a comment or an entity are written by their numbers: no text ends the element.
    """
    text = json.dumps(json_values(content), allow_nan=False, separators=(",", ":"))
    for character, number in _HIDDEN.items():
        text = text.replace(character, number)
    return text


def json_values(content: Any) -> Any:
    """Return content with arrays as lists, and without NaN and infinity, which JSON does not have."""
    if isinstance(content, Mapping):
        return {str(key): json_values(value) for key, value in content.items()}
    if isinstance(content, np.ndarray | np.generic):
        return json_values(content.tolist())
    if isinstance(content, list | tuple):
        return list(map(json_values, content))
    if isinstance(content, float) and not math.isfinite(content):
        return None
    return content


def packed(array: np.ndarray) -> dict[str, Any]:
    """Return an array as text: its bytes (little-endian, C order), compressed by gzip, in base64.

    Parameters
    ----------
    array : array
        Its type is one of JavaScript's typed arrays: uint8, uint16, uint32, int16, int32 or float32.
    """
    ordered = np.ascontiguousarray(array)
    content = gzip.compress(ordered.astype(ordered.dtype.newbyteorder("<")).tobytes(), mtime=0)
    return {"type": ordered.dtype.name, "shape": ordered.shape, "gzip": base64.b64encode(content).decode("ascii")}


def unpacked(entry: Mapping[str, Any]) -> np.ndarray:
    """Return the array of `packed`."""
    content = gzip.decompress(base64.b64decode(entry["gzip"]))
    return np.frombuffer(content, np.dtype(entry["type"]).newbyteorder("<")).reshape(entry["shape"])


def rounded(values: np.ndarray, digits: int = 5) -> list[Any]:
    """Return values with some significant digits, as lists for JSON; NaN becomes None."""
    flat = [None if not math.isfinite(v) else float(f"{v:.{digits}g}") for v in np.asarray(values, float).ravel()]
    return np.array(flat, dtype=object).reshape(np.shape(values)).tolist()
