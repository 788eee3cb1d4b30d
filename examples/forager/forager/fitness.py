"""The fitness: food, and the strongest smell of an animal that found none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import neurosim_rl as nrl
from neurosim_rl.optimizees.fitness import Fitness
from neurosim_rl.records.episodes import Episodes


@nrl.register("fitness", "forager-food")
@dataclass(frozen=True)
class FoodAndSmell(Fitness):
    """The return, plus a part of a portion for the strongest smell that an antenna had.

    Animals that eat nothing differ by how near they came.
    """

    smell: float = nrl.option(0.5, "score of the strongest smell", low=0)

    def scores(self, episodes: Episodes) -> np.ndarray:
        """Return a score for each episode."""
        return episodes.returns + self.smell * episodes.observation_max[:, :2].max(axis=1)
