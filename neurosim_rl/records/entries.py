"""Entries of an HDF5 file, with their types and shapes checked: a stranger may have written the file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import h5py
import numpy as np

KINDS = {"numbers": "fiu", "whole numbers": "iu", "booleans": "b"}
"""NumPy's kinds of type for each kind of entry."""


def array_of(group: h5py.Group, name: str, kind: str, n_axes: int) -> np.ndarray:
    """Return a dataset as an array.

    Parameters
    ----------
    group : h5py.Group
    name : str
    kind : str
        A name of `KINDS`.
    n_axes : int

    Raises
    ------
    LookupError
        When there is no dataset of this name.
    ValueError
        When it has another type or number of axes.
    """
    dataset = group[name]
    if not isinstance(dataset, h5py.Dataset) or dataset.dtype.kind not in KINDS[kind] or dataset.ndim != n_axes:
        raise ValueError(f"{name} is no array of {kind} with {n_axes} axes")
    values: np.ndarray = dataset[()]
    return values


def texts_of(group: h5py.Group, name: str) -> list[str]:
    """Return a dataset of texts; errors as of `array_of`."""
    dataset = group[name]
    if not isinstance(dataset, h5py.Dataset) or h5py.check_string_dtype(dataset.dtype) is None or dataset.ndim != 1:
        raise ValueError(f"{name} is no list of texts")
    return dataset.asstr()[()].tolist()


def whole_of(attributes: Mapping[str, Any], name: str) -> int:
    """Return an attribute that is a whole number; raise LookupError or ValueError otherwise."""
    value = attributes[name]
    if not isinstance(value, int | np.integer):
        raise ValueError(f"attribute {name} is no whole number")
    return int(value)


def real_of(attributes: Mapping[str, Any], name: str) -> float:
    """Return an attribute that is a number; raise LookupError or ValueError otherwise."""
    value = attributes[name]
    if not isinstance(value, int | float | np.integer | np.floating):
        raise ValueError(f"attribute {name} is no number")
    return float(value)


def text_of(attributes: Mapping[str, Any], name: str) -> str:
    """Return an attribute that is a text; raise LookupError or ValueError otherwise."""
    value = attributes[name]
    if not isinstance(value, str):
        raise ValueError(f"attribute {name} is no text")
    return value


def table_of(attributes: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return an attribute that is a JSON object; raise LookupError or ValueError otherwise."""
    content = json.loads(text_of(attributes, name))
    if not isinstance(content, dict):
        raise ValueError(f"attribute {name} is no JSON object")
    return content


def json_of(group: h5py.Group, name: str, default: Any) -> Any:
    """Return the JSON in a dataset of one text; `default`, if there is none of this name.

    Raises
    ------
    ValueError
        When the dataset is no text, or its JSON has another type than the default.
    """
    if name not in group:
        return default
    dataset = group[name]
    if not isinstance(dataset, h5py.Dataset) or h5py.check_string_dtype(dataset.dtype) is None or dataset.ndim:
        raise ValueError(f"{name} is no text")
    content = json.loads(dataset.asstr()[()])
    if not isinstance(content, type(default)):
        raise ValueError(f"{name} is no JSON {type(default).__name__}")
    return content


def check_equal(what: str, found: Any, expected: Any) -> None:
    """Raise ValueError unless two sizes or shapes are equal."""
    if found != expected:
        raise ValueError(f"{what} has the shape {found}; expected {expected}")


def check_within(what: str, values: np.ndarray, low: float, high: float) -> None:
    """Raise ValueError unless all values are from `low` to `high`; NaN is outside."""
    if values.size and not (values.min() >= low and values.max() <= high):
        raise ValueError(f"{what} has values outside of {low} to {high}")


def check_finite_mean(what: str, values: np.ndarray) -> None:
    """Raise ValueError for infinite values, and for values too large for a mean and a variance; NaN is none of them."""
    with np.errstate(over="ignore"):
        total = np.nansum(np.square(values, dtype=float))
    if not np.isfinite(total):
        raise ValueError(f"{what} has values that are infinite, or too large for their mean")


def check_texts(what: str, values: Iterable[Any]) -> None:
    """Raise ValueError unless all values are texts, with something in their first line."""
    if not all(isinstance(value, str) and value.partition("\n")[0].strip() for value in values):
        raise ValueError(f"{what} has values that are no text, or start with an empty line")
