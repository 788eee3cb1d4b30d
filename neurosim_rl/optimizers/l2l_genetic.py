"""L2L's own genetic algorithm, in an isolated environment (`l2l_fence`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from l2l.optimizers.evolution.optimizer import GeneticAlgorithmOptimizer, GeneticAlgorithmParameters

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizers.l2l_fence import BatchResult, Fenced, L2LParameters
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class L2LGeneticParameters(L2LParameters):
    """L2L's genetic algorithm, without elites.

    Source: L2L, Yegenoglu et al. 2022, Front. Comput. Neurosci. 16:885207, with DEAP's operators, Fortin et al. 2012,
    JMLR 13:2171.
    """

    population: int = option(32, "individuals (L2L: pop_size)", low=2)
    cx_prob: float = option(0.7, "crossover probability", low=0, high=1)
    mut_prob: float = option(0.7, "mutation probability", low=0, high=1)
    ind_prob: float = option(0.45, "probability that a gene of a mutated individual changes", low=0, high=1)
    tourn_size: int = option(4, "tournament size", low=1)
    mate_par: float = option(0.5, "alpha of blend crossover", low=0)
    mut_par: float = option(1.0, "standard deviation of a mutation, in gene units", low=0)

    @property
    def optimizer(self) -> type[L2LGeneticOptimizer]:
        """The optimizer's class."""
        return L2LGeneticOptimizer

    def to_l2l(self, create_individual: Any = None) -> GeneticAlgorithmParameters:
        """Return L2L's named tuple."""
        return GeneticAlgorithmParameters(
            seed=self.seed,
            pop_size=self.population,
            cx_prob=self.cx_prob,
            mut_prob=self.mut_prob,
            n_iteration=self.n_iteration,
            ind_prob=self.ind_prob,
            tourn_size=self.tourn_size,
            mate_par=self.mate_par,
            mut_par=self.mut_par,
        )


class L2LGeneticOptimizer(Fenced, GeneticAlgorithmOptimizer):
    """L2L's algorithm, unchanged, in an isolated environment (:class:`~neurosim_rl.optimizers.l2l_fence.Fenced`).

    L2L does not use its seed: it draws from Python's global generator. It prints every child, and breeds once more
    after the last generation. Peculiarities of L2L that remain: Survivors are not evaluated again. There are no elites.
    Duplicates are mutated more often.
    """

    def adopt(self, genomes: np.ndarray) -> None:
        """Take genomes that differ in last bits from those that were asked for, shape (n, n_genes)."""
        for individual, genes in zip(self.eval_pop_inds, genomes.tolist(), strict=True):
            individual[:] = genes

    def post_process(self, traj: Any, fitnesses_results: BatchResult) -> None:
        """Take the fitness of every individual, and let L2L breed unless this was the last generation."""
        evaluated = list(self.pop)
        super().post_process(traj, fitnesses_results)
        if self.g + 1 >= self.options.n_iteration:
            self.pop[:] = evaluated  # L2L has put offspring there, which is never evaluated

    def _expand_trajectory(self, traj: Any) -> None:
        # L2L evaluates only children that changed, and fails with an IndexError if none did.
        if not self.eval_pop:
            raise ConfigurationError(
                "optimizer l2l-genetic bred a generation without any new individual; expected at least one. Raise "
                "optimizer.population, optimizer.cx_prob or optimizer.mut_prob."
            )
        super()._expand_trajectory(traj)
