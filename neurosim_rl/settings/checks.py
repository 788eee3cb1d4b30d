"""Checks of names, shapes and values from outside, with messages that say what to do."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any, TypeVar

import numpy as np

from neurosim_rl.errors import MissingExtraError, ShapeError, UnknownNameError

T = TypeVar("T")


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """Return the valid name most like `name`, or None when nothing comes close; one that begins with it comes first."""
    like = _like(name, valid, 1)
    return like[0] if like else None


def _like(name: str, valid: Iterable[str], n: int) -> list[str]:
    """Return at most `n` valid names that are like a name, the nearest first."""
    names = list(valid)
    longer = sorted((one for one in names if name and one.startswith(name)), key=len)
    like = difflib.get_close_matches(name, names, n=n, cutoff=0.5)
    return list(dict.fromkeys([*longer, *like]))[:n]


def unknown_name(kind: str, name: str, valid: Iterable[str], *, listed_by: str = "") -> UnknownNameError:
    """Return the error for a name that does not exist, with the nearest match and all valid names.

    With `listed_by`, a command that lists the names, the three nearest are named instead of all.
    """
    names = sorted(valid)
    match = nearest(name, names)
    hint = f" Did you mean {match!r}?" if match else ""
    if listed_by:
        like = _like(name, names, 3)
        if len(like) > 1:
            hint = f" Did you mean {' or '.join(map(repr, like))}?"
        return UnknownNameError(f"unknown {kind} {name!r}.{hint} All {len(names)}: {listed_by}.")
    return UnknownNameError(f"unknown {kind} {name!r}.{hint} Valid: {', '.join(names)}.")


def lookup(kind: str, name: str, registry: Mapping[str, T]) -> T:
    """Return ``registry[name]``.

    Raises
    ------
    UnknownNameError
        Names the nearest match and all valid names.
    """
    try:
        return registry[name]
    except KeyError:
        raise unknown_name(kind, name, registry) from None


def check_shape(what: str, array: np.ndarray, expected: tuple[int | str, ...]) -> None:
    """Raise unless `array` has the expected shape; a string in `expected` allows any length.

    Raises
    ------
    ShapeError
        With the expected and the actual shape.
    """
    actual = np.shape(array)
    fits = len(actual) == len(expected)
    for wanted, length in zip(expected, actual, strict=False):
        if not isinstance(wanted, str) and wanted != length:
            fits = False
    if not fits:
        comma = "," if len(expected) == 1 else ""  # as Python writes a tuple of one
        raise ShapeError(f"{what} has shape {actual}; expected ({', '.join(map(str, expected))}{comma}).")


def first_non_finite(array: np.ndarray) -> tuple[int, ...] | None:
    """Return the index of the first entry that is NaN or infinite, or None."""
    bad = ~np.isfinite(array)
    if not bad.any():
        return None
    return tuple(np.argwhere(bad)[0].tolist())


def require_extra(module: str, extra: str) -> ModuleType:
    """Import an optional dependency.

    Raises
    ------
    MissingExtraError
        Names the extra that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError(
            f"{module!r} is not installed ({error}). Install it with: pip install 'neurosim-rl[{extra}]'"
        ) from error


def as_floats(what: str, values: Any) -> np.ndarray:
    """Return `values` as a C-contiguous float64 array (copied if need be)."""
    try:
        return np.ascontiguousarray(values, dtype=np.float64)
    except (OverflowError, TypeError, ValueError) as error:
        raise ShapeError(f"{what} is not an array of numbers: {error}.") from error
