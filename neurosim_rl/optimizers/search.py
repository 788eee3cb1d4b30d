"""Ask and tell for any L2L optimizer, and all optimizers by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from l2l.utils.trajectory import Trajectory

from neurosim_rl.networks.parameters import ParameterSpace
from neurosim_rl.optimizers.ars import ARSParameters
from neurosim_rl.optimizers.base import OptimizerParameters
from neurosim_rl.optimizers.cma_es import CMAESParameters
from neurosim_rl.optimizers.ensemble_kalman import EnsembleKalmanParameters
from neurosim_rl.optimizers.genetic import GeneticParameters
from neurosim_rl.optimizers.inherit import InheritParameters
from neurosim_rl.optimizers.l2l_cross_entropy import L2LCrossEntropyParameters
from neurosim_rl.optimizers.l2l_evolution_strategies import L2LEvolutionStrategiesParameters
from neurosim_rl.optimizers.l2l_face import L2LFACEParameters
from neurosim_rl.optimizers.l2l_genetic import L2LGeneticParameters
from neurosim_rl.optimizers.l2l_grid_search import L2LGridSearchParameters
from neurosim_rl.optimizers.l2l_natural_evolution_strategies import L2LNaturalEvolutionStrategiesParameters
from neurosim_rl.optimizers.l2l_parallel_tempering import L2LParallelTemperingParameters
from neurosim_rl.optimizers.l2l_simulated_annealing import L2LSimulatedAnnealingParameters
from neurosim_rl.optimizers.map_elites import MapElitesParameters
from neurosim_rl.optimizers.multiplicative_es import MultiplicativeESParameters
from neurosim_rl.optimizers.openai_es import OpenAIESParameters
from neurosim_rl.optimizers.structured_genetic import StructuredGeneticParameters
from neurosim_rl.settings.checks import check_shape
from neurosim_rl.settings.options import Options
from neurosim_rl.settings.registry import Registry

OPTIMIZERS: Registry[type[OptimizerParameters]] = Registry(
    "optimizer",
    OptimizerParameters,
    {
        "ars": ARSParameters,
        "cma-es": CMAESParameters,
        "ensemble-kalman": EnsembleKalmanParameters,
        "genetic": GeneticParameters,
        "inherit": InheritParameters,
        "l2l-cross-entropy": L2LCrossEntropyParameters,
        "l2l-evolution-strategies": L2LEvolutionStrategiesParameters,
        "l2l-face": L2LFACEParameters,
        "l2l-genetic": L2LGeneticParameters,
        "l2l-grid-search": L2LGridSearchParameters,
        "l2l-natural-evolution-strategies": L2LNaturalEvolutionStrategiesParameters,
        "l2l-parallel-tempering": L2LParallelTemperingParameters,
        "l2l-simulated-annealing": L2LSimulatedAnnealingParameters,
        "map-elites": MapElitesParameters,
        "multiplicative-es": MultiplicativeESParameters,
        "openai-es": OpenAIESParameters,
        "structured-genetic": StructuredGeneticParameters,
    },
)
"""Parameters of each optimizer, by name; their property ``optimizer`` is the optimizer's class."""


