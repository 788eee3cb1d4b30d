"""L2L's grid search over a few genes, fenced."""

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
"""Most points of a grid."""


@dataclass(frozen=True)
class L2LGridSearchParameters(L2LParameters):
    """L2L's grid search, over a few genes."""

    genes: tuple = option((0, 1), "indices of the genes that vary; all others stay as in one created individual", low=0)
    n_steps: int = option(4, "intervals between the bounds of each gene: one point less than there are points", low=1)
    low: float = option(-5.0, "lowest value of each gene, in gene units")
    high: float = option(5.0, "highest value of each gene, in gene units")

    def __post_init__(self) -> None:
        """Check what involves several options."""
        if not self.genes or len(set(self.genes)) != len(self.genes) or any(g != int(g) for g in self.genes):
            raise ConfigurationError(
                f"optimizer.genes = {list(self.genes)}: expected different whole numbers, at least one."
            )
        if not self.low < self.high:
            raise ConfigurationError(f"optimizer.low = {self.low} must be less than high = {self.high}.")
        if self.population > LARGEST:
            raise ConfigurationError(
                f"a grid of {self.n_steps + 1} points for {len(self.genes)} genes has {self.population} individuals; "
                f"expected at most {LARGEST}. Choose fewer genes or steps."
            )

    @property
    def population(self) -> int:
        """Points of the grid."""
        return (self.n_steps + 1) ** len(self.genes)

    @property
    def names(self) -> list[str]:
        """Under which L2L's search sees the genes, in its order (that of text)."""
        return [f"gene_{int(gene):09d}" for gene in self.genes]

    @property
    def optimizer(self) -> type[L2LGridSearchOptimizer]:
        """The class that these parameters are for."""
        return L2LGridSearchOptimizer

    def to_l2l(self, create_individual: Any = None) -> GridSearchParameters:
        """Return L2L's named tuple."""
        return GridSearchParameters(param_grid={name: (self.low, self.high, self.n_steps) for name in self.names})


class L2LGridSearchOptimizer(Fenced, GridSearchOptimizer):
    """L2L's search, unchanged, but fenced (see :class:`~neurosim_rl.optimizers.l2l_fence.Fenced`).

    L2L varies every number of an individual, which for a network would be more points than atoms; here it sees only the
    chosen genes. L2L has one generation; here every generation evaluates the same grid, on its own starts.
    Points outside the bounds move to them. L2L does not fill ``eval_pop``; here it holds the grid.
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
        seen: Any = dict.fromkeys(parameters.names, 0.0)
        super().__init__(traj, lambda: seen, optimizee_fitness_weights, parameters)
        traj.f_add_parameter("n_iteration", parameters.n_iteration, comment="Number of generations")
        genomes = np.tile(np.asarray(base, float), (self.size, 1))
        for gene, name in zip(parameters.genes, parameters.names, strict=True):
            genomes[:, int(gene)] = self.param_list[name]
        self.eval_pop = [list_to_dict(vector, spec) for vector in genomes]
        if optimizee_bounding_func is not None:
            self.eval_pop = [optimizee_bounding_func(individual) for individual in self.eval_pop]
        self._expand_trajectory(traj)

    def post_process(self, traj: Any, fitnesses_results: BatchResult) -> None:
        """Take the fitness of the grid, and offer it again unless this was the last generation."""
        super().post_process(traj, fitnesses_results)
        if self.g not in traj.individuals:
            self._expand_trajectory(traj)
