"""Action spaces: their bounds, their mirror images, and actions from unbounded outputs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from gymnasium.spaces import Box, Discrete, Space

from neurosim_rl.bridge.elementary import hyperbolic_tangent
from neurosim_rl.bridge.reflection import Reflection
from neurosim_rl.environments.action_parts import parts_of
from neurosim_rl.errors import DecodingError

Act = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""A policy: a function that returns the actions of the running elements, shape (n_rows,) or (n_rows, n_columns).

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


def check_actions_bounded(space: Space) -> None:
    """Raise if a bound of a continuous action is infinite.

    Raises
    ------
    DecodingError
    """
    for part in parts_of(space):
        if isinstance(part, Box):
            finite_bounds(part)


def reflected_actions(action_space: Space) -> Reflection:
    """Return the mirror image of actions: reversed order for ``Discrete``, changed sign for ``Box``.

    Raises
    ------
    DecodingError
        When the bounds of a ``Box`` are not symmetric about 0, and for other spaces.
    """
    if isinstance(action_space, Discrete):
        return Reflection.reversing(int(action_space.n))
    if not isinstance(action_space, Box):
        raise DecodingError(
            f"actions of {action_space} have no mirror image; expected Discrete or Box. Set model.mirror = false."
        )
    low, high = finite_bounds(action_space)
    if not np.array_equal(low, -high):
        raise DecodingError(
            f"action bounds are {low.tolist()} to {high.tolist()}; expected bounds symmetric about 0, because actions "
            "change sign in the mirror. Set environment.action_low and environment.action_high."
        )
    return Reflection.of_signs([-1] * len(low))


def n_action_outputs(space: Space) -> int:
    """Return the number of values of all choices, plus the number of dimensions of all continuous actions."""
    return sum(map(_n_outputs, parts_of(space)))


def _n_outputs(part: Discrete | Box) -> int:
    return int(part.n) if isinstance(part, Discrete) else math.prod(part.shape or ())


def actions_of_outputs(space: Space) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function that turns unbounded outputs, shape (n_rows, n_outputs), into actions.

    ``Discrete``: the largest output selects the action; of equal outputs the first one does. ``Box``: the hyperbolic
    tangent of each output is scaled to the bounds of its action. Each part of another space has outputs of its own
    (`neurosim_rl.environments.action_parts.parts_of`), and actions have a column for each choice and each number.

    Raises
    ------
    DecodingError
        When a bound of a ``Box`` is infinite.
    """
    if isinstance(space, Discrete):
        start = int(space.start)
        return lambda outputs: outputs.argmax(axis=1) + start
    if isinstance(space, Box):
        low, high = finite_bounds(space)
        middle, half_range = (low + high) / 2, (high - low) / 2
        # Rounding can put the sum one bit beyond a bound, which environments refuse or warn about.
        return lambda outputs: np.clip(middle + half_range * tanh(outputs), low, high)
    parts = parts_of(space)
    ends = np.cumsum([_n_outputs(part) for part in parts])[:-1]
    functions = [actions_of_outputs(part) for part in parts]
    return lambda outputs: joined_columns(
        [function(own) for function, own in zip(functions, np.split(outputs, ends, axis=1), strict=True)]
    )


def joined_columns(actions: Sequence[np.ndarray]) -> np.ndarray:
    """Return the actions of several parts as columns, float64, shape (n_rows, n_columns)."""
    return np.concatenate([part.reshape(len(part), -1).astype(np.float64) for part in actions], axis=1)


def tanh(sums: np.ndarray) -> np.ndarray:
    """Return the hyperbolic tangent, rounded to 1e-12."""
    # Rounded, so that the tangents of other libraries, in copies of these networks, give the same actions.
    return np.round(hyperbolic_tangent(sums), 12)
