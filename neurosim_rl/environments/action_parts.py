"""Parts of actions: choices and numbers of any action space, and rows of numbers that stand for actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Space, Tuple

from neurosim_rl.environments.leaves import leaves
from neurosim_rl.environments.spaces import action_bounds, as_taken
from neurosim_rl.errors import DecodingError, EnvironmentSetupError
from neurosim_rl.settings.checks import check_shape

SIMPLE = (Box, Discrete)
"""Spaces whose actions are arrays of shape (n_rows,) or (n_rows, n_dimensions), with nothing to take apart."""
LEAVES = (Box, Discrete, MultiBinary, MultiDiscrete)


def parts_of(space: Space) -> list[Discrete | Box]:
    """Return the parts of an action space, in the order of its columns.

    A ``Box`` is one part. ``Discrete`` is one choice, and so are each component of ``MultiDiscrete`` and each bit of
    ``MultiBinary``. ``Tuple`` and ``Dict`` have the parts of their members, one after the other.

    Raises
    ------
    DecodingError
        For any other space.
    """
    parts: list[Discrete | Box] = []
    for leaf in leaves(space):
        member = leaf.space
        if isinstance(member, MultiDiscrete):
            sizes, starts = member.nvec.ravel().tolist(), member.start.ravel().tolist()
            parts += [Discrete(n, start=start) for n, start in zip(sizes, starts, strict=True)]
        elif isinstance(member, MultiBinary):
            parts += [Discrete(2) for _ in range(int(np.prod(member.shape or ())))]
        else:
            if not isinstance(member, SIMPLE):
                raise DecodingError(
                    f"actions of {space} cannot be decoded: expected Discrete, Box, MultiDiscrete, MultiBinary, or a "
                    "Tuple or Dict of these. Wrap the environment (environment.wrappers)."
                )
            parts.append(member)
    return parts


def n_columns(part: Space) -> int:
    """Return the number of columns of a part: 1 for a choice, which is the number of its value."""
    return 1 if isinstance(part, Discrete) else int(np.prod(part.shape or ()))


def column_labels(space: Space) -> tuple[str, ...]:
    """Return the name of each column of an action, such as ``wheels[0]``; those of a ``Box`` alone have numbers."""
    if isinstance(space, Box):
        return tuple(f"action {k}" for k in range(n_columns(space)))
    names: list[str] = []
    for leaf in leaves(space):
        names += [leaf.name("action")] if isinstance(leaf.space, Discrete) else leaf.indexed("action")
    return tuple(names)


def sampled(spaces: Sequence[Space]) -> np.ndarray:
    """Return an action drawn from each space, which are copies of one: one row for each, as decoders give them."""
    drawn = [space.sample() for space in spaces]
    if isinstance(spaces[0], SIMPLE):
        return np.array(drawn)
    return np.stack([_row(spaces[0], action) for action in drawn])


def _row(space: Space, action: Any) -> np.ndarray:
    """Return the columns of an action, float64, shape (n_columns,)."""
    return np.concatenate([np.ravel(leaf.value(action)).astype(np.float64) for leaf in leaves(space)])


def taken(actions: np.ndarray, space: Space, own: Space) -> Sequence[Any]:
    """Return actions in the form that an environment takes, one for each row.

    Parameters
    ----------
    actions : array, shape (n_rows,), (n_rows, n_columns) or (n_rows, *shape)
    space, own : Space
        As of `neurosim_rl.environments.spaces.as_taken`, which takes care of ``Discrete`` and ``Box``.
    """
    if isinstance(space, SIMPLE):
        converted: Sequence[Any] = as_taken(actions, space, own)
        return converted
    rows = actions.reshape(len(actions), -1)
    columns: dict[tuple[str | int, ...], Sequence[Any]] = {}
    first = 0
    for leaf, own_leaf in zip(leaves(space), leaves(own), strict=True):
        n = n_columns(leaf.space)
        columns[leaf.path] = _leaf_taken(rows[:, first : first + n], leaf.space, own_leaf.space)
        first += n
    return [composed(own, {path: values[row] for path, values in columns.items()}) for row in range(len(rows))]


def _leaf_taken(actions: np.ndarray, space: Space, own: Space) -> Sequence[Any]:
    if isinstance(space, SIMPLE):
        converted: Sequence[Any] = as_taken(actions, space, own)
        return converted
    whole: Any = np.rint(actions).astype(own.dtype).reshape(len(actions), *(own.shape or ()))
    return list(whole)


def composed(space: Space, values: dict[tuple[str | int, ...], Any], path: tuple[str | int, ...] = ()) -> Any:
    """Return an action of a nested space from the values of its leaves, by their paths."""
    if isinstance(space, Dict):
        return {key: composed(member, values, (*path, key)) for key, member in space.spaces.items()}
    if isinstance(space, Tuple):
        return tuple(composed(member, values, (*path, k)) for k, member in enumerate(space.spaces))
    return values[path]


def with_bounds(name: str, space: Space, low: tuple, high: tuple) -> Space:
    """Return an action space with configured bounds of its ``Box`` parts; empty: their own (see `action_bounds`).

    Raises
    ------
    EnvironmentSetupError
        For a space that no decoder knows, one without any number or choice, and a lower bound that is not below its
        upper bound.
    ShapeError
        When the number of bounds is not that of the numbers in all ``Box`` parts together.
    """
    for leaf in leaves(space):
        if not isinstance(leaf.space, LEAVES):
            raise EnvironmentSetupError(
                f"{name} has the action space {space}; expected Discrete, Box, MultiDiscrete, MultiBinary, or a Tuple "
                "or Dict of these. Use another environment, or a wrapper (environment.wrappers)."
            )
    if not sum(n_columns(part) for part in parts_of(space)):
        raise EnvironmentSetupError(
            f"{name}: the action space {space} has neither numbers nor choices; expected at least one. Use another "
            "environment, or a wrapper (environment.wrappers)."
        )
    boxes = [leaf for leaf in leaves(space) if isinstance(leaf.space, Box)]
    bounded: dict[tuple[str | int, ...], Space] = {leaf.path: leaf.space for leaf in leaves(space)}
    sizes = [n_columns(leaf.space) for leaf in boxes]
    for what, given in (("action_low", low), ("action_high", high)):
        if given and boxes:
            check_shape(f"environment.{what}", np.asarray(given, dtype=np.float64), (sum(sizes),))
    first = 0
    for leaf, n in zip(boxes, sizes, strict=True):
        assert isinstance(leaf.space, Box)
        bounded[leaf.path] = action_bounds(leaf.space, low[first : first + n], high[first : first + n])
        first += n
    return _rebuilt(space, bounded)


def _rebuilt(space: Space, members: dict[tuple[str | int, ...], Space], path: tuple[str | int, ...] = ()) -> Space:
    """Return the space with other leaves, by their paths."""
    if isinstance(space, Dict):
        return Dict({key: _rebuilt(member, members, (*path, key)) for key, member in space.spaces.items()})
    if isinstance(space, Tuple):
        return Tuple([_rebuilt(member, members, (*path, k)) for k, member in enumerate(space.spaces)])
    return members[path]
