"""Agreement of a response map with an episode: whether the action under the path is the action taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from neurosim_rl.records.response_map import ResponseMap

LEAST_AGREEMENT = 0.9
"""Least share of steps in which the map gives the action taken; below it, a path over the map would mislead."""


def actions_under(response_map: ResponseMap, observations: np.ndarray) -> np.ndarray:
    """Return the action of the map's cell under each observation, shape (n_steps, n_dimensions).

    Observations beyond the map belong to the cell at its edge.

    Parameters
    ----------
    response_map : ResponseMap
    observations : array, shape (n_steps, n_observations)
    """
    x_axis, y_axis = response_map.axes
    column = _nearest(response_map.x, observations[:, x_axis])
    row = _nearest(response_map.y, observations[:, y_axis])
    return response_map.actions[row, column]


def agreement(response_map: ResponseMap, observations: np.ndarray, taken: np.ndarray, *, discrete: bool) -> np.ndarray:
    """Return the share of steps in which the map gives the action taken, for each dimension, shape (n_dimensions,).

    Discrete actions agree when they are equal, continuous ones when they have the same sign. A map is made from rest
    with all other variables fixed; a network that remembers, or reads these variables, need not follow it.

    Parameters
    ----------
    response_map : ResponseMap
    observations : array, shape (n_steps, n_observations) or (n_steps + 1, n_observations)
        Observations of an episode; the last one, after which no action was taken, does not count.
    taken : array, shape (n_steps, n_dimensions)
        Actions of the episode, at least one step.
    discrete : bool
        Whether actions are discrete.
    """
    expected = actions_under(response_map, observations[: len(taken)])
    if discrete:
        return (expected == taken).mean(axis=0)
    return (np.sign(expected) == np.sign(taken)).mean(axis=0)


def _nearest(centres: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the index of the nearest of equally spaced centres."""
    step = centres[1] - centres[0]
    return np.clip(np.round((values - centres[0]) / step), 0, len(centres) - 1).astype(np.int64)
