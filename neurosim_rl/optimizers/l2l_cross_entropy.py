"""L2L's cross-entropy method, in an isolated environment (`l2l_fence`)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from l2l.optimizers.crossentropy.optimizer import CrossEntropyOptimizer, CrossEntropyParameters

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizers.l2l_fence import BatchResult, Fenced, L2LParameters
from neurosim_rl.settings.options import option

COLDEST = 1e-300
"""Lowest temperature: L2L divides differences of fitness by the temperature."""


@dataclass(frozen=True)
class L2LCrossEntropyParameters(L2LParameters):
    """L2L's cross-entropy method: a Gaussian fitted to the elite (L2L: ``NoisyGaussian``).

    Source: Rubinstein 1999, Methodol. Comput. Appl. Probab. 1:127; L2L: Yegenoglu et al. 2022, Front. Comput. Neurosci.
    16:885207.
    """

    population: int = option(32, "individuals in each generation (L2L: pop_size)", low=4)
    rho: float = option(0.25, "share of a generation that is elite", low=0, high=1)
    smoothing: float = option(0.5, "weight of the previous mean and covariance", low=0, high=0.999)
    temp_decay: float = option(
        0.0,
        "factor of the temperature in each generation; the temperature lets individuals below the elite be kept; "
        "0 = elite only",
        low=0,
        high=1,
    )
    noise_magnitude: float = option(
        1.0, "standard deviation of the variance first added to each gene, in gene units^2", low=0
    )
    noise_decay: float = option(0.95, "factor of noise_magnitude in each generation", low=0, high=1)

    def __post_init__(self) -> None:
        """Check options against each other."""
        n_elite = int(self.rho * self.population)
        if n_elite < 2:
            raise ConfigurationError(
                f"optimizer.rho = {self.rho} of population = {self.population} makes {n_elite} elite; expected at "
                f"least 2, which a covariance needs. Set rho to at least {2 / self.population:.3g}."
            )

    @property
    def optimizer(self) -> type[L2LCrossEntropyOptimizer]:
        """The optimizer's class."""
        return L2LCrossEntropyOptimizer

    def to_l2l(self, create_individual: Any = None) -> CrossEntropyParameters:
        """Return L2L's named tuple."""
        return CrossEntropyParameters(
            pop_size=self.population,
            rho=self.rho,
            smoothing=self.smoothing,
            temp_decay=self.temp_decay,
            n_iteration=self.n_iteration,
            distribution=noisy_gaussian(self.noise_magnitude, self.noise_decay),
            stop_criterion=math.inf,
            seed=self.l2l_seed,
        )


class L2LCrossEntropyOptimizer(Fenced, CrossEntropyOptimizer):
    """L2L's algorithm in an isolated environment (:class:`~neurosim_rl.optimizers.l2l_fence.Fenced`).

    Samples come from another root of the covariance matrix than L2L's
    (:class:`~neurosim_rl.optimizers.l2l_gaussian.PortableNoisyGaussian`); all else is unchanged.

    A Gaussian is fitted to the elite of each generation. Source: Rubinstein 1999, Methodol. Comput. Appl. Probab.
    1:127; added variance: Szita & Lorincz 2006, Neural Comput. 18:2936.

    Peculiarities of L2L that remain: With a temperature, the probability to keep an individual below the elite is
    computed from the fitness of another one (the list of fitnesses is unsorted, the list of individuals is sorted). The
    first fit uses the whole first generation. With fewer elite individuals than genes, the covariance without the added
    variance has a low rank.
    """

    T: float

    def adopt(self, genomes: np.ndarray) -> None:
        """Take genomes that differ in last bits from those that were asked for, shape (n, n_genes)."""
        self.eval_pop_asarray = np.array(genomes)

    def post_process(self, traj: Any, fitnesses_results: BatchResult) -> None:
        """Take fitnesses, and sample from the fit to the elite (see L2L) unless this was the last generation."""
        self.T = max(self.T, COLDEST)
        super().post_process(traj, fitnesses_results)


def noisy_gaussian(magnitude: float, decay: float) -> Any:
    """Return L2L's ``NoisyGaussian``: it adds |N(0, magnitude)| to the variance of each gene; magnitude decays."""
    from neurosim_rl.optimizers.l2l_gaussian import PortableNoisyGaussian  # imported here: it loads scikit-learn

    return PortableNoisyGaussian(noise_magnitude=magnitude, noise_decay=decay)
