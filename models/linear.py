"""Linear policies, without neurons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neurosim_rl.models.layers import tanh
from neurosim_rl.models.policy import Policy


@dataclass(frozen=True)
class Linear(Policy):
    """A linear policy without neurons: each output is a weighted sum of the observation, plus a bias.

    Source: Mania, Guy & Recht 2018, arXiv:1803.07055 (linear policies match networks on many tasks); Rajeswaran et al.
    2017, arXiv:1703.02660.

    Genome, Parameters
    ------------------
    As for every `Policy`: ``weights_0`` of shape (n_observations, n_outputs) and ``biases_0``.
    """

    @property
    def hidden_sizes(self) -> tuple[int, ...]:
        """No hidden layer."""
        return ()

    @property
    def activate(self) -> Callable[[np.ndarray], np.ndarray]:
        """An activation function that is never used: there is no hidden layer."""
        return tanh
