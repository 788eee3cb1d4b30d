"""Answers of networks in other libraries' files: actions, or numbers for each choice, and perhaps values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from gymnasium.spaces import Discrete, Space

from neurosim_rl.gradient.teacher import Advice


def advice_of(outputs: Sequence[np.ndarray], space: Space, n_rows: int) -> Advice:
    """Return the outputs of a network as advice.

    Parameters
    ----------
    outputs : sequence of array
        The first are actions; of a ``Discrete`` space also unnormalised log-probabilities, a column for each choice. A
        second one with one number in each row is the value.
    space : gymnasium.spaces.Space
    n_rows : int
        Number of observations.
    """
    actions = np.asarray(outputs[0])
    values = None
    if len(outputs) > 1 and np.asarray(outputs[1]).size == n_rows:
        values = np.asarray(outputs[1], dtype=np.float64).reshape(n_rows)
    is_score = actions.ndim == 2 and actions.shape[1] > 1 and actions.dtype.kind == "f"
    if isinstance(space, Discrete) and is_score:
        return Advice(actions.argmax(axis=1) + int(space.start), softmax(actions), values)
    if isinstance(space, Discrete):
        return Advice(actions.reshape(-1), values=values)
    return Advice(actions.astype(np.float64), values=values)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return probabilities of unnormalised log-probabilities, along the last axis."""
    powers = np.exp(scores.astype(np.float64) - scores.max(axis=-1, keepdims=True))
    probabilities: np.ndarray = powers / powers.sum(axis=-1, keepdims=True)
    return probabilities
