"""Names of objects and paths, as functions of the front door take them."""

from __future__ import annotations

from typing import Any


def target_of(source: Any) -> str:
    """Return the text that names a run, champion or study: of an object its path or name, of a path the path."""
    return str(getattr(source, "target", source))