class Searchable(Protocol):
    """The part of an optimizee that a search needs."""

    @property
    def parameters(self) -> ParameterSpace:
        """The parameters that a genome holds."""

    def create_individual(self) -> dict[str, np.ndarray]:
        """Return a random individual."""

    def bounding_func(self, individual: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the individual clipped to its bounds."""


def parameters_of(options: Options, space: ParameterSpace, seed: int, generations: int) -> OptimizerParameters:
    """Return the parameters of the optimizer with some options.

    Raises
    ------
    ConfigurationError
        When the options do not go together.
    """
    context: dict[str, Any] = {"seed": seed, "n_iteration": generations}
    if options.component.needs_space:  # type: ignore[union-attr]
        context["space"] = space
    parameters: OptimizerParameters = options.create(**context)
    return parameters


class Search:
    """An L2L optimizer without L2L's runner: :meth:`ask` for genomes, evaluate them, :meth:`tell` their fitness.

    A search depends only on its arguments and on the results that :meth:`tell` gets: the same results lead to the same
    genomes. A resumed run restores the state of its search in this way. Where genomes were recorded that differ in
    last bits, because another processor computed them, :meth:`adopt` comes before :meth:`tell`.

    Parameters
    ----------
    options : Options
        The optimizer's options, of a configuration.
    optimizee : Searchable
    seed : int
    generations : int
        Number of generations of the run.
    """

    def __init__(self, options: Options, optimizee: Searchable, seed: int, generations: int) -> None:
        self._space = optimizee.parameters
        self._parameters = parameters_of(options, self._space, seed, generations)
        self._trajectory = Trajectory(name="neurosim-rl")
        self._optimizer: Any = self._parameters.optimizer(
            self._trajectory,
            optimizee_create_individual=optimizee.create_individual,
            optimizee_fitness_weights=(1.0,),
            parameters=self._parameters,
            optimizee_bounding_func=optimizee.bounding_func,
        )

    def ask(self) -> np.ndarray:
        """Return the genomes to evaluate, shape (n_individuals, n_genes)."""
        return np.stack([self._space.to_vector(individual) for individual in self._optimizer.eval_pop])

    def adopt(self, genomes: np.ndarray) -> None:
        """Replace the genomes of the last :meth:`ask` by recorded ones that differ in last bits only.

        An optimizer with a method ``adopt`` gets them, shape (n_individuals, n_genes), so that its state follows the
        record. Another one continues from its own, except for the individuals that it offers.
        """
        # Replaced within the list: an optimizer may hold the list itself.
        self._optimizer.eval_pop[:] = [self._individual(vector) for vector in genomes]
        adopt = getattr(self._optimizer, "adopt", None)
        if adopt is not None:
            adopt(genomes)

    def _individual(self, vector: np.ndarray) -> dict[str, np.ndarray]:
        return {name: array.ravel() for name, array in self._space.to_genome(vector).items()}

    @property
    def inherits(self) -> bool:
        """Whether the optimizer uses the learned genomes of individuals."""
        return self._parameters.inherits

    @property
    def begins_at_created(self) -> bool:
        """Whether the first generation consists of individuals that the optimizee creates, or is drawn around them."""
        return self._parameters.begins_at_created

    @property
    def wants_behaviour(self) -> bool:
        """Whether the optimizer uses the behaviour of individuals."""
        return self._parameters.wants_behaviour

    @property
    def candidate(self) -> int | None:
        """The individual of the last :meth:`ask` that the optimizer itself holds to be best; None: it names none.

        It is the attribute ``candidate`` of an optimizer that has one, such as for the mean of a distribution.
        """
        found: int | None = getattr(self._optimizer, "candidate", None)
        return found

    def tell(
        self,
        fitness: np.ndarray,
        learned: np.ndarray | None = None,
        behaviour: np.ndarray | None = None,
        failed: np.ndarray | None = None,
    ) -> None:
        """Give the optimizer the results of the genomes of the last :meth:`ask`.

        Parameters
        ----------
        fitness : array, shape (n_individuals,)
        learned : array, shape (n_individuals, n_genes), or None
            Genomes after learning, for an optimizer that :attr:`inherits` them.
        behaviour : array, shape (n_individuals, n_descriptors), or None
            Behaviour, for an optimizer that :attr:`wants_behaviour`.
        failed : bool array, shape (n_individuals,), or None
            Individuals with a penalty as fitness.
        """
        check_shape("fitness", fitness, (len(self._optimizer.eval_pop),))
        if failed is not None and self._parameters.ranks_failures:
            # Optimizers that take differences of fitnesses must not depend on the size of the penalty.
            fitness = np.where(failed, -np.inf, fitness)
        if self.inherits:
            self._optimizer.learned = learned
        if self.wants_behaviour:
            self._optimizer.behaviour = behaviour
        results = [(index, (float(value),)) for index, value in enumerate(fitness)]
        generation = self._optimizer.g
        self._trajectory.current_results = results
        self._optimizer.post_process(self._trajectory, results)
        self._trajectory.individuals.pop(generation, None)  # L2L would keep every generation in memory
