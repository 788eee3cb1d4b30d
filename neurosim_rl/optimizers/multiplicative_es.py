"""Evolution strategies whose steps are multiples of each gene: no gene changes its sign."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurosim_rl.optimizers.base import OptimizerParameters
from neurosim_rl.optimizers.ranking import finite_scores
from neurosim_rl.optimizers.vector_optimizer import VectorOptimizer
from neurosim_rl.seeds import Purpose, generator
from neurosim_rl.settings.options import option

EPSILON = 1e-8
"""Guard against division by zero where all fitnesses are equal (Hasegan et al. 2022)."""


@dataclass(frozen=True)
class MultiplicativeESParameters(OptimizerParameters):
    """Evolution strategies of Hasegan et al. 2022: relative steps, standardized fitness, no sign changes."""

    population: int = option(10, "individuals in each generation", low=3)
    centre: bool = option(False, "whether the first of them is the centre: it tells the search nothing, but is offered")
    sigma: float = option(0.1, "deviation of samples from the centre, in multiples of each gene", low=1e-6)
    learning_rate: float = option(1.0, "multiplies the step of the centre", low=0)
    decay: float = option(1.0, "the learning rate is multiplied by this after each generation", low=1e-6, high=1)
    smallest: float = option(-0.8, "relative perturbations are cut below this", low=-1, high=0)

    @property
    def optimizer(self) -> type[MultiplicativeESOptimizer]:
        """The class that these parameters are for."""
        return MultiplicativeESOptimizer


class MultiplicativeESOptimizer(VectorOptimizer):
    """A centre that moves by the fitness-weighted mean of its relative perturbations.

    With centre w, samples w (1 + e_i), e_i ~ N(0, sigma^2) cut below ``smallest``, and fitnesses f_i, one generation is
    w <- w (1 + learning_rate mean_i(z_i e_i)) with z = (f - mean(f)) / (std(f) + 1e-8). Source: Hasegan et al. 2022,
    Front. Comput. Neurosci. 16:1017284 (EVOL; ``train_es.py``); after Salimans et al. 2017, arXiv:1703.03864. Theirs
    has no ``decay``; with it, large first steps end in small ones.

    The centre starts at the first created individual, and the first generation samples around it. Where a sample or the
    centre would leave the bounds it is moved into them. The centre comes first, so that it is preferred where
    the best tie. A gene of 0 stays 0. Fitness that is not finite counts as
    the worst finite one; if all are equal, the centre stays.
    """

    def _first(self) -> np.ndarray:
        self._rng = generator(self.parameters.seed, Purpose.LIBRARY)
        self._centre = self.created[0]
        return self._samples()

    def _next(self, scores: np.ndarray) -> np.ndarray:
        fitness = finite_scores(scores[-len(self._noise) :, 0])
        with np.errstate(over="ignore"):  # an infinite deviation leaves the centre where it is
            standardized = (fitness - fitness.mean()) / (fitness.std() + EPSILON)
        step = standardized @ self._noise / len(fitness)
        rate = self.parameters.learning_rate * self.parameters.decay**self.g
        self._centre = np.clip(self._centre * (1.0 + rate * step), self.low, self.high)
        return self._samples()

    def _samples(self) -> np.ndarray:
        """Return new samples around the centre, and the centre if it is wanted."""
        p = self.parameters
        shape = p.population - int(p.centre), len(self._centre)
        self._noise = np.maximum(p.sigma * self._rng.standard_normal(shape), p.smallest)
        samples = self._centre * (1.0 + self._noise)
        return np.concatenate([self._centre[None], samples]) if p.centre else samples
