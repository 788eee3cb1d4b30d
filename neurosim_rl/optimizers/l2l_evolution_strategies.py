"""L2L's evolution strategies, in an isolated environment (`l2l_fence`)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from l2l.optimizers.evolutionstrategies.optimizer import EvolutionStrategiesOptimizer, EvolutionStrategiesParameters

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizers.l2l_fence import Fenced, L2LParameters
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class L2LEvolutionStrategiesParameters(L2LParameters):
    """L2L's evolution strategies: gradient ascent by samples around one centre.

    Source: Salimans et al. 2017, arXiv:1703.03864; L2L: Yegenoglu et al. 2022, Front. Comput. Neurosci. 16:885207.
    """

    population: int = option(
        33, "individuals in each generation with the centre; odd with mirrored sampling (L2L: pop_size, pairs)", low=3
    )
    learning_rate: float = option(
        30.0, "factor of the gradient; L2L divides the gradient by the number of samples", low=0
    )
    noise_std: float = option(1.0, "standard deviation of samples around the centre, in gene units", low=1e-6)
    mirrored_sampling_enabled: bool = option(True, "whether samples are pairs e and -e")
    fitness_shaping_enabled: bool = option(True, "whether a utility of its rank replaces the fitness")

    def __post_init__(self) -> None:
        """Check options against each other."""
        if self.mirrored_sampling_enabled and self.population % 2 == 0:
            raise ConfigurationError(
                f"optimizer.population = {self.population}: expected an odd number (pairs and the centre). "
                f"Set {self.population + 1}, or mirrored_sampling_enabled = false."
            )

    @property
    def optimizer(self) -> type[L2LEvolutionStrategiesOptimizer]:
        """The optimizer's class."""
        return L2LEvolutionStrategiesOptimizer

    def to_l2l(self, create_individual: Any = None) -> EvolutionStrategiesParameters:
        """Return L2L's named tuple."""
        return EvolutionStrategiesParameters(
            learning_rate=self.learning_rate,
            noise_std=self.noise_std,
            mirrored_sampling_enabled=self.mirrored_sampling_enabled,
            fitness_shaping_enabled=self.fitness_shaping_enabled,
            pop_size=(self.population - 1) // (2 if self.mirrored_sampling_enabled else 1),
            n_iteration=self.n_iteration,
            stop_criterion=math.inf,
            seed=self.l2l_seed,
        )


class L2LEvolutionStrategiesOptimizer(Fenced, EvolutionStrategiesOptimizer):
    """L2L's algorithm, unchanged, in an isolated environment (:class:`~neurosim_rl.optimizers.l2l_fence.Fenced`).

    Source: Salimans et al. 2017, arXiv:1703.03864; utilities: Wierstra et al. 2014, JMLR 15:949.

    Peculiarities of L2L that remain: The search begins at one created individual. The centre is evaluated, but L2L
    records the fitness of the sample before it instead; neither has an effect. With utilities, the mean over samples is
    taken twice, so useful learning rates grow with the population. The centre may leave the bounds; individuals do not.
    Without fitness shaping, the size of a penalty matters.
    """
