"""Observed variables: observations of any space as rows of numbers, with bounds and names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete, MultiBinary, MultiDiscrete, Space

from neurosim_rl.environments.leaves import Leaf, leaves
from neurosim_rl.environments.returned_values import described, numeric, rows_of
from neurosim_rl.environments.spaces import bounds_of
from neurosim_rl.errors import EnvironmentSetupError

LARGE_AXIS = 16
"""Whole numbers of a byte with two axes of at least this length are a picture."""
MANY = 4096
"""More numbers than this, of any type, with two axes of `LARGE_AXIS` are a picture, too."""


@dataclass(frozen=True)
class Observed:
    """The observed variables of a space.

    Each leaf is encoded as its kind, and all follow each other as in ``gymnasium.spaces.flatten``:

    * ``Box``: its numbers, the last axis fastest;
    * ``Discrete``: one variable for each value, 1 for the value that holds and 0 for all others;
    * ``MultiDiscrete``: the same for each of its components;
    * ``MultiBinary``: its bits, 0 or 1.

    Parameters
    ----------
    name : str
        Id of the environment, for errors.
    space : gymnasium.spaces.Space

    Raises
    ------
    EnvironmentSetupError
        For pictures, and for spaces without a fixed number of values or without any; names the wrappers that help.
    """

    name: str
    space: Space

    def __post_init__(self) -> None:
        """Refuse what has no fixed number of variables or none at all, and pictures."""
        members = leaves(self.space)
        for leaf in members:
            _check(self.name, leaf)
        if not sum(_n_variables(leaf.space) for leaf in members):
            raise EnvironmentSetupError(
                f"{self.name}: the observation space {self.space} has no numbers; expected at least one. Wrap the "
                "environment, so that it observes something (environment.wrappers)."
            )

    def bounds(self, what: str, configured: tuple) -> np.ndarray:
        """Return the bounds of all variables, shape (n_observations,), infinite where a bound means none.

        Parameters
        ----------
        what : str
            ``observation_low`` or ``observation_high``.
        configured : tuple
            Bounds that replace those of the space; empty: none.
        """
        low = what.endswith("low")
        own: list[np.ndarray] = []
        for leaf in leaves(self.space):
            if isinstance(leaf.space, Box):
                own.append(bounds_of(what, leaf.space.low if low else leaf.space.high, ()))
            else:
                own.append(np.full(_n_variables(leaf.space), 0.0 if low else 1.0))
        return bounds_of(what, np.concatenate([np.zeros(0), *own]), configured)

    @property
    def labels(self) -> tuple[str, ...]:
        """Name of each variable, such as ``angle[0]`` or ``cue = 2``; empty for a ``Box`` alone, which has numbers."""
        if isinstance(self.space, Box):
            return ()
        found: list[str] = []
        for leaf in leaves(self.space):
            found += _labels(leaf)
        return tuple(found)

    @property
    def n_at_once(self) -> int:
        """Number of variables that can differ from 0 at once: of those of one choice, only one does."""
        n = 0
        for leaf in leaves(self.space):
            n += 1 if isinstance(leaf.space, Discrete) else int(np.prod(leaf.space.shape or ()))
        return n

    @property
    def is_choice(self) -> bool:
        """Whether all variables are 0 or 1."""
        return not any(isinstance(leaf.space, Box) for leaf in leaves(self.space))

    def rows(self, observations: Sequence[Any], n_observations: int) -> np.ndarray:
        """Return observations as numbers, float64, shape (n_rows, n_observations).

        Raises
        ------
        EnvironmentSetupError
            When an observation does not lie in the space.
        """
        if isinstance(self.space, Box):
            return rows_of(self.name, observations, n_observations)
        rows = np.zeros((len(observations), n_observations))
        first = 0
        for leaf in leaves(self.space):
            n = _n_variables(leaf.space)
            write = _writer(leaf.space)
            assert write is not None  # or the space would have been refused
            for row, observation in zip(rows, observations, strict=True):
                write(self.name, leaf, self._value(leaf, observation), row[first : first + n])
            first += n
        return rows

    def _value(self, leaf: Leaf, observation: Any) -> Any:
        try:
            return leaf.value(observation)
        except (LookupError, TypeError) as error:
            raise EnvironmentSetupError(
                f"{self.name} returned an observation that is {described(observation)}; expected one with "
                f"{leaf.name('observation')!r}, as its observation space says. Correct the space, or wrap the "
                "environment."
            ) from error


def _write_box(name: str, leaf: Leaf, value: Any, row: np.ndarray) -> None:
    array = numeric(value)
    if array is None or array.size != row.size:
        raise _not_in(name, leaf, value, f"{row.size} numbers")
    row[:] = array.ravel()


def _write_bits(name: str, leaf: Leaf, value: Any, row: np.ndarray) -> None:
    _write_box(name, leaf, value, row)
    if not np.isin(row, (0.0, 1.0)).all():
        raise _not_in(name, leaf, value, "bits 0 and 1")


def _write_choice(name: str, leaf: Leaf, value: Any, row: np.ndarray) -> None:
    assert isinstance(leaf.space, Discrete)
    _choose(name, leaf, value, [int(leaf.space.start)], [int(leaf.space.n)], row)


def _write_choices(name: str, leaf: Leaf, value: Any, row: np.ndarray) -> None:
    assert isinstance(leaf.space, MultiDiscrete)
    _choose(name, leaf, value, leaf.space.start.ravel().tolist(), leaf.space.nvec.ravel().tolist(), row)


def _choose(name: str, leaf: Leaf, value: Any, starts: list[int], sizes: list[int], row: np.ndarray) -> None:
    """Write 1 at the value of each choice; `starts` and `sizes` are their first values and numbers of values."""
    array = numeric(value)
    if array is None or array.size != len(sizes):
        raise _not_in(name, leaf, value, "one whole number" if len(sizes) == 1 else f"{len(sizes)} whole numbers")
    first = 0
    for number, start, n in zip(array.ravel().tolist(), starts, sizes, strict=True):
        # Without this check, -1 would be the last value.
        if number != int(number) or not 0 <= number - start < n:
            raise _not_in(name, leaf, value, f"whole numbers from {start} to {start + n - 1}")
        row[first + int(number) - start] = 1.0
        first += n


Write = Callable[[str, Leaf, Any, np.ndarray], None]
WRITERS: dict[type[Space], Write] = {
    Box: _write_box,
    Discrete: _write_choice,
    MultiBinary: _write_bits,
    MultiDiscrete: _write_choices,
}
"""Functions that write a leaf's value into its part of a row of zeros, by kind of space."""


