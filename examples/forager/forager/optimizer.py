"""The optimizer: samples around the mean of the best individuals, nearer to it from generation to generation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import neurosim_rl as nrl
from neurosim_rl.optimizers.base import OptimizerParameters
from neurosim_rl.optimizers.vector_optimizer import VectorOptimizer
from neurosim_rl.seeds import Purpose, generator


@nrl.register("optimizer", "forager-shrinking")
@dataclass(frozen=True)
class ShrinkingParameters(OptimizerParameters):
    """Evolution strategy (mu/mu, lambda) with steps that shrink by a fixed factor; the centre is an individual."""

    population: int = nrl.option(24, "individuals in each generation", low=2)
    parents: int = nrl.option(6, "number of best individuals; their mean is the next centre", low=1)
    sigma: float = nrl.option(0.6, "first step, in standard deviations of created genes", low=1e-6)
    factor: float = nrl.option(0.85, "factor of the step from generation to generation", low=1e-6, high=1)

    @property
    def optimizer(self) -> type[ShrinkingOptimizer]:
        """The optimizer's class."""
        return ShrinkingOptimizer


class ShrinkingOptimizer(VectorOptimizer):
    """The first generation is random; each later one surrounds the mean of the best of the one before."""

    def _first(self) -> np.ndarray:
        self._rng = generator(self.parameters.seed, Purpose.LIBRARY)
        self._sigma = self.parameters.sigma
        return super()._first()

    def _next(self, scores: np.ndarray) -> np.ndarray:
        p = self.parameters
        best = np.argsort(-scores[:, 0], kind="stable")[: p.parents]
        centre = self.genomes[best].mean(axis=0)
        noise = self._rng.standard_normal((p.population - 1, len(centre)))
        samples = centre + self._sigma * self.spread * noise
        self._sigma *= p.factor
        return np.concatenate([centre[None], samples])
