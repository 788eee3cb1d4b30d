"""Evolution strategies by stochastic gradients: antithetic samples, centred ranks, Adam."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim_rl.optimizers.algebra import product
from neurosim_rl.optimizers.base import OptimizerParameters
from neurosim_rl.optimizers.ranking import centred_ranks
from neurosim_rl.optimizers.vector_optimizer import VectorOptimizer
from neurosim_rl.seeds import Purpose, generator
from neurosim_rl.settings.options import option

EPSILON = 1e-8
"""Adam's guard against division by zero (Kingma & Ba 2015, algorithm 1)."""


@dataclass(frozen=True)
class OpenAIESParameters(OptimizerParameters):
    """Evolution strategies of Salimans et al. 2017: antithetic samples, centred ranks, Adam."""

    population: int = option(33, "individuals in each generation: pairs, plus the centre if the number is odd", low=2)
    sigma: float = option(
        0.3, "standard deviation of samples around the centre, in standard deviations of created genes", low=1e-6
    )
    learning_rate: float = option(0.25, "step size of Adam, in standard deviations of created genes", low=0)
    beta_1: float = option(0.9, "decay of Adam's mean gradient", low=0, high=0.9999)
    beta_2: float = option(0.999, "decay of Adam's mean squared gradient", low=0, high=0.999999)
    weight_decay: float = option(0.005, "weight decay: this times the genes is subtracted from the gradient", low=0)

    @property
    def optimizer(self) -> type[OpenAIESOptimizer]:
        """The optimizer's class."""
        return OpenAIESOptimizer


class OpenAIESOptimizer(VectorOptimizer):
    """Gradient ascent on the fitness of a Gaussian around one centre.

    With x genes in units of their spread, n pairs of samples x + sigma e_i and x - sigma e_i, and their centred ranks
    u_i+ and u_i-, the gradient is g = sum_i (u_i+ - u_i-) e_i / (2 n sigma), and x moves by Adam along
    g - weight_decay x. Sources: Salimans, Ho, Chen, Sidor & Sutskever 2017, arXiv:1703.03864, algorithm 1 and
    section 2.1; Adam: Kingma & Ba 2015, arXiv:1412.6980, algorithm 1.

    The centre starts at the best individual of the first generation: around an average genome, spiking networks are
    often silent, so their fitness is flat. Samples are clipped to the bounds, but their e_i are not. The centre stays
    within the bounds. Its own fitness has no effect on the search; it makes the centre a candidate for champion. Only
    ranks of fitness count: fitness that is not finite is worst, and a pair with equal fitness contributes nothing.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._rng = generator(self.parameters.seed, Purpose.LIBRARY)
        self._n_pairs = self.parameters.population // 2
        self._decay_1 = self._decay_2 = 1.0
        self._centre = self.created[0]
        self._mean, self._square = np.zeros_like(self.spread), np.zeros_like(self.spread)

    def _next(self, scores: np.ndarray) -> np.ndarray:
        if self.g == 0:
            self._centre = self.genomes[np.argmax(scores[:, 0])] / self.spread
        else:
            self._climb(centred_ranks(scores[: 2 * self._n_pairs, 0]))
        self._noise = self._rng.standard_normal((self._n_pairs, len(self.spread)))
        steps = self.parameters.sigma * self._noise
        samples = np.concatenate([self._centre + steps, self._centre - steps])
        if self.parameters.population % 2:
            samples = np.concatenate([samples, self._centre[None]])
        return np.clip(samples * self.spread, self.low, self.high)

    def _climb(self, utility: np.ndarray) -> None:
        """Move the centre by one step of Adam."""
        p, n = self.parameters, self._n_pairs
        ascent = product(utility[:n] - utility[n:], self._noise) / (2 * n * p.sigma)
        gradient = ascent - p.weight_decay * self._centre
        # Powers of the decays as products: the last bit of a power depends on the processor.
        self._decay_1, self._decay_2 = self._decay_1 * p.beta_1, self._decay_2 * p.beta_2
        self._mean = p.beta_1 * self._mean + (1 - p.beta_1) * gradient
        self._square = p.beta_2 * self._square + (1 - p.beta_2) * gradient**2
        mean = self._mean / (1 - self._decay_1)
        square = self._square / (1 - self._decay_2)
        moved = self._centre + p.learning_rate * mean / (np.sqrt(square) + EPSILON)
        self._centre = np.clip(moved, self.low / self.spread, self.high / self.spread)
