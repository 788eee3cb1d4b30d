"""L2L's simulated annealing, in an isolated environment (`l2l_fence`)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from l2l.optimizers.simulatedannealing.optimizer import (
    AvailableCoolingSchedules,
    SimulatedAnnealingOptimizer,
    SimulatedAnnealingParameters,
)

from neurosim_rl.optimizers.l2l_fence import Fenced, L2LParameters
from neurosim_rl.settings.options import option

SCHEDULES = tuple(schedule.name for schedule in AvailableCoolingSchedules)


@dataclass(frozen=True)
class L2LSimulatedAnnealingParameters(L2LParameters):
    """L2L's simulated annealing, in several independent chains.

    Source: Kirkpatrick, Gelatt & Vecchi 1983, Science 220:671; L2L: Yegenoglu et al. 2022, Front. Comput. Neurosci.
    16:885207.
    """

    population: int = option(32, "independent chains, one individual each (L2L: n_parallel_runs)", low=1)
    noisy_step: float = option(1.0, "standard deviation of a step at temperature 1, in gene units", low=0)
    temp_decay: float = option(
        0.97, "factor of the temperature in each generation (cooling_schedule DEFAULT)", low=0, high=1
    )
    cooling_schedule: str = option("DEFAULT", "cooling schedule, from temperature 1", choices=SCHEDULES)

    @property
    def optimizer(self) -> type[L2LSimulatedAnnealingOptimizer]:
        """The optimizer's class."""
        return L2LSimulatedAnnealingOptimizer

    def to_l2l(self, create_individual: Any = None) -> SimulatedAnnealingParameters:
        """Return L2L's named tuple."""
        return SimulatedAnnealingParameters(
            n_parallel_runs=self.population,
            noisy_step=self.noisy_step,
            temp_decay=self.temp_decay,
            n_iteration=self.n_iteration,
            stop_criterion=math.inf,
            seed=self.l2l_seed,
            cooling_schedule=AvailableCoolingSchedules[self.cooling_schedule],
        )


class L2LSimulatedAnnealingOptimizer(Fenced, SimulatedAnnealingOptimizer):
    """L2L's algorithm, unchanged, in an isolated environment (:class:`~neurosim_rl.optimizers.l2l_fence.Fenced`).

    Each chain takes a random step. A better individual is kept; a worse one is kept with probability
    exp(difference / T). Source: Kirkpatrick, Gelatt & Vecchi 1983, Science 220:671.

    Peculiarities of L2L that remain: T is compared with differences of raw fitness, so the scale of fitness matters.
    Steps shrink with T as well. The standard deviation of the first step is the square of ``noisy_step``. The current
    individual keeps the fitness of earlier starts. Chains are independent. LINEAR_ADDAPTIVE, QUADRATIC_ADDAPTIVE and
    EXPONENTIAL_ADDAPTIVE compute from the present temperature, not from the last one as published.
    """
