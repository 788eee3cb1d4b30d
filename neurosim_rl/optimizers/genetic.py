"""A genetic algorithm with DEAP's operators, as an L2L optimizer; the only module that imports DEAP."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from deap import base, tools
from l2l import dict_to_list, list_to_dict
from l2l.optimizers.optimizer import Optimizer

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizers.base import OptimizerParameters
from neurosim_rl.optimizers.library_random import LibraryRandom
from neurosim_rl.seeds import Purpose, stream
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class GeneticParameters(OptimizerParameters):
    """A genetic algorithm: tournaments, blend crossover, Gaussian mutation, elites.

    Source: DEAP's operators, Fortin et al. 2012, JMLR 13:2171; blend crossover: Eshelman & Schaffer 1993, Foundations
    of Genetic Algorithms 2:187.
    """

    population: int = option(32, "individuals in each generation", low=2)
    elites: int = option(2, "best individuals that stay unchanged in the next generation", low=0)
    reevaluate_elites: bool = option(True, "evaluate elites again; false = they keep the fitness of earlier starts")
    tournament: int = option(6, "individuals that compete for each place among the parents", low=1)
    crossover_probability: float = option(1.0, "probability that a pair of parents is blended", low=0, high=1)
    blend_alpha: float = option(
        0.5,
        "alpha of blend crossover: range of children beyond their parents, relative to the parents' distance",
        low=0,
    )
    mutation_probability: float = option(1.0, "probability that an individual is mutated", low=0, high=1)
    gene_probability: float = option(0.1, "probability that a gene of a mutated individual changes", low=0, high=1)
    mutation_sigma: float = option(3.0, "standard deviation of a mutation, in gene units", low=0)
    hall_of_fame: int = option(20, "number of best individuals to remember", low=1)

    def __post_init__(self) -> None:
        """Check options against each other."""
        if self.elites >= self.population:
            raise ConfigurationError(
                f"optimizer.elites = {self.elites} leaves no offspring; expected less than population = "
                f"{self.population}. Set fewer elites."
            )

    @property
    def optimizer(self) -> type[GeneticOptimizer]:
        """The optimizer's class."""
        return GeneticOptimizer


class _Fitness(base.Fitness):
    weights = (1.0,)


class _Individual(list):
    """DEAP's individual: a list of genes with a fitness."""

    def __init__(self, genes: Any) -> None:
        super().__init__(genes)
        self.fitness = _Fitness()


class GeneticOptimizer(Optimizer):
    """Tournament selection, blend crossover and Gaussian mutation, with elites.

    Differences from L2L's own genetic algorithm: it has its own random generators, keeps elites, clips children to the
    bounds, evaluates every individual in every generation (so that survivors meet new starts as well), and makes no
    generation after the last one.

    With ``reevaluate_elites = false``, later generations hold only the ``population - elites`` children. An elite with
    easy starts then stays for ever. It also keeps its fitness although normalisation ``running`` or a curriculum
    (``environment.first_steps``) changes the task.

    Source of the operators: Fortin et al. 2012 (DEAP), JMLR 13:2171; blend crossover: Eshelman & Schaffer 1993.

    Parameters
    ----------
    traj : l2l.utils.trajectory.Trajectory
    optimizee_create_individual : callable
        Returns one individual as a dict of flat float arrays.
    optimizee_fitness_weights : tuple of float
        One weight; a negative weight minimizes.
    parameters : GeneticParameters
    optimizee_bounding_func : callable or None
        Returns an individual clipped to its bounds.
    """

    def __init__(
        self,
        traj: Any,
        optimizee_create_individual: Callable[[], Mapping[str, np.ndarray]],
        optimizee_fitness_weights: tuple[float, ...],
        parameters: GeneticParameters,
        optimizee_bounding_func: Callable[[Mapping[str, np.ndarray]], Mapping[str, np.ndarray]] | None = None,
    ) -> None:
        super().__init__(
            traj, optimizee_create_individual, optimizee_fitness_weights, optimizee_bounding_func, parameters
        )
        if len(optimizee_fitness_weights) != 1:
            raise ConfigurationError(
                f"optimizer genetic expects one objective; got weights {optimizee_fitness_weights}. Weight the "
                "objectives into one fitness."
            )
        self._weight = float(optimizee_fitness_weights[0])
        traj.f_add_parameter("n_iteration", parameters.n_iteration, comment="Number of generations")
        self._random = LibraryRandom(stream(parameters.seed, Purpose.LIBRARY))
        self.population = []
        for _ in range(parameters.population):
            genes, self._spec = dict_to_list(optimizee_create_individual(), get_dict_spec=True)
            self.population.append(_Individual(genes.tolist()))
        self._asked = self.population
        self.hall_of_fame = tools.HallOfFame(parameters.hall_of_fame)
        self.g = 0
        self._offer(traj)

    def post_process(self, traj: Any, fitnesses_results: list[tuple[int, tuple[float, ...]]]) -> None:
        """Take the fitness of every individual, and breed the next generation unless this was the last."""
        for index, fitness in fitnesses_results:
            value = self._weight * float(fitness[0])
            self._asked[index].fitness.values = (value if math.isfinite(value) else -math.inf,)
        self.hall_of_fame.update(self.population)
        if self.g + 1 >= self.parameters.n_iteration:
            return
        with self._random.installed():
            elites, children = self._breed()
        self.population = elites + children
        self._asked = self.population if self.parameters.reevaluate_elites else children
        self.g += 1
        self._offer(traj)

    def adopt(self, genomes: np.ndarray) -> None:
        """Take genomes that differ in last bits from those that were asked for, shape (n, n_genes)."""
        for individual, genes in zip(self._asked, genomes.tolist(), strict=True):
            individual[:] = genes

    def _breed(self) -> tuple[list[_Individual], list[_Individual]]:
        """Return the elites and the children."""
        p = self.parameters
        best = tools.selBest(self.population, p.elites)
        elites = list(best)
        if p.reevaluate_elites:  # a new individual has no fitness yet
            elites = [_Individual(genes) for genes in best]
        parents = tools.selTournament(self.population, p.population - p.elites, tournsize=p.tournament)
        # DEAP's operators change individuals in place, so children are copies.
        children = [_Individual(parent) for parent in parents]
        for one, other in zip(children[::2], children[1::2], strict=False):
            if random.random() < p.crossover_probability:
                tools.cxBlend(one, other, alpha=p.blend_alpha)
        for child in children:
            if random.random() < p.mutation_probability:
                tools.mutGaussian(child, mu=0.0, sigma=p.mutation_sigma, indpb=p.gene_probability)
        return elites, [self._bounded(child) for child in children]

    def _bounded(self, individual: _Individual) -> _Individual:
        if self.optimizee_bounding_func is None:
            return individual
        bounded = self.optimizee_bounding_func(list_to_dict(individual, self._spec))
        return _Individual(dict_to_list(bounded).tolist())

    def _offer(self, traj: Any) -> None:
        """Put the individuals to evaluate where L2L looks for them."""
        self.eval_pop = [list_to_dict(individual, self._spec) for individual in self._asked]
        self._expand_trajectory(traj)