def _writer(space: Space) -> Write | None:
    """Return the function for a space or one derived from it, such as NeuroGym's; None: there is none."""
    for kind, write in WRITERS.items():
        if isinstance(space, kind):
            return write
    return None


def _not_in(name: str, leaf: Leaf, value: Any, expected: str) -> EnvironmentSetupError:
    return EnvironmentSetupError(
        f"{name} returned {leaf.name('observation')} = {described(value)}; expected {expected}, as its observation "
        "space says. Correct the space, or wrap the environment."
    )


def _n_variables(space: Space) -> int:
    if isinstance(space, Discrete):
        return int(space.n)
    if isinstance(space, MultiDiscrete):
        return int(space.nvec.sum())
    return int(np.prod(space.shape or ()))


def _labels(leaf: Leaf) -> list[str]:
    space, names = leaf.space, list(leaf.indexed("observation"))
    if isinstance(space, Discrete):
        starts, sizes = [int(space.start)], [int(space.n)]
    elif isinstance(space, MultiDiscrete):
        starts, sizes = space.start.ravel().tolist(), space.nvec.ravel().tolist()
    else:
        return names
    return [f"{name} = {start + k}" for name, start, n in zip(names, starts, sizes, strict=True) for k in range(n)]


def _check(name: str, leaf: Leaf) -> None:
    space, where = leaf.space, leaf.name("observation")
    if _writer(space) is None:
        advice = "Wrap the environment, so that it observes numbers"
        if leaf.path:
            keys = f'environment.wrappers = [{{ name = "FilterObservation", filter_keys = ["{leaf.path[0]}", ...] }}]'
            advice = f"Keep the other parts alone: {keys} with their keys in place of this one"
        raise EnvironmentSetupError(
            f"{name}: {where} is of type {type(space).__name__}, which has no fixed number of values; expected Box, "
            f"Discrete, MultiDiscrete, MultiBinary, or a Dict or Tuple of these. {advice}."
        )
    large = [length for length in space.shape or () if length >= LARGE_AXIS]
    is_byte = space.dtype == np.uint8
    if isinstance(space, Box) and len(large) > 1 and (is_byte or _n_variables(space) > MANY):
        grey = '"GrayscaleObservation", ' if is_byte else ""  # which takes bytes only
        raise EnvironmentSetupError(
            f"{name}: {where} is a picture of shape {space.shape}; expected a few numbers. A picture needs wrappers "
            f'that make it small: environment.wrappers = [{grey}{{ name = "ResizeObservation", shape = [12, 12] }}].'
        )
