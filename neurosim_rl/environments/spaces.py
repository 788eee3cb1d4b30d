"""Spaces of Gymnasium: bounds that mean none, and actions in the form that an environment takes."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete, Space

from neurosim_rl.errors import DecodingError, EnvironmentSetupError
from neurosim_rl.settings.checks import check_shape

NO_BOUND = 1e37
"""A bound of at least this size is no bound. Many environments write float32's largest value, 3.4e38, for infinity."""
WIDE_BYTES = 4
"""Whole numbers of at least this size have a largest value that is no bound either; that of a byte may be one."""


def bounds_of(what: str, own: np.ndarray, configured: tuple) -> np.ndarray:
    """Return the configured bounds, or the space's own if none are configured.

    Parameters
    ----------
    what : str
        Name of the option, for errors.
    own : array
        Bounds of the space, in its shape and type.
    configured : tuple
        Empty: none.

    Returns
    -------
    array, shape (n,), float64
        Infinite where the bound is the largest value of its type, or at least `NO_BOUND`: it means none.
    """
    bounds = own.ravel().astype(np.float64)
    largest = _largest(own.dtype)
    if configured:
        check_shape(f"environment.{what}", np.asarray(configured, dtype=np.float64), bounds.shape)
        bounds, largest = np.asarray(configured, dtype=np.float64), NO_BOUND
    return np.where(np.abs(bounds) >= largest, np.copysign(np.inf, bounds), bounds)


def _largest(dtype: np.dtype) -> float:
    """Return the size from which a bound of this type means none."""
    if dtype.kind == "f":
        return min(NO_BOUND, float(np.finfo(dtype).max))
    if dtype.kind in "iu" and dtype.itemsize >= WIDE_BYTES:
        return float(np.iinfo(dtype).max)
    return NO_BOUND


def is_whole(dtype: np.dtype) -> bool:
    """Return whether a type holds whole numbers only."""
    return dtype.kind in "iub"


def action_bounds(space: Box, low: tuple, high: tuple) -> Box:
    """Return the space with configured bounds; empty: its own.

    Real numbers get float64. Whole numbers keep their type, and configured bounds become the next whole numbers
    within them and within the space's own bounds. Where a bound means none, real and whole numbers get infinite ones.

    Raises
    ------
    EnvironmentSetupError
        When a lower bound is not below its upper bound.
    """
    lower, upper = bounds_of("action_low", space.low, low), bounds_of("action_high", space.high, high)
    known = np.isfinite(lower).all() and np.isfinite(upper).all()
    if is_whole(space.dtype) and known:
        whole = np.dtype(np.uint8) if space.dtype.kind == "b" else space.dtype
        # Configured bounds may lie beyond the type's range, where a cast would be undefined.
        lower = np.maximum(np.ceil(lower), space.low.ravel().astype(np.float64))
        upper = np.minimum(np.floor(upper), space.high.ravel().astype(np.float64))
        _check_ordered(lower, upper)
        lowest, highest = lower.astype(whole), upper.astype(whole)
        return Box(lowest.reshape(space.shape), highest.reshape(space.shape), dtype=whole.type)
    if low or high:
        _check_ordered(lower, upper)
    return Box(lower.reshape(space.shape), upper.reshape(space.shape), dtype=np.float64)


def _check_ordered(low: np.ndarray, high: np.ndarray) -> None:
    bad = np.flatnonzero(~(low < high))
    if len(bad):
        index = bad[0]
        raise EnvironmentSetupError(
            f"action[{index}] has bounds [{low[index]:g}, {high[index]:g}]; expected the lower bound below the upper "
            "bound. Check environment.action_low and environment.action_high."
        )


def as_taken(actions: np.ndarray, space: Space, own: Space) -> Any:
    """Return actions in the form that an environment takes.

    ``Discrete``: a list of int. ``Box``: an array of the space's shape and of the environment's type. A type of whole
    numbers gets the nearest whole number within the bounds; of two that are equally near, the even one.

    Parameters
    ----------
    actions : array, shape (n_rows,), (n_rows, n_dimensions) or (n_rows, *shape)
    space : Space
        As in `neurosim_rl.environments.EnvironmentSpec`.
    own : Space
        The environment's own action space.

    Raises
    ------
    DecodingError
        For NaN, where a whole number is expected.
    """
    if isinstance(space, Discrete):
        return actions.reshape(len(actions)).astype(np.int64).tolist()
    assert isinstance(space, Box)
    assert isinstance(own, Box)
    if is_whole(own.dtype):
        actions = _nearest_whole(actions.reshape(len(actions), -1), space, own)
    return actions.astype(own.dtype).reshape(len(actions), *space.shape)


def _nearest_whole(actions: np.ndarray, space: Box, own: Box) -> np.ndarray:
    """Return the nearest whole numbers, shape (n_rows, n_dimensions), of a type that holds the bounds."""
    low, high = space.low.ravel(), space.high.ravel()
    if not is_whole(space.dtype):  # a bound is unknown: that of the environment, unless the configured one is tighter
        low = _tighter(np.ceil(low), own.low.ravel(), np.greater)
        high = _tighter(np.floor(high), own.high.ravel(), np.less)
    nearest = np.rint(actions.astype(np.float64))
    if np.isnan(nearest).any():
        raise DecodingError("an action is nan; expected a number. Check the decoder or the policy.")
    # Bounds near 2^63 have no exact float64, and a cast beyond the type's range is undefined: only what lies strictly
    # between the rounded bounds is cast, and the rest becomes the bound itself.
    lowest, highest = low.astype(np.float64), high.astype(np.float64)
    inside = (nearest > lowest) & (nearest < highest)
    found = np.where(nearest >= highest, high, low)
    found[inside] = nearest[inside].astype(found.dtype)
    return found


def _tighter(configured: np.ndarray, own: np.ndarray, is_tighter: np.ufunc) -> np.ndarray:
    """Return the environment's own bounds, which may have no exact float64, or the configured ones that are tighter."""
    bounds, better = own.copy(), np.isfinite(configured) & is_tighter(configured, own.astype(np.float64))
    bounds[better] = configured[better].astype(own.dtype)
    return bounds
