"""Evolution strategies with steps in proportion to each gene: genes keep their sign."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurosim_rl.optimizers.algebra import product
from neurosim_rl.optimizers.base import OptimizerParameters
from neurosim_rl.optimizers.ranking import finite_scores
from neurosim_rl.optimizers.vector_optimizer import VectorOptimizer
from neurosim_rl.seeds import Purpose, generator
from neurosim_rl.settings.options import option

EPSILON = 1e-8
"""Guard against division by zero if all fitnesses are equal (Hasegan et al. 2022)."""


@dataclass(frozen=True)
class MultiplicativeESParameters(OptimizerParameters):
    """Evolution strategies of Hasegan et al. 2022: relative steps, standardised fitness, no sign changes."""

    population: int = option(10, "individuals in each generation", low=3)
    centre: bool = option(
        False, "whether the first individual is the centre: a candidate for champion, without effect on the search"
    )
    sigma: float = option(0.1, "standard deviation of relative perturbations of each gene", low=1e-6)
    learning_rate: float = option(1.0, "factor of the step of the centre", low=0)
    decay: float = option(1.0, "factor of the learning rate from generation to generation", low=1e-6, high=1)
    smallest: float = option(-0.8, "lowest relative perturbation; lower ones are clipped", low=-1, high=0)

    @property
    def optimizer(self) -> type[MultiplicativeESOptimizer]:
        """The optimizer's class."""
        return MultiplicativeESOptimizer


class MultiplicativeESOptimizer(VectorOptimizer):
    """A centre that moves by the fitness-weighted mean of its relative perturbations.

    With centre w, samples w (1 + e_i), e_i ~ N(0, sigma^2) clipped at ``smallest``, and fitnesses f_i, one generation
    is w <- w (1 + learning_rate mean_i(z_i e_i)) with z = (f - mean(f)) / (std(f) + 1e-8). Source: Hasegan et al. 2022,
    Front. Comput. Neurosci. 16:1017284 (EVOL; ``train_es.py``); after Salimans et al. 2017, arXiv:1703.03864.
    ``decay`` is an addition: it allows large steps at first and small steps later.

    The centre starts at the first created individual, and the first generation samples around it. Samples and the
    centre are clipped to the bounds. The centre comes first, so it wins a tie for the best fitness. A gene of 0 stays
    0. Fitness that is not finite counts as the worst finite one. If all fitnesses are equal, the centre stays.
    """

    def _first(self) -> np.ndarray:
        self._rng = generator(self.parameters.seed, Purpose.LIBRARY)
        self._centre, self._rate = self.created[0], self.parameters.learning_rate
        return self._samples()

    def _next(self, scores: np.ndarray) -> np.ndarray:
        fitness = finite_scores(scores[-len(self._noise) :, 0])
        with np.errstate(over="ignore"):  # an infinite standard deviation makes all z 0: the centre stays
            standardized = (fitness - fitness.mean()) / (fitness.std() + EPSILON)
        step = product(standardized, self._noise) / len(fitness)
        self._centre = np.clip(self._centre * (1.0 + self._rate * step), self.low, self.high)
        self._rate *= self.parameters.decay
        return self._samples()

    def _samples(self) -> np.ndarray:
        """Return new samples around the centre; with the option ``centre``, the centre comes first."""
        p = self.parameters
        shape = p.population - int(p.centre), len(self._centre)
        self._noise = np.maximum(p.sigma * self._rng.standard_normal(shape), p.smallest)
        samples = self._centre * (1.0 + self._noise)
        if p.centre:
            return np.concatenate([self._centre[None], samples])
        return samples
