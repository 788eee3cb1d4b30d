"""L2L's own genetic algorithm, with options as ours and its faults fenced off."""

from __future__ import annotations

import contextlib
import io
import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from l2l.optimizers.evolution.optimizer import GeneticAlgorithmOptimizer, GeneticAlgorithmParameters

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizers.library_random import LibraryRandom
from neurosim_rl.options import option
from neurosim_rl.seeds import Purpose, stream


@dataclass(frozen=True)
class L2LGeneticParameters:
    """Parameters of L2L's ``GeneticAlgorithmOptimizer``, under L2L's names but for the population."""

    seed: int
    n_iteration: int
    population: int = option(32, "individuals (L2L: pop_size)", low=2)
    cx_prob: float = option(0.7, "crossover probability", low=0, high=1)
    mut_prob: float = option(0.7, "mutation probability", low=0, high=1)
    ind_prob: float = option(0.45, "probability that a gene of a mutated individual changes", low=0, high=1)
    tourn_size: int = option(4, "tournament size", low=1)
    mate_par: float = option(0.5, "alpha of the blend crossover", low=0)
    mut_par: float = option(1.0, "standard deviation of the mutation", low=0)

    def to_l2l(self) -> GeneticAlgorithmParameters:
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


class L2LGeneticOptimizer(GeneticAlgorithmOptimizer):
    """L2L's algorithm, unchanged, but seeded and silent.

    L2L stores its seed and draws from Python's global generator, and prints every child. What remains as L2L
    has it: survivors are not evaluated again, there is no elitism, and duplicates are mutated more.
    """

    def __init__(
        self,
        traj: Any,
        optimizee_create_individual: Any,
        optimizee_fitness_weights: tuple[float, ...],
        parameters: L2LGeneticParameters,
        optimizee_bounding_func: Any = None,
    ) -> None:
        self._random = LibraryRandom(stream(parameters.seed, Purpose.LIBRARY))
        with self._fence():
            super().__init__(
                traj,
                optimizee_create_individual=optimizee_create_individual,
                optimizee_fitness_weights=optimizee_fitness_weights,
                parameters=parameters.to_l2l(),
                optimizee_bounding_func=optimizee_bounding_func,
            )

    def post_process(self, traj: Any, fitnesses_results: list[tuple[int, tuple[float, ...]]]) -> None:
        """Take fitnesses, NaN and infinities as the worst, and breed (see L2L)."""
        with self._fence():
            super().post_process(traj, [(index, self._finite_or_worst(f)) for index, f in fitnesses_results])

    def _finite_or_worst(self, fitness: tuple[float, ...]) -> tuple[float, ...]:
        """Return the fitness with the worst value for each that is not finite: L2L lets NaN win tournaments."""
        weighted = zip(fitness, self.optimizee_fitness_weights, strict=True)
        return tuple(f if math.isfinite(f) else math.copysign(math.inf, -weight) for f, weight in weighted)

    def _expand_trajectory(self, traj: Any) -> None:
        if not self.eval_pop:  # L2L evaluates only children that changed, and fails by an IndexError if none did
            raise ConfigurationError(
                "l2l-genetic bred a generation without any new individual. "
                "Raise optimizer.population, optimizer.cx_prob or optimizer.mut_prob."
            )
        super()._expand_trajectory(traj)

    @contextlib.contextmanager
    def _fence(self):  # type: ignore[no-untyped-def]
        # L2L writes genomes as text for its log, heard or not: shortened, that takes a tenth of the time.
        with (
            self._random.installed(),
            contextlib.redirect_stdout(io.StringIO()),
            np.printoptions(threshold=1, edgeitems=1),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore", RuntimeWarning)  # DEAP: a class of that name was created before
            yield
