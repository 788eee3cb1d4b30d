"""L2L's fully adaptive cross-entropy method, in an isolated environment (`l2l_fence`)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from l2l import dict_to_list, list_to_dict
from l2l.optimizers.face.optimizer import FACEOptimizer, FACEParameters

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizers.l2l_cross_entropy import noisy_gaussian
from neurosim_rl.optimizers.l2l_fence import BatchResult, Fenced, L2LParameters
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class L2LFACEParameters(L2LParameters):
    """L2L's FACE: a cross-entropy method with generations that grow until something improves.

    Source: de Boer, Kroese, Mannor & Rubinstein 2005, Ann. Oper. Res. 134:19; L2L: Yegenoglu et al. 2022, Front.
    Comput. Neurosci. 16:885207.
    """

    population: int = option(32, "fewest individuals in a generation (L2L: min_pop_size)", low=4)
    max_population: int = option(64, "most individuals in a generation (L2L: max_pop_size)", low=4)
    n_expand: int = option(8, "additional individuals after a generation without improvement", low=1)
    n_elite: int = option(8, "number of elite individuals", low=2)
    smoothing: float = option(0.5, "weight of the previous mean and covariance", low=0, high=0.999)
    noise_magnitude: float = option(
        1.0, "standard deviation of the variance first added to each gene, in gene units^2", low=0
    )
    noise_decay: float = option(0.95, "factor of noise_magnitude after each fit", low=0, high=1)

    def __post_init__(self) -> None:
        """Check options against each other."""
        if not self.n_elite <= self.population <= self.max_population:
            raise ConfigurationError(
                f"optimizer.n_elite = {self.n_elite}, population = {self.population} and max_population = "
                f"{self.max_population}; expected n_elite <= population <= max_population. Change one of them."
            )

    @property
    def optimizer(self) -> type[L2LFACEOptimizer]:
        """The optimizer's class."""
        return L2LFACEOptimizer

    def to_l2l(self, create_individual: Any = None) -> FACEParameters:
        """Return L2L's named tuple."""
        return FACEParameters(
            min_pop_size=self.population,
            max_pop_size=self.max_population,
            n_elite=self.n_elite,
            smoothing=self.smoothing,
            temp_decay=0.0,
            n_iteration=self.n_iteration,
            distribution=noisy_gaussian(self.noise_magnitude, self.noise_decay),
            stop_criterion=math.inf,
            n_expand=self.n_expand,
            seed=self.l2l_seed,
        )


class L2LFACEOptimizer(Fenced, FACEOptimizer):
    """L2L's algorithm in an isolated environment (:class:`~neurosim_rl.optimizers.l2l_fence.Fenced`).

    Samples are drawn as by `L2LCrossEntropyOptimizer`.

    A cross-entropy method with generations of variable size, from ``population`` to ``max_population``: a generation
    grows while neither the best fitness nor the worst fitness of the elite improves, and shrinks after an improvement.
    Source: de Boer, Kroese, Mannor & Rubinstein 2005, Ann. Oper. Res. 134:19.

    Also prevented here: L2L ends the run if the largest generation brings no improvement; here the next generation is
    sampled from the same Gaussian. L2L samples once more after the last generation. There is no ``temp_decay``, because
    L2L fails with it (it calls ``numpy.clip`` by a wrong name).

    A peculiarity of L2L that remains: with new starts in each generation, improvement is partly luck.
    """

    def adopt(self, genomes: np.ndarray) -> None:
        """Take genomes that differ in last bits from those that were asked for, shape (n, n_genes)."""
        self.eval_pop_asarray = np.array(genomes)

    def post_process(self, traj: Any, fitnesses_results: BatchResult) -> None:
        """Take fitnesses, and sample from the fit to the elite (see L2L) unless this was the last generation."""
        super().post_process(traj, fitnesses_results)
        if not self.eval_pop:
            with self._fence():
                self._sample_again(traj)

    def _sample_again(self, traj: Any) -> None:
        """Offer another generation of the same size after L2L has stopped."""
        self.eval_pop = []
        for vector in self.current_distribution.sample(self.pop_size):
            individual = list_to_dict(vector, self.optimizee_individual_dict_spec)
            if self.optimizee_bounding_func is not None:
                individual = self.optimizee_bounding_func(individual)
            self.eval_pop.append(individual)
        self.eval_pop_asarray = np.array([dict_to_list(individual) for individual in self.eval_pop])
        self.g += 1
        self._expand_trajectory(traj)
