"""Pieces of PyNEST scripts for the environment: its wrappers, and its observations and actions of any space."""

from __future__ import annotations

import numpy as np
from gymnasium.spaces import Box, Discrete, Space

from neurosim_rl.environments import EnvironmentSpec
from neurosim_rl.environments.leaves import leaves
from neurosim_rl.exchange.pynest_piece import SPACES, Piece, unsupported
from neurosim_rl.settings.frozen_table import plain

EXACT = 2.0**53
"""Whole numbers up to here have an exact float64."""


def environment_piece(environment: EnvironmentSpec) -> Piece:
    """Return the piece that puts the environment into its wrappers, if it has any."""
    wrappers = [dict(plain(table)) for table in environment.options.wrappers]
    if not wrappers:
        return Piece("")
    return Piece(
        "environment = in_wrappers(environment, WRAPPERS)\n",
        functions=((SPACES, "in_wrappers"),),
        constants={"WRAPPERS": wrappers},
    )


def observing_piece(environment: EnvironmentSpec) -> Piece:
    """Return the piece that gives an observation as numbers; its lines are one expression."""
    if isinstance(environment.observed.space, Box):
        return Piece("np.asarray(observation, dtype=float).ravel()")
    return Piece(
        "variables_of(observation, environment.observation_space)",
        "A choice in an observation is a variable for each of its values, 1 for the value that holds.",
        ((SPACES, "variables_of"),),
    )


def acting_piece(environment: EnvironmentSpec) -> Piece:
    """Return the piece that gives an action in the form that the environment takes; its lines are one expression.

    Raises
    ------
    ExchangeError
        For whole numbers that a decoder's float64 cannot tell apart.
    """
    space = environment.own_action_space
    _check_exact(space)
    if isinstance(space, Discrete):
        return Piece("int(action)")
    if isinstance(space, Box) and space.dtype.kind == "f":
        return Piece("action.astype(space.dtype).reshape(space.shape)")
    return Piece("action_in(space, np.ravel(action).tolist())", functions=((SPACES, "action_in"),))


def _check_exact(space: Space) -> None:
    for leaf in leaves(space):
        box = leaf.space
        if isinstance(box, Box) and box.dtype.kind != "f":
            largest = np.abs(np.concatenate([box.low.ravel(), box.high.ravel()]).astype(np.float64)).max()
            if largest > EXACT:
                raise unsupported(f"the action space {space}", "its whole numbers have no exact float64")
