"""Action spaces: their bounds, their mirror, and how outputs without bounds become actions."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from gymnasium.spaces import Box, Discrete, Space

from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.errors import DecodingError


def finite_bounds(space: Box) -> tuple[np.ndarray, np.ndarray]:
    """Return the flattened bounds of an action, float64, shape (n_dimensions,) each.

    Raises
    ------
    DecodingError
        When one is infinite.
    """
    low, high = space.low.ravel().astype(np.float64), space.high.ravel().astype(np.float64)
    for index in np.flatnonzero(~(np.isfinite(low) & np.isfinite(high))):
        raise DecodingError(
            f"action[{index}] has bounds [{low[index]}, {high[index]}]; expected finite bounds. "
            "Set environment.action_low and environment.action_high."
        )
    return low, high


def reflected_actions(action_space: Space) -> Reflection:
    """Return what the mirror does to actions: ``Discrete`` ones come in reversed order, ``Box`` ones change sign.

    Raises
    ------
    DecodingError
        When the bounds of a box are not symmetric about 0.
    """
    if isinstance(action_space, Discrete):
        return Reflection.reversing(int(action_space.n))
    assert isinstance(action_space, Box)
    low, high = finite_bounds(action_space)
    if not np.array_equal(low, -high):
        raise DecodingError(
            f"actions change sign in the mirror, but have bounds {low.tolist()} to {high.tolist()}; expected bounds "
            "symmetric about 0. Set environment.action_low and environment.action_high."
        )
    return Reflection.of_signs([-1] * len(low))


def n_action_outputs(space: Space) -> int:
    """Return the number of actions to choose from, or of dimensions of the action."""
    return int(space.n) if isinstance(space, Discrete) else math.prod(space.shape or ())


def actions_of_outputs(space: Space) -> Callable[[np.ndarray], np.ndarray]:
    """Return what turns numbers without bounds, shape (n_rows, n_outputs), into actions.

    ``Discrete``: the largest wins, the first of equals. ``Box``: the hyperbolic tangent spans the bounds.

    Raises
    ------
    DecodingError
        When a bound of a ``Box`` is infinite.
    """
    if isinstance(space, Discrete):
        start = int(space.start)
        return lambda outputs: outputs.argmax(axis=1) + start
    assert isinstance(space, Box)
    low, high = finite_bounds(space)
    # The sum's last bit may lie beyond a bound.
    return lambda outputs: np.clip((low + high) / 2 + (high - low) / 2 * tanh(outputs), low, high)


def tanh(sums: np.ndarray) -> np.ndarray:
    """Return the hyperbolic tangent, rounded to 1e-12: its last bit differs between processors."""
    return np.round(np.tanh(sums), 12)
