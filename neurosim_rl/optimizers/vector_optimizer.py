"""An L2L optimizer that sees genomes as the rows of a matrix: all bookkeeping, no mathematics."""

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
"""Individuals that are created to see how far genes spread; the first of them are the first generation."""

BEYOND = 1e30
"""A gene that every bound moves."""


class VectorOptimizer(Optimizer, ABC):
    """Base of optimizers over vectors of genes.

    The first generation is what the optimizee creates, unless :meth:`_first` says else. Every later one is what
    :meth:`_next` returns, moved into the bounds. Linear algebra runs in one thread: with several, its last bits depend
    on the number of cores.

    Parameters
    ----------
    traj : l2l.utils.trajectory.Trajectory
    optimizee_create_individual : callable
        Returns one individual as a dict of flat float arrays.
    optimizee_fitness_weights : tuple of float
        One for each objective; negative minimizes.
    parameters : OptimizerParameters
        With ``population``.
    optimizee_bounding_func : callable or None
        Returns an individual moved into its bounds.

    Attributes
    ----------
    genomes : numpy.ndarray
        Those of the generation that is offered, shape (population, n_genes), gene units.
    spread : numpy.ndarray
        Standard deviation of each gene over created individuals, shape (n_genes,), gene units; 1 where they are equal.
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
        n_created = max(N_CREATED, parameters.population)
        created = [dict_to_list(optimizee_create_individual(), get_dict_spec=True) for _ in range(n_created)]
        self._spec = created[0][1]
        self.created = np.array([genes for genes, _ in created], float)
        deviation = self.created.std(axis=0)
        self.spread = np.where(deviation > 0, deviation, 1.0)
        n_genes = self.created.shape[1]
        self.low, self.high = (self._reach(np.full(n_genes, far)) for far in (-BEYOND, BEYOND))
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

    def _first(self) -> np.ndarray:
        """Return the first generation, shape (n, n_genes)."""
        return self.created[: self.parameters.population]

    @abstractmethod
    def _next(self, scores: np.ndarray) -> np.ndarray:
        """Return the next generation, shape (n, n_genes).

        Parameters
        ----------
        scores : numpy.ndarray
            Of ``genomes``, shape (population, n_objectives), more is better; ``-inf`` for what was not finite.
        """

    def _reach(self, vector: np.ndarray) -> np.ndarray:
        """Return where the bounding function moves a far vector: the bounds; infinite if it does not."""
        moved = self._bounded(vector)
        return np.where(np.abs(moved) < BEYOND, moved, np.sign(vector) * np.inf)

    def _bounded(self, vector: np.ndarray) -> np.ndarray:
        if self.optimizee_bounding_func is None:
            return vector
        return dict_to_list(self.optimizee_bounding_func(list_to_dict(vector, self._spec)))

    def _offer(self, traj: Any, genomes: np.ndarray) -> None:
        """Put a generation where L2L looks for it."""
        self.genomes = np.array([self._bounded(vector) for vector in genomes])
        self.eval_pop = [list_to_dict(vector, self._spec) for vector in self.genomes]
        self._expand_trajectory(traj)
