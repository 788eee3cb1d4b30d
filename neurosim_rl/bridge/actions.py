"""Action spaces: their bounds, their mirror images, and actions from unbounded outputs."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from gymnasium.spaces import Box, Discrete, Space

from neurosim_rl.bridge.elementary import hyperbolic_tangent
from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.errors import DecodingError

Act = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""A policy: a function that returns the actions of the running elements, shape (n_rows,) or (n_rows, n_dimensions).

Its arguments are their observations, shape (n_rows, n_observations), and their indices in the batch, shape (n_rows,).
"""


def finite_bounds(space: Box) -> tuple[np.ndarray, np.ndarray]:
    """Return the flattened bounds of an action, float64, shape (n_dimensions,) each.

    Raises
    ------
    DecodingError
        When a bound is infinite.
    """
    low, high = space.low.ravel().astype(np.float64), space.high.ravel().astype(np.float64)
    finite = np.isfinite(low) & np.isfinite(high)
    if not finite.all():
        index = int(np.argmin(finite))
        raise DecodingError(
            f"action[{index}] has bounds [{low[index]}, {high[index]}]; expected finite bounds. "
            "Set environment.action_low and environment.action_high."
        )
    return low, high


def reflected_actions(action_space: Space) -> Reflection:
    """Return the mirror image of actions: reversed order for ``Discrete``, changed sign for ``Box``.

    Raises
    ------
    DecodingError
        When the bounds of a ``Box`` are not symmetric about 0.
    """
    if isinstance(action_space, Discrete):
        return Reflection.reversing(int(action_space.n))
    assert isinstance(action_space, Box)
    low, high = finite_bounds(action_space)
    if not np.array_equal(low, -high):
        raise DecodingError(
            f"action bounds are {low.tolist()} to {high.tolist()}; expected bounds symmetric about 0, because actions "
            "change sign in the mirror. Set environment.action_low and environment.action_high."
        )
    return Reflection.of_signs([-1] * len(low))


def n_action_outputs(space: Space) -> int:
    """Return the number of discrete actions, or of dimensions of a continuous action."""
    return int(space.n) if isinstance(space, Discrete) else math.prod(space.shape or ())


def actions_of_outputs(space: Space) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function that turns unbounded outputs, shape (n_rows, n_outputs), into actions.

    ``Discrete``: the largest output selects the action; of equal outputs the first one does. ``Box``: the hyperbolic
    tangent of each output is scaled to the bounds of its action.

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
    middle, half_range = (low + high) / 2, (high - low) / 2
    # Rounding can put the sum one bit beyond a bound, which environments refuse or warn about.
    return lambda outputs: np.clip(middle + half_range * tanh(outputs), low, high)


def tanh(sums: np.ndarray) -> np.ndarray:
    """Return the hyperbolic tangent, rounded to 1e-12."""
    # Rounded, so that the tangents of other libraries, in copies of these networks, give the same actions.
    return np.round(hyperbolic_tangent(sums), 12)
