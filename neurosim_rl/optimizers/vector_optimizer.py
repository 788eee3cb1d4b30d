"""Base class of L2L optimizers on genomes as rows of a matrix: all bookkeeping, no mathematics."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
from l2l import dict_to_list, list_to_dict
from l2l.optimizers.optimizer import Optimizer

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizers.one_thread import one_thread

Individual = Mapping[str, np.ndarray]

N_CREATED = 100
"""Number of individuals that are created to measure the spread of genes; the first are the first generation."""

BEYOND = 1e30
"""A gene beyond every bound."""


class VectorOptimizer(Optimizer, ABC):
    """Base class of optimizers over vectors of genes.

    :meth:`_first` returns the first generation, by default individuals that the optimizee creates. :meth:`_next`
    returns every later one. Both are clipped to the bounds. NumPy's linear algebra runs in one thread: with
    several threads, last bits depend on the number of cores. They depend on the processor, too; the products of
    `neurosim_rl.optimizers.algebra` do not.

    Parameters
    ----------
    traj : l2l.utils.trajectory.Trajectory
    optimizee_create_individual : callable
        Returns one individual as a dict of flat float arrays.
    optimizee_fitness_weights : tuple of float
        Weight of each objective; a negative weight minimizes.
    parameters : OptimizerParameters
        Parameters with a field ``population``.
    optimizee_bounding_func : callable or None
        Returns an individual clipped to its bounds.

    Attributes
    ----------
    genomes : numpy.ndarray
        Genomes of the present generation, shape (population, n_genes), gene units.
    spread : numpy.ndarray
        Standard deviation of each gene over created individuals, shape (n_genes,), gene units; 1 if all are equal.
    low, high : numpy.ndarray
        Bounds of each gene, shape (n_genes,); infinite without a bounding function.
    """

    single_objective: ClassVar[bool] = True

    def __init__(
        self,
        traj: Any,
        optimizee_create_individual: Callable[[], Individual],
        optimizee_fitness_weights: tuple[float, ...],
        parameters: Any,
        optimizee_bounding_func: Callable[[Individual], Individual] | None = None,
    ) -> None:
        super().__init__(
            traj, optimizee_create_individual, optimizee_fitness_weights, optimizee_bounding_func, parameters
        )
        if self.single_objective and len(optimizee_fitness_weights) != 1:
            raise ConfigurationError(
                f"{type(self).__name__} expects one objective; got weights {optimizee_fitness_weights}. "
                "Weight the objectives into one fitness."
            )
        traj.f_add_parameter("n_iteration", parameters.n_iteration, comment="Number of generations")
        self._weights = np.array(optimizee_fitness_weights, float)
        created = []
        for _ in range(max(N_CREATED, parameters.population)):
            genes, self._spec = dict_to_list(optimizee_create_individual(), get_dict_spec=True)
            created.append(genes)
        self.created = np.array(created, float)
        deviation = self.created.std(axis=0)
        self.spread = np.where(deviation > 0, deviation, 1.0)
        # L2L has no bounds, only a function that clips: the bounds are the results for genes far beyond them.
        far = np.full(self.created.shape[1], BEYOND)
        self.low, self.high = self._reach(-far), self._reach(far)
        self.g = 0
        with one_thread():
            first = self._first()
        self._offer(traj, first)

    def post_process(self, traj: Any, fitnesses_results: list[tuple[int, tuple[float, ...]]]) -> None:
        """Take the fitness of every individual, and offer the next generation unless this was the last."""
        scores = np.full((len(self.genomes), len(self._weights)), -np.inf)
        for index, fitness in fitnesses_results:
            scores[index] = self._weights * np.asarray(fitness, float)
        scores[~np.isfinite(scores)] = -np.inf
        if self.g + 1 >= self.parameters.n_iteration:
            return
        with one_thread():
            genomes = self._next(scores)
        self.g += 1
        self._offer(traj, genomes)

    def adopt(self, genomes: np.ndarray) -> None:
        """Take genomes that differ in last bits from those that were asked for, shape (n, n_genes).

        The next generation descends from these. A subclass whose search remembers more of its individuals, such as the
        steps to them, extends this method if it can.
        """
        self.genomes = np.array(genomes, float)

    def _first(self) -> np.ndarray:
        """Return the first generation, shape (n, n_genes)."""
        return self.created[: self.parameters.population]

    @abstractmethod
    def _next(self, scores: np.ndarray) -> np.ndarray:
        """Return the next generation, shape (n, n_genes).

        Parameters
        ----------
        scores : numpy.ndarray
            Weighted fitness of ``genomes``, shape (population, n_objectives), more is better; ``-inf`` if not finite.
        """

    def _reach(self, vector: np.ndarray) -> np.ndarray:
        """Return the bounds: the result of the bounding function for a far vector; infinite if it changes nothing."""
        moved = self._bounded(vector)
        return np.where(np.abs(moved) < BEYOND, moved, np.sign(vector) * np.inf)

    def _bounded(self, vector: np.ndarray) -> np.ndarray:
        if self.optimizee_bounding_func is None:
            return vector
        return dict_to_list(self.optimizee_bounding_func(list_to_dict(vector, self._spec)))

    def _offer(self, traj: Any, genomes: np.ndarray) -> None:
        """Clip a generation to the bounds, and put it where L2L looks for it."""
        self.genomes = np.array([self._bounded(vector) for vector in genomes])
        self.eval_pop = [list_to_dict(vector, self._spec) for vector in self.genomes]
        self._expand_trajectory(traj)
