"""Observations and actions of Gymnasium's spaces: text for PyNEST scripts (see `pynest_observations`)."""

from __future__ import annotations

import math
from typing import Any

import gymnasium
import numpy as np


def variables_of(observation: Any, space: Any) -> np.ndarray:
    """Return an observation as numbers: of a choice, 1 for the value that holds and 0 for all others."""
    if isinstance(space, gymnasium.spaces.Dict):
        members = [variables_of(observation[key], member) for key, member in space.spaces.items()]
        return np.concatenate(members)
    if isinstance(space, gymnasium.spaces.Tuple):
        pairs = zip(observation, space.spaces, strict=True)
        return np.concatenate([variables_of(part, member) for part, member in pairs])
    if isinstance(space, gymnasium.spaces.Discrete):
        return np.eye(int(space.n))[int(observation) - int(space.start)]
    if isinstance(space, gymnasium.spaces.MultiDiscrete):
        values = np.ravel(observation) - space.start.ravel()
        return np.concatenate([np.eye(n)[value] for n, value in zip(space.nvec.ravel(), values, strict=True)])
    return np.asarray(observation, dtype=float).ravel()


def action_in(space: Any, columns: list[float]) -> Any:
    """Return an action of a space; it takes its choices and numbers from the front of the list."""
    if isinstance(space, gymnasium.spaces.Dict):
        return {key: action_in(member, columns) for key, member in space.spaces.items()}
    if isinstance(space, gymnasium.spaces.Tuple):
        return tuple(action_in(member, columns) for member in space.spaces)
    if isinstance(space, gymnasium.spaces.Discrete):
        return int(columns.pop(0))
    values = np.array([columns.pop(0) for _ in range(math.prod(space.shape))])
    if space.dtype.kind != "f":
        values = np.rint(values)
    return values.astype(space.dtype).reshape(space.shape)


def in_wrappers(environment: Any, wrappers: list[dict[str, Any]]) -> Any:
    """Return an environment in wrappers of Gymnasium, the first one innermost."""
    for wrapper in wrappers:
        arguments = {key: value for key, value in wrapper.items() if key != "name"}
        environment = getattr(gymnasium.wrappers, wrapper["name"])(environment, **arguments)
    return environment
