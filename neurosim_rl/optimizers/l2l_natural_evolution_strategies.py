"""L2L's natural evolution strategies, in an isolated environment (`l2l_fence`)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from l2l import dict_to_list
from l2l.optimizers.naturalevolutionstrategies.optimizer import (
    NaturalEvolutionStrategiesOptimizer,
    NaturalEvolutionStrategiesParameters,
)

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizers.l2l_fence import Fenced, Individual, L2LParameters
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class L2LNaturalEvolutionStrategiesParameters(L2LParameters):
    """L2L's natural evolution strategies: a Gaussian with one standard deviation for each gene.

    Source: Wierstra et al. 2014, JMLR 15:949; L2L: Yegenoglu et al. 2022, Front. Comput. Neurosci. 16:885207.
    """

    population: int = option(
        32, "individuals in each generation; even with mirrored sampling (L2L: pop_size, pairs)", low=4
    )
    learning_rate_mu: float = option(1.0, "learning rate of the mean", low=0)
    learning_rate_sigma: float = option(
        0.0, "learning rate of standard deviations; 0 = (3 + ln d) / (5 sqrt d) for d genes", low=0
    )
    sigma: float = option(1.5, "first standard deviation of each gene, in gene units", low=1e-6)
    mirrored_sampling_enabled: bool = option(True, "whether samples are pairs s and -s")
    fitness_shaping_enabled: bool = option(True, "whether a utility of its rank replaces the fitness")

    def __post_init__(self) -> None:
        """Check options against each other."""
        if self.mirrored_sampling_enabled and self.population % 2:
            raise ConfigurationError(
                f"optimizer.population = {self.population}: expected an even number (pairs). "
                f"Set {self.population + 1}, or mirrored_sampling_enabled = false."
            )

    @property
    def optimizer(self) -> type[L2LNaturalEvolutionStrategiesOptimizer]:
        """The optimizer's class."""
        return L2LNaturalEvolutionStrategiesOptimizer

    def to_l2l(self, create_individual: Callable[[], Individual]) -> NaturalEvolutionStrategiesParameters:
        """Return L2L's named tuple; the first mean is one created individual."""
        mu = dict_to_list(create_individual())
        return NaturalEvolutionStrategiesParameters(
            learning_rate_mu=self.learning_rate_mu,
            learning_rate_sigma=self.learning_rate_sigma or None,
            mu=mu,
            sigma=np.full(len(mu), self.sigma),
            mirrored_sampling_enabled=self.mirrored_sampling_enabled,
            fitness_shaping_enabled=self.fitness_shaping_enabled,
            pop_size=self.population // (2 if self.mirrored_sampling_enabled else 1),
            n_iteration=self.n_iteration,
            stop_criterion=math.inf,
            seed=self.l2l_seed,
        )


class L2LNaturalEvolutionStrategiesOptimizer(Fenced, NaturalEvolutionStrategiesOptimizer):
    """L2L's algorithm, unchanged, in an isolated environment (:class:`~neurosim_rl.optimizers.l2l_fence.Fenced`).

    A Gaussian with one standard deviation for each gene follows the natural gradient (separable NES).
    Source: Wierstra et al. 2014, JMLR 15:949.

    Peculiarities of L2L that remain: The last individual of each generation is evaluated, but its fitness is ignored:
    L2L takes it for the centre, which is not in the generation. So with mirrored sampling, one pair is incomplete. The
    mean may leave the bounds; individuals do not. Without fitness shaping, the size of a penalty matters.
    """
