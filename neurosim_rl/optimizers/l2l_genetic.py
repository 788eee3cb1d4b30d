"""L2L's own genetic algorithm, with options as ours and its faults fenced off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from l2l.optimizers.evolution.optimizer import GeneticAlgorithmOptimizer, GeneticAlgorithmParameters

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizers.l2l_fence import BatchResult, Fenced, L2LParameters
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class L2LGeneticParameters(L2LParameters):
    """L2L's genetic algorithm, which has no elites; options under L2L's names but for the population."""

    population: int = option(32, "individuals (L2L: pop_size)", low=2)
    cx_prob: float = option(0.7, "crossover probability", low=0, high=1)
    mut_prob: float = option(0.7, "mutation probability", low=0, high=1)
    ind_prob: float = option(0.45, "probability that a gene of a mutated individual changes", low=0, high=1)
    tourn_size: int = option(4, "tournament size", low=1)
    mate_par: float = option(0.5, "alpha of the blend crossover", low=0)
    mut_par: float = option(1.0, "standard deviation of the mutation, in gene units", low=0)

    @property
    def optimizer(self) -> type[L2LGeneticOptimizer]:
        """The class that these parameters are for."""
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
    """L2L's algorithm, unchanged, but fenced (see :class:`~neurosim_rl.optimizers.l2l_fence.Fenced`).

    L2L stores its seed and draws from Python's global generator, prints every child, and breeds once more after the
    last generation. What remains as L2L has it: survivors are not evaluated again, there is no elitism, and
    duplicates are mutated more.
    """

    def post_process(self, traj: Any, fitnesses_results: BatchResult) -> None:
        """Take fitnesses, and breed (see L2L) unless this was the last generation."""
        evaluated = list(self.pop)
        super().post_process(traj, fitnesses_results)
        if self.g + 1 >= self.options.n_iteration:
            self.pop[:] = evaluated  # not the offspring that nobody evaluates

    def _expand_trajectory(self, traj: Any) -> None:
        if not self.eval_pop:  # L2L evaluates only children that changed, and fails by an IndexError if none did
            raise ConfigurationError(
                "l2l-genetic bred a generation without any new individual. "
                "Raise optimizer.population, optimizer.cx_prob or optimizer.mut_prob."
            )
        super()._expand_trajectory(traj)
