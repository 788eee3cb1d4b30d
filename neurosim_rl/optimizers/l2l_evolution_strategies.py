"""L2L's evolution strategies, fenced."""

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
    """L2L's evolution strategies: gradient ascent by samples around one centre."""

    population: int = option(
        33, "individuals in each generation, the centre included; odd if mirrored (L2L: pop_size, pairs)", low=3
    )
    learning_rate: float = option(30.0, "factor on the gradient of the centre, which L2L divides by its samples", low=0)
    noise_std: float = option(1.0, "deviation of samples from the centre, in gene units", low=1e-6)
    mirrored_sampling_enabled: bool = option(True, "sample e and -e")
    fitness_shaping_enabled: bool = option(True, "replace fitness by a utility of its rank")

    def __post_init__(self) -> None:
        """Check what involves several options."""
        if self.mirrored_sampling_enabled and self.population % 2 == 0:
            raise ConfigurationError(
                f"optimizer.population = {self.population}: expected an odd number (pairs and the centre). "
                f"Set {self.population + 1}, or mirrored_sampling_enabled = false."
            )

    @property
    def optimizer(self) -> type[L2LEvolutionStrategiesOptimizer]:
        """The class that these parameters are for."""
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
    """L2L's algorithm, unchanged, but fenced (see :class:`~neurosim_rl.optimizers.l2l_fence.Fenced`).

    Source: Salimans et al. 2017, arXiv:1703.03864; utilities: Wierstra et al. 2014, JMLR 15:949.
    What remains as L2L has it: the search begins at one created individual; the centre is evaluated, but what L2L
    records as its fitness is that of the sample before it, and both change nothing; with utilities the mean over
    samples is taken twice, so that useful learning rates grow with the population; the centre may leave the bounds
    (individuals do not); without fitness shaping a penalty counts by its size.
    """
