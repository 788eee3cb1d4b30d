"""Values that an environment's reset and step return: checked, with one line for those of older interfaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np
from gymnasium.spaces import Space

from neurosim_rl.errors import EnvironmentSetupError

INTERFACE = (
    "Return (observation, info) from reset(seed=..., options=...) and (observation, reward, terminated, truncated, "
    "info) from step(action). An environment of gym is wrapped by pip install shimmy, environment.id = "
    "'GymV26Environment-v0' (gym 0.26) or 'GymV21Environment-v0' (older), and environment.kwargs.env_id = its id."
)
"""Advice for environments that do not follow Gymnasium's interface."""


def first_observations(name: str, results: Sequence[Any]) -> list[Any]:
    """Return the observations of some resets.

    Parameters
    ----------
    name : str
        Id of the environment.
    results : sequence
        Value of each reset.

    Raises
    ------
    EnvironmentSetupError
        When a reset returns no pair of observation and info.
    """
    observations = []
    for result in results:
        # An array of observed values, or a tuple of two of them, is the result of gym's older reset.
        if not (isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], dict)):
            raise EnvironmentSetupError(
                f"{name}: reset() returned {described(result)}; expected (observation, info). It follows the "
                f"interface of gym before 0.26. {INTERFACE}"
            )
        observations.append(result[0])
    return observations


def refuse_signature(name: str, error: TypeError) -> NoReturn:
    """Raise the error for a reset that takes no seed.

    Raises
    ------
    EnvironmentSetupError
        If the error is of that kind; else the error itself.
    """
    if "'seed'" not in str(error):
        raise error
    raise EnvironmentSetupError(
        f"{name}: {error}; expected reset(seed=..., options=...). It follows the interface of gym before 0.26. "
        f"{INTERFACE}"
    ) from error


def five_values(name: str, results: Sequence[Any]) -> tuple[Any, Any, Any, Any, Any]:
    """Return observations, rewards, terminated, truncated and info of some steps, each with one item a step.

    Raises
    ------
    EnvironmentSetupError
        When a step does not return these five values.
    """
    try:
        observations, rewards, terminated, truncated, info = zip(*results, strict=True)
    except (TypeError, ValueError) as error:
        result = results[0]
        old = ""
        if isinstance(result, tuple) and len(result) == 4:
            old = " It follows the interface of gym before 0.26."
        raise EnvironmentSetupError(
            f"{name}: step() returned {described(result)}; expected five values.{old} {INTERFACE}"
        ) from error
    return observations, rewards, terminated, truncated, info


def one_each(name: str, what: str, values: Sequence[Any], dtype: type) -> np.ndarray:
    """Return one number of each step, shape (n_rows,). Arrays of size 1, such as of shape (1,), count as numbers.

    Parameters
    ----------
    name : str
        Id of the environment.
    what : str
        Meaning of the numbers, for errors.
    values : sequence
    dtype : type
        Type of the result.

    Raises
    ------
    EnvironmentSetupError
        For a value of another size or type.
    """
    array = numeric(values)
    if array is not None and array.size == len(values):
        return array.reshape(len(values)).astype(dtype)
    # Numbers and arrays of size 1 may be mixed.
    numbers: np.ndarray = np.empty(len(values), dtype)
    for row, value in enumerate(values):
        array = numeric(value)
        if array is None or array.size != 1:
            raise EnvironmentSetupError(
                f"{name}: step() returned a {what} that is {described(value)}; expected one number. Return the sum of "
                "its parts, or wrap the environment."
            )
        numbers[row] = array.reshape(())
    return numbers


def numeric(values: Any) -> np.ndarray | None:
    """Return values as an array of real numbers or truth values; None: they are none."""
    try:
        array = np.array(values)
    except (TypeError, ValueError):
        return None
    return array if array.dtype.kind in "biuf" else None


def rows_of(name: str, observations: Sequence[Any], n_observations: int) -> np.ndarray:
    """Return flattened observations, float64, shape (n_rows, n_observations).

    Raises
    ------
    EnvironmentSetupError
        When an observation does not have the size of its space, or is not numeric.
    """
    array = numeric(observations)
    if array is not None and array.size == len(observations) * n_observations:
        return array.reshape(len(observations), n_observations).astype(np.float64)
    # Shapes may be mixed, as long as each has the size of the space.
    rows = np.empty((len(observations), n_observations))
    for row, observation in enumerate(observations):
        array = numeric(observation)
        if array is None or array.size != n_observations:
            raise EnvironmentSetupError(
                f"{name} returned an observation that is {described(observation)}; expected {n_observations} numbers, "
                "as its observation space says. Correct the space, or wrap the environment."
            )
        rows[row] = array.ravel()
    return rows


def is_of_gym(space: Space) -> bool:
    """Return whether a space is one of gym, which Gymnasium does not know."""
    return any(base.__module__.partition(".")[0] == "gym" for base in type(space).__mro__)


def described(value: Any) -> str:
    """Return the kind and size of a value."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and type {value.dtype}"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)} values"
    return f"{value!r:.60} ({type(value).__name__})"
