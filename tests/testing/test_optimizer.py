"""The contract of optimizers: ours keep it, and each way to break it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from l2l.optimizers.optimizer import Optimizer

from neurosim_rl.optimizers import OPTIMIZERS
from neurosim_rl.optimizers.base import OptimizerParameters
from neurosim_rl.settings.options import option
from neurosim_rl.testing import ContractError, check_optimizer

SMALL: dict[str, dict[str, Any]] = {
    "l2l-evolution-strategies": {"population": 13},
    "l2l-face": {"population": 12, "max_population": 20, "n_expand": 4, "n_elite": 4},
    "l2l-grid-search": {"genes": [0, 3], "n_steps": 3},
}
"""Options that make a small generation, where not just ``population = 12`` does."""


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_keeps_the_contract(name: str) -> None:
    check_optimizer(OPTIMIZERS[name], **SMALL.get(name, {"population": 12}))


class Climber(Optimizer):
    """Draws around the best individual so far."""

    generator: Any = None

    def __init__(self, traj: Any, optimizee_create_individual: Any, optimizee_fitness_weights: Any, parameters: Any,
                 optimizee_bounding_func: Any = None) -> None:  # fmt: skip
        super().__init__(traj, optimizee_create_individual=optimizee_create_individual,
                         optimizee_fitness_weights=optimizee_fitness_weights, parameters=parameters,
                         optimizee_bounding_func=optimizee_bounding_func)  # fmt: skip
        self.size, self.bound = parameters.population, optimizee_bounding_func
        self.rng = self.generator or np.random.default_rng(parameters.seed)
        self.eval_pop = [optimizee_create_individual() for _ in range(self.size)]
        self.best, self.fitness, self.g = self.eval_pop[0], -np.inf, 0
        self._expand_trajectory(traj)

    def post_process(self, traj: Any, fitnesses_results: Any) -> None:
        told = np.array([value for _, (value,) in fitnesses_results])
        if np.isfinite(told).any() and np.nanmax(told) > self.fitness:
            self.best, self.fitness = self.eval_pop[int(np.nanargmax(told))], float(np.nanmax(told))
        self.eval_pop = [self.child() for _ in range(self.size)]
        self.g += 1
        self._expand_trajectory(traj)

    def child(self) -> dict[str, np.ndarray]:
        return self.bounded({name: array + self.rng.normal(0, 0.5, array.shape) for name, array in self.best.items()})

    def bounded(self, individual: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return self.bound(individual)  # type: ignore[no-any-return]

    def _expand_trajectory(self, traj: Any) -> None:
        traj.individuals[self.g] = []


class Unseeded(Climber):
    generator = np.random.default_rng()


class Unbounded(Climber):
    def child(self) -> dict[str, np.ndarray]:
        return {name: array + 9.0 for name, array in super().child().items()}


class Restless(Climber):
    """Draws whenever it is asked."""

    @property
    def eval_pop(self) -> list[dict[str, np.ndarray]]:
        return [self.bound({n: a + self.rng.normal(0, 0.1, a.shape) for n, a in one.items()}) for one in self._pop]

    @eval_pop.setter
    def eval_pop(self, individuals: list[dict[str, np.ndarray]]) -> None:
        self._pop = individuals


class Believes(Climber):
    """Takes the mean of all fitnesses for a step size, whatever they are."""

    def post_process(self, traj: Any, fitnesses_results: Any) -> None:
        step = float(np.mean([value for _, (value,) in fitnesses_results]))
        self.best = {name: array * step for name, array in self.best.items()}
        super().post_process(traj, fitnesses_results)


class Breaks(Climber):
    def post_process(self, traj: Any, fitnesses_results: Any) -> None:
        raise KeyError("offspring")


class Hidden(Climber):
    """Counts the searches of its process."""

    n_made = 0

    def __init__(self, *args: Any, **options: Any) -> None:
        type(self).n_made += 1
        super().__init__(*args, **options)
        self.rng = np.random.default_rng(type(self).n_made)


@dataclass(frozen=True)
class ClimberParameters(OptimizerParameters):
    """Options of a climber."""

    population: int = option(8, "individuals in each generation", low=2)
    kind: str = option("Climber", "class of the optimizer")

    @property
    def optimizer(self) -> type[Optimizer]:
        return globals()[self.kind]  # type: ignore[no-any-return]


def test_an_optimizer_of_ones_own_may_keep_it() -> None:
    check_optimizer(ClimberParameters, population=6)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (Unseeded, "told the same fitnesses, it asks for other genomes: .*Runs are resumed by telling"),
        (Hidden, "told the same fitnesses, it asks for other genomes"),
        (Unbounded, "generation 1 has a gene of size .*; expected at most 5, its bound"),
        (Restless, "told the same fitnesses, it asks for other genomes|asked twice, it gives other genomes"),
        (Believes, "telling it the fitnesses fails: GenomeError: .* is nan; expected a finite number"),
        (Breaks, "telling it the fitnesses fails: KeyError: 'offspring'"),
    ],
)
def test_a_broken_optimizer_is_told(broken: type[Climber], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        check_optimizer(ClimberParameters, kind=broken.__name__)


def test_what_is_no_optimizer_is_told() -> None:
    with pytest.raises(ContractError, match=r"expected a class derived from OptimizerParameters; got .*Climber"):
        check_optimizer(Climber)  # type: ignore[arg-type]
    with pytest.raises(ContractError, match=r"reading the options fails: UnknownNameError: .*'populatoin'"):
        check_optimizer(ClimberParameters, populatoin=6)
