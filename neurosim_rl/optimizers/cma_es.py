"""The covariance matrix adaptation evolution strategy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim_rl.optimizers.base import OptimizerParameters
from neurosim_rl.optimizers.ranking import ranks
from neurosim_rl.optimizers.vector_optimizer import VectorOptimizer
from neurosim_rl.seeds import Purpose, stream
from neurosim_rl.settings.options import option

LEAST_SAMPLES = 4
"""Fewest samples from which the strategy can learn."""
FULL_LIMIT = 200
"""Largest number of genes for which ``auto`` adapts the full covariance: a generation costs this number cubed."""


@dataclass(frozen=True)
class CMAESParameters(OptimizerParameters):
    """Covariance matrix adaptation: a Gaussian that adapts to the scales and correlations of genes.

    Source: Hansen & Ostermeier 2001, Evol. Comput. 9:159; equations of Hansen 2016, arXiv:1604.00772.
    """

    population: int = option(16, "individuals in each generation; Hansen recommends 4 + 3 ln(genes)", low=LEAST_SAMPLES)
    sigma: float = option(1.0, "first step size, in standard deviations of created genes", low=1e-6)
    start: str = option(
        "best",
        "first mean: best = best individual of the first generation; centre = mean of created individuals",
        choices=("centre", "best"),
    )
    covariance: str = option(
        "auto",
        f"covariance matrix: full, separable (diagonal only), or auto = full up to {FULL_LIMIT} genes",
        choices=("auto", "full", "separable"),
    )
    adapt_learning_rate: bool = option(False, "smaller updates if fitness is noisy (only with full covariance)")
    restarts: bool = option(True, "restart from a created individual after the Gaussian has converged")
    offer_mean: bool = option(
        False,
        "from five individuals on: the last is the mean, and is validated in place of the fittest (for noisy fitness)",
    )

    @property
    def n_samples(self) -> int:
        """Individuals of a generation that are drawn; the one that is left, if any, is the mean."""
        return self.population - (self.offer_mean and self.population > LEAST_SAMPLES)

    @property
    def optimizer(self) -> type[CMAESOptimizer]:
        """The optimizer's class."""
        return CMAESOptimizer


class CMAESOptimizer(VectorOptimizer):
    """CMA-ES of the library ``cmaes``.

    A generation is drawn from a Gaussian N(m, sigma^2 C). The better half, weighted by rank, gives the next mean m. The
    length of the path of m gives the step size sigma. The path and the ranks give C (rank-one and rank-mu update).
    Sources: Hansen 2016, The CMA Evolution Strategy: A Tutorial, arXiv:1604.00772, equations 41 to 56;
    separable: Ros & Hansen 2008, PPSN X; learning rates: Nomura, Akimoto & Ono 2023, GECCO, arXiv:2304.03473.

    Genes are scaled by their spread over created individuals. A gene beyond its bounds is clipped, and the strategy
    gets the clipped gene. Only ranks of fitness count: fitness that is not finite is worst, and ties share their mean
    rank. The population has the same size after a restart. Linear algebra is that of this package
    (`neurosim_rl.optimizers.cma_strategy`).

    If fitness is noisy, the fittest individual is above all a lucky one, and the mean is better than most samples.
    With ``offer_mean`` the last individual of each generation but the first is the mean, and it is the candidate for
    champion. Its fitness has no effect on the search.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        words = stream(self.parameters.seed, Purpose.LIBRARY).generate_state(1)
        self._seed = int(words[0])
        self._n_starts = 0
        self._strategy: Any = None
        self._asked: list[np.ndarray] = []

    @property
    def candidate(self) -> int | None:
        """The individual that is the mean; None: none is."""
        n_samples = self.parameters.n_samples
        return n_samples if n_samples < len(self.genomes) and self._strategy is not None else None

    def adopt(self, genomes: np.ndarray) -> None:
        """Take genomes that differ in last bits from those that were asked for, and give the strategy these."""
        super().adopt(genomes)
        if self._strategy is not None:
            self._asked = list(self.genomes[: self.parameters.n_samples] / self.spread)

    def _next(self, scores: np.ndarray) -> np.ndarray:
        # Imported here because cmaes loads scipy.stats, which takes longer than the rest of the package.
        from neurosim_rl.optimizers.cma_strategy import portable_cmaes

        with portable_cmaes():
            return self._generation(scores)

    def _generation(self, scores: np.ndarray) -> np.ndarray:
        if self._strategy is None:
            best = self.genomes[np.argmax(scores[:, 0])]
            self._start(best if self.parameters.start == "best" else self.created.mean(axis=0))
        else:
            ranked = zip(self._asked, -ranks(scores[: self.parameters.n_samples, 0]), strict=True)
            self._strategy.tell(list(ranked))
            if self.parameters.restarts and self._strategy.should_stop():
                self._start(self.created[-self._n_starts % len(self.created)])
        self._asked = [self._strategy.ask() for _ in range(self.parameters.n_samples)]
        # The mean is left out where all individuals are samples.
        offered = [*self._asked, self._strategy.mean][: self.parameters.population]
        return np.clip(np.array(offered) * self.spread, self.low, self.high)

    def _start(self, mean: np.ndarray) -> None:
        from neurosim_rl.optimizers.cma_strategy import strategy

        kind = self.parameters.covariance
        full = kind == "full" or (kind == "auto" and len(mean) <= FULL_LIMIT)
        rest = {"lr_adapt": self.parameters.adapt_learning_rate} if full else {}
        bounds = np.column_stack([self.low, self.high]) / self.spread[:, None]
        self._strategy = strategy(
            full,
            mean=np.clip(mean / self.spread, bounds[:, 0], bounds[:, 1]),
            sigma=self.parameters.sigma,
            bounds=bounds,
            n_max_resampling=0,  # with many genes, hardly any draw lies within all bounds
            seed=(self._seed + self._n_starts) % 2**32,
            population_size=self.parameters.n_samples,
            **rest,
        )
        self._n_starts += 1
