"""An isolated environment for L2L's own optimizers: private generators, own arithmetic, one thread, no output."""

from __future__ import annotations

import contextlib
import io
import math
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from l2l.utils.groups import ResultGroup

from neurosim_rl.optimizers.base import OptimizerParameters
from neurosim_rl.optimizers.library_arithmetic import portable_arithmetic
from neurosim_rl.optimizers.library_random import LibraryRandom
from neurosim_rl.optimizers.one_thread import one_thread
from neurosim_rl.seeds import Purpose, stream

WORST = 1e300
"""Absolute value of the worst fitness; finite, because L2L's algorithms take differences of fitnesses."""

Individual = Mapping[str, np.ndarray]
BatchResult = list[tuple[int, tuple[float, ...]]]


@dataclass(frozen=True)
class L2LParameters(OptimizerParameters):
    """Base class of the parameters of L2L's optimizers; names are L2L's, except for the population."""

    ranks_failures: ClassVar[bool] = False

    @property
    def l2l_seed(self) -> int:
        """Seed of 32 bits for ``numpy.random.RandomState``."""
        return int(stream(self.seed, Purpose.LIBRARY, 1).generate_state(1)[0])

    def to_l2l(self, create_individual: Callable[[], Individual]) -> Any:
        """Return L2L's named tuple; `create_individual` gives the first individual of algorithms that need one."""
        raise NotImplementedError


class Fenced:
    """Mix-in before a class of L2L: it isolates L2L's algorithm and does not change it.

    * Draws from the global random generators come from private ones.
    * Products, exponentials and logarithms are those of this package, because NumPy's depend on the processor.
    * Linear algebra uses one thread, because the number of threads changes last bits.
    * Prints and warnings are suppressed.
    * Fitness that is not finite becomes the worst fitness.
    * L2L breeds once more after the last generation; this generation is dropped.
    * Records that grow with every generation are replaced by the newest one.
    * The trajectory gets the entries that L2L's own runner would write.
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
        # Outside of the fence: modules that are loaded here get its arithmetic, and draw nothing from its generators.
        l2l_parameters = parameters.to_l2l(optimizee_create_individual)
        with self._fence():
            super().__init__(  # type: ignore[call-arg]
                traj,
                optimizee_create_individual=optimizee_create_individual,
                optimizee_fitness_weights=optimizee_fitness_weights,
                parameters=l2l_parameters,
                optimizee_bounding_func=optimizee_bounding_func,
            )

    def post_process(self, traj: Any, fitnesses_results: BatchResult) -> None:
        """Take the fitness of every individual, and let L2L offer the next generation unless this was the last."""
        offered, generation = list(self.eval_pop), self.g
        results = [(index, self._finite(fitness)) for index, fitness in fitnesses_results]
        # A copy: L2L looks up indices in the trajectory and empties the list that it is given.
        traj.current_results = list(results)
        traj.results["generation_params"] = ResultGroup()
        with self._fence():
            super().post_process(traj, results)  # type: ignore[misc]
        if generation + 1 >= self.options.n_iteration:
            self.eval_pop, self.g = offered, generation
            traj.individuals.pop(generation + 1, None)

    def _finite(self, fitness: tuple[float, ...]) -> tuple[float, ...]:
        """Return the fitness as NumPy's floats, with the worst value instead of values that are not finite."""
        finite = []
        for value, weight in zip(fitness, self.optimizee_fitness_weights, strict=True):
            worst = math.copysign(WORST, -weight)
            # NumPy's floats can be divided by zero, where Python's raise: a temperature can reach zero.
            finite.append(np.float64(value if math.isfinite(value) else worst))
        return tuple(finite)

    def _l2l_modules(self) -> list[Any]:
        """Return L2L's modules that compute: those of its class, and of its distributions if they are loaded."""
        names = {base.__module__ for base in type(self).__mro__} | {"l2l.optimizers.crossentropy.distribution"}
        loaded = [sys.modules[name] for name in sorted(names) if name.startswith("l2l.") and name in sys.modules]
        return [module for module in loaded if hasattr(module, "np")]

    @contextlib.contextmanager
    def _fence(self) -> Iterator[None]:
        """Run L2L's code in isolation."""
        # L2L formats genomes for its log even if nobody reads it; shortened, this takes a tenth of the time.
        with (
            self._random.installed(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            np.printoptions(threshold=1, edgeitems=1),
            np.errstate(all="ignore"),
            one_thread(),
            portable_arithmetic(*self._l2l_modules()),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore", RuntimeWarning)  # DEAP warns that a class of this name exists already
            yield

    eval_pop: list[Any]
    g: int
    optimizee_fitness_weights: tuple[float, ...]
