"""The covariance matrix adaptation evolution strategy; the only module that imports cmaes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim_rl.optimizers.base import OptimizerParameters
from neurosim_rl.optimizers.ranking import ranks
from neurosim_rl.optimizers.vector_optimizer import VectorOptimizer
from neurosim_rl.seeds import Purpose, stream
from neurosim_rl.settings.options import option

FULL_LIMIT = 200
"""Most genes for which ``auto`` adapts the full covariance: each generation costs their number cubed."""


@dataclass(frozen=True)
class CMAESParameters(OptimizerParameters):
    """Covariance matrix adaptation: a Gaussian that learns the scales and correlations of genes."""

    population: int = option(16, "individuals in each generation; Hansen's advice is 4 + 3 ln(genes)", low=4)
    sigma: float = option(1.0, "first step size, in standard deviations of created genes", low=1e-6)
    start: str = option(
        "best",
        "first mean: the best of the first generation, or the mean of created individuals",
        choices=("centre", "best"),
    )
    covariance: str = option(
        "auto",
        f"full, separable (its diagonal), or auto: full up to {FULL_LIMIT} genes",
        choices=("auto", "full", "separable"),
    )
    adapt_learning_rate: bool = option(False, "smaller updates where fitness is noisy (full covariance only)")
    restarts: bool = option(True, "start anew from a created individual when the Gaussian has converged")

    @property
    def optimizer(self) -> type[CMAESOptimizer]:
        """The class that these parameters are for."""
        return CMAESOptimizer


class CMAESOptimizer(VectorOptimizer):
    """CMA-ES of the library ``cmaes``.

    A generation is drawn from a Gaussian N(m, sigma^2 C). Its better half, weighted by rank, gives the next mean m;
    the length of the path of m gives the step size sigma; path and ranks give C (rank-one and rank-mu update).
    Sources: Hansen 2016, The CMA Evolution Strategy: A Tutorial, arXiv:1604.00772, equations 41 to 56;
    separable: Ros & Hansen 2008, PPSN X; learning rates: Nomura, Akimoto & Ono 2023, GECCO, arXiv:2304.03473.

    Genes are scaled by their spread over created individuals. A gene beyond its bounds is clipped, and the strategy
    learns from the clipped one. Only ranks of fitness count: what is not finite is worst, ties share their rank.
    The number of individuals never changes, so restarts are those of a constant population.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        words = stream(self.parameters.seed, Purpose.LIBRARY).generate_state(1)
        self._seed = int(words[0])
        self._n_starts = 0
        self._strategy: Any = None
        self._asked: list[np.ndarray] = []

    def _next(self, scores: np.ndarray) -> np.ndarray:
        if self._strategy is None:
            best = self.genomes[np.argmax(scores[:, 0])]
            self._start(best if self.parameters.start == "best" else self.created.mean(axis=0))
        else:
            ranked = zip(self._asked, -ranks(scores[:, 0]), strict=True)
            self._strategy.tell(list(ranked))
            if self.parameters.restarts and self._strategy.should_stop():
                self._start(self.created[-self._n_starts % len(self.created)])
        self._asked = [self._strategy.ask() for _ in range(self.parameters.population)]
        return np.clip(np.array(self._asked) * self.spread, self.low, self.high)

    def _start(self, mean: np.ndarray) -> None:
        from cmaes import CMA, SepCMA  # here, since it loads scipy.stats, which takes longer than all else together

        kind = self.parameters.covariance
        full = len(mean) <= FULL_LIMIT if kind == "auto" else kind == "full"
        rest = {"lr_adapt": self.parameters.adapt_learning_rate} if full else {}
        bounds = np.column_stack([self.low, self.high]) / self.spread[:, None]
        self._strategy = (CMA if full else SepCMA)(
            mean=np.clip(mean / self.spread, bounds[:, 0], bounds[:, 1]),
            sigma=self.parameters.sigma,
            bounds=bounds,
            n_max_resampling=0,  # with many genes a draw that needs no clipping hardly ever comes
            seed=(self._seed + self._n_starts) % 2**32,
            population_size=self.parameters.population,
            **rest,
        )
        self._n_starts += 1
