"""The task: all parts together, with default settings, and a rule of thumb to compare with."""

from __future__ import annotations

import numpy as np

import neurosim_rl as nrl
from forager.environment import ID
from neurosim_rl.optimizees import ClosedLoop


@nrl.register("task", "forager")
class Foraging(ClosedLoop):
    """Find food by smell.

    Observation, Action, Reward, Episode end
    ----------------------------------------
    See the environment, `forager.environment.Forager`.

    Fitness
    -------
    Mean of return and strongest smell over two starts, new in each generation.
    """

    observation_labels = ("smell, left antenna", "smell, right antenna", "energy")
    action_labels = ("turn",)
    rule_label = "turn to the stronger smell"
    solved_return = 8.0

    defaults = {
        "task": "forager",
        "generations": 12,
        "episodes": 2,
        "validation_episodes": 10,
        "window_ms": 20.0,
        "resolution_ms": 0.25,
        "environment": {"id": ID},
        "model": {"name": "pynest", "build": "forager.network:build"},
        "encoder": {"name": "forager-latency"},
        "decoder": {"name": "forager-race"},
        "fitness": {"name": "forager-food"},
        "optimizer": {"name": "forager-shrinking"},
    }

    def rule(self, observations: np.ndarray) -> np.ndarray:
        """Return a full turn to the side of the stronger smell."""
        return np.sign(observations[:, :1] - observations[:, 1:2])
