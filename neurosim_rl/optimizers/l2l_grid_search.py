"""L2L's grid search over a few genes, in an isolated environment (`l2l_fence`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from l2l import dict_to_list, list_to_dict
from l2l.optimizers.gridsearch.optimizer import GridSearchOptimizer, GridSearchParameters

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizers.l2l_fence import BatchResult, Fenced, Individual, L2LParameters
from neurosim_rl.settings.options import option

LARGEST = 10_000
"""Largest number of points of a grid."""


@dataclass(frozen=True)
class L2LGridSearchParameters(L2LParameters):
    """L2L's grid search, over a few genes.

    Source: L2L, Yegenoglu et al. 2022, Front. Comput. Neurosci. 16:885207.
    """

    genes: tuple = option((0, 1), "indices of the genes that vary; all others stay as in one created individual", low=0)
    n_steps: int = option(4, "intervals between low and high for each gene; one less than the number of points", low=1)
    low: float = option(-5.0, "lowest value of each gene, in gene units")
    high: float = option(5.0, "highest value of each gene, in gene units")

    def __post_init__(self) -> None:
        """Check options against each other."""
        are_whole = all(gene == int(gene) for gene in self.genes)
        if not self.genes or len(set(self.genes)) != len(self.genes) or not are_whole:
            raise ConfigurationError(
                f"optimizer.genes = {list(self.genes)}: expected different whole numbers, at least one."
            )
        if not self.low < self.high:
            raise ConfigurationError(
                f"optimizer.low = {self.low} and optimizer.high = {self.high}; expected low below high. Change one of "
                "them."
            )
        if self.population > LARGEST:
            raise ConfigurationError(
                f"a grid of {self.n_steps + 1} points for {len(self.genes)} genes has {self.population} individuals; "
                f"expected at most {LARGEST}. Choose fewer genes or steps."
            )

    @property
    def population(self) -> int:
        """Number of points of the grid."""
        return (self.n_steps + 1) ** len(self.genes)

    @property
    def names(self) -> list[str]:
        """Names of the genes for L2L's search, padded with zeros because L2L sorts them as text."""
        return [f"gene_{int(gene):09d}" for gene in self.genes]

    @property
    def optimizer(self) -> type[L2LGridSearchOptimizer]:
        """The optimizer's class."""
        return L2LGridSearchOptimizer

    def to_l2l(self, create_individual: Any = None) -> GridSearchParameters:
        """Return L2L's named tuple."""
        return GridSearchParameters(param_grid={name: (self.low, self.high, self.n_steps) for name in self.names})


class L2LGridSearchOptimizer(Fenced, GridSearchOptimizer):
    """L2L's search, unchanged, in an isolated environment (:class:`~neurosim_rl.optimizers.l2l_fence.Fenced`).

    L2L varies every number of an individual, far too many for a network; here it gets only the chosen genes. L2L has
    one generation; here every generation evaluates the same grid, on starts of its own. Points outside the bounds are
    clipped. L2L does not fill ``eval_pop``; here it holds the grid.
    """

    def __init__(
        self,
        traj: Any,
        optimizee_create_individual: Callable[[], Individual],
        optimizee_fitness_weights: tuple[float, ...],
        parameters: L2LGridSearchParameters,
        optimizee_bounding_func: Callable[[Individual], Individual] | None = None,
    ) -> None:
        base, spec = dict_to_list(optimizee_create_individual(), get_dict_spec=True)
        if max(parameters.genes) >= len(base):
            raise ConfigurationError(
                f"optimizer.genes = {list(parameters.genes)}: expected indices below {len(base)}, the number of genes."
            )
        chosen: Any = dict.fromkeys(parameters.names, 0.0)  # for L2L, an individual has only the chosen genes
        super().__init__(traj, lambda: chosen, optimizee_fitness_weights, parameters)
        traj.f_add_parameter("n_iteration", parameters.n_iteration, comment="Number of generations")
        genomes = np.tile(np.asarray(base, float), (self.size, 1))
        for gene, name in zip(parameters.genes, parameters.names, strict=True):
            genomes[:, int(gene)] = self.param_list[name]
        self.eval_pop = [list_to_dict(vector, spec) for vector in genomes]
        if optimizee_bounding_func is not None:
            self.eval_pop = [optimizee_bounding_func(individual) for individual in self.eval_pop]
        self._expand_trajectory(traj)

    def post_process(self, traj: Any, fitnesses_results: BatchResult) -> None:
        """Take the fitness of all points, and offer the grid again unless this was the last generation."""
        super().post_process(traj, fitnesses_results)
        if self.g not in traj.individuals:
            self._expand_trajectory(traj)
