"""L2L's fully adaptive cross-entropy method, fenced."""

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
    """L2L's FACE: cross-entropy whose generations grow while nothing improves."""

    population: int = option(32, "fewest individuals in a generation (L2L: min_pop_size)", low=4)
    max_population: int = option(64, "most individuals in a generation (L2L: max_pop_size)", low=4)
    n_expand: int = option(8, "individuals more after a generation without improvement", low=1)
    n_elite: int = option(8, "elite individuals", low=2)
    smoothing: float = option(0.5, "weight of the previous mean and covariance", low=0, high=0.999)
    noise_magnitude: float = option(1.0, "deviation of the first variance added to each gene, in gene units^2", low=0)
    noise_decay: float = option(0.95, "factor on noise_magnitude with each fit", low=0, high=1)

    def __post_init__(self) -> None:
        """Check what involves several options."""
        if not self.n_elite <= self.population <= self.max_population:
            raise ConfigurationError(
                f"optimizer.n_elite = {self.n_elite}, population = {self.population} and max_population = "
                f"{self.max_population}: expected each at most the next. Lower the first or raise the last."
            )

    @property
    def optimizer(self) -> type[L2LFACEOptimizer]:
        """The class that these parameters are for."""
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
    """L2L's algorithm, unchanged, but fenced (see :class:`~neurosim_rl.optimizers.l2l_fence.Fenced`).

    The cross-entropy method whose generations grow while neither the best nor the elite's worst fitness improves,
    and shrink when one does: between ``population`` and ``max_population`` individuals.
    Source: de Boer, Kroese, Mannor & Rubinstein 2005, Ann. Oper. Res. 134:19.

    Fenced besides: L2L ends the run where the largest generation does not improve either; here such generations go on,
    sampled from the same Gaussian. It also samples once more after the last generation.
    There is no ``temp_decay``: with one, L2L fails (``numpy.clip`` is called by a wrong name).
    What remains as L2L has it: with new starts in each generation improvement is partly luck.
    """

    def post_process(self, traj: Any, fitnesses_results: BatchResult) -> None:
        """Take fitnesses, and sample from the fit to the elite (see L2L) unless this was the last generation."""
        super().post_process(traj, fitnesses_results)
        if not self.eval_pop:
            with self._fence():
                self._sample_again(traj)

    def _sample_again(self, traj: Any) -> None:
        """Offer another generation of the same size, where L2L stops."""
        genomes = self.current_distribution.sample(self.pop_size)
        self.eval_pop = [list_to_dict(vector, self.optimizee_individual_dict_spec) for vector in genomes]
        if self.optimizee_bounding_func is not None:
            self.eval_pop = [self.optimizee_bounding_func(individual) for individual in self.eval_pop]
        self.eval_pop_asarray = np.array([dict_to_list(individual) for individual in self.eval_pop])
        self.g += 1
        self._expand_trajectory(traj)
