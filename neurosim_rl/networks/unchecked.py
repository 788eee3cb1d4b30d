"""Copies of networks and projections that skip the checks of their dataclasses."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def copy_unchecked(original: T, **changes: object) -> T:
    """Return a copy of a frozen dataclass, with some fields changed and without ``__post_init__``.

    An optimizer changes the weights of thousands of networks that were checked once. Cached properties are copied too:
    they must not depend on the changed fields.
    """
    copy = object.__new__(type(original))
    copy.__dict__.update(original.__dict__, **changes)
    return copy
