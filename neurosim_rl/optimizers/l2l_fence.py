"""L2L's own optimizers as they are, with a fence around them."""

from __future__ import annotations

import contextlib
import io
import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from l2l.utils.groups import ResultGroup

from neurosim_rl.optimizers.base import OptimizerParameters
from neurosim_rl.optimizers.library_random import LibraryRandom
from neurosim_rl.optimizers.one_thread import one_thread
from neurosim_rl.seeds import Purpose, stream

WORST = 1e300
"""Size of a fitness that is worse than any: finite, since L2L's algorithms take differences of fitnesses."""

Individual = Mapping[str, np.ndarray]
BatchResult = list[tuple[int, tuple[float, ...]]]


@dataclass(frozen=True)
class L2LParameters(OptimizerParameters):
    """Parameters of one of L2L's optimizers, under L2L's names but for the population."""

    ranks_failures: ClassVar[bool] = False

    @property
    def l2l_seed(self) -> int:
        """A seed for ``numpy.random.RandomState``, which takes 32 bits."""
        return int(stream(self.seed, Purpose.LIBRARY, 1).generate_state(1)[0])

    def to_l2l(self, create_individual: Callable[[], Individual]) -> Any:
        """Return L2L's named tuple; `create_individual` for those that begin at an individual."""
        raise NotImplementedError


class Fenced:
    """Stands before a class of L2L, whose algorithm it leaves as it is.

    Fenced off are: draws from global generators, prints and warnings, threads (which change last bits), fitness that
    is not finite (it becomes the worst), a generation after the last that nobody evaluates, records that
    grow with every generation (the newest stay), and what L2L wants to find in the trajectory.
    """

    def __init__(
        self,
        traj: Any,
        optimizee_create_individual: Callable[[], Individual],
        optimizee_fitness_weights: tuple[float, ...],
        parameters: Any,
        optimizee_bounding_func: Callable[[Individual], Individual] | None = None,
    ) -> None:
        self.options = parameters
        self._random = LibraryRandom(stream(parameters.seed, Purpose.LIBRARY))
        with self._fence():
            super().__init__(  # type: ignore[call-arg]
                traj,
                optimizee_create_individual=optimizee_create_individual,
                optimizee_fitness_weights=optimizee_fitness_weights,
                parameters=parameters.to_l2l(optimizee_create_individual),
                optimizee_bounding_func=optimizee_bounding_func,
            )

    def post_process(self, traj: Any, fitnesses_results: BatchResult) -> None:
        """Take fitnesses, NaN and infinities as the worst, and go on as L2L does unless this was the last."""
        offered, generation = list(self.eval_pop), self.g
        results = [(index, self._finite(fitness)) for index, fitness in fitnesses_results]
        traj.current_results = list(results)  # L2L looks indices up there, and empties the list that it is given
        traj.results["generation_params"] = ResultGroup()
        with self._fence():
            super().post_process(traj, results)  # type: ignore[misc]
        if generation + 1 >= self.options.n_iteration:
            self.eval_pop, self.g = offered, generation
            traj.individuals.pop(generation + 1, None)

    def _finite(self, fitness: tuple[float, ...]) -> tuple[float, ...]:
        """Return the fitness with the worst value for each that is not finite, as NumPy's floats.

        NumPy divides by zero, where Python's floats raise (a temperature can reach zero).
        """
        weighted = zip(fitness, self.optimizee_fitness_weights, strict=True)
        worst = [f if math.isfinite(f) else math.copysign(WORST, -weight) for f, weight in weighted]
        return tuple(np.float64(f) for f in worst)

    @contextlib.contextmanager
    def _fence(self) -> Iterator[None]:
        # L2L writes genomes as text for its log, heard or not: shortened, that takes a tenth of the time.
        with (
            self._random.installed(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            np.printoptions(threshold=1, edgeitems=1),
            np.errstate(all="ignore"),
            one_thread(),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore", RuntimeWarning)  # DEAP: a class of that name was created before
            yield

    eval_pop: list[Any]
    g: int
    optimizee_fitness_weights: tuple[float, ...]
