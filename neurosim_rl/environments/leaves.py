"""Leaves of nested spaces: the simple spaces in a ``Dict`` or ``Tuple``, in Gymnasium's order, with their names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.spaces import Dict, Space, Tuple


@dataclass(frozen=True)
class Leaf:
    """A space that holds no other spaces.

    Parameters
    ----------
    path : tuple of str or int
        Keys of dictionaries and numbers in tuples, from the outermost to the leaf; empty: the space is a leaf itself.
    space : gymnasium.spaces.Space
    """

    path: tuple[str | int, ...]
    space: Space

    def name(self, whole: str) -> str:
        """Return the leaf's name: ``arm.angle``, or ``part 1`` in a tuple.

        Parameters
        ----------
        whole : str
            Name of the whole, such as ``observation``: that of a space that is a leaf itself.
        """
        parts = [f"part {key}" if isinstance(key, int) else key for key in self.path]
        return ".".join(parts) or whole

    def value(self, whole: Any) -> Any:
        """Return the leaf's value in a value of the whole space."""
        for key in self.path:
            whole = whole[key]
        return whole

    def indexed(self, whole: str) -> Iterator[str]:
        """Give a name to each number of an array of the space's shape, such as ``angle[0]`` or ``grid[2,1]``."""
        name = self.name(whole)
        for index in np.ndindex(self.space.shape or ()):
            yield f"{name}[{','.join(map(str, index))}]" if index else name


def leaves(space: Space, path: tuple[str | int, ...] = ()) -> list[Leaf]:
    """Return the leaves of a space in the order of ``gymnasium.spaces.flatten``.

    That is the order of the keys of a ``Dict``, which Gymnasium sorts where they are given in a plain dictionary, and
    the order of a ``Tuple``.
    """
    if isinstance(space, Dict):
        members: list[tuple[str | int, Space]] = list(space.spaces.items())
    elif isinstance(space, Tuple):
        members = list(enumerate(space.spaces))
    else:
        return [Leaf(path, space)]
    found: list[Leaf] = []
    for key, member in members:
        found += leaves(member, (*path, key))
    return found
