"""L2L's simulated annealing, fenced."""

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
    """L2L's simulated annealing, many side by side."""

    population: int = option(32, "annealings side by side, one individual each (L2L: n_parallel_runs)", low=1)
    noisy_step: float = option(1.0, "deviation of a step at temperature 1, in gene units", low=0)
    temp_decay: float = option(0.97, "temperature's factor each generation (cooling_schedule DEFAULT)", low=0, high=1)
    cooling_schedule: str = option("DEFAULT", "how the temperature falls, from 1", choices=SCHEDULES)

    @property
    def optimizer(self) -> type[L2LSimulatedAnnealingOptimizer]:
        """The class that these parameters are for."""
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
    """L2L's algorithm, unchanged, but fenced (see :class:`~neurosim_rl.optimizers.l2l_fence.Fenced`).

    Each annealing takes a random step, and keeps it if it is better, else with probability exp(difference / T).
    Source: Kirkpatrick, Gelatt & Vecchi 1983, Science 220:671.
    What remains as L2L has it: T is compared with differences of raw fitness, so that its scale matters; steps shrink
    with T too; the very first step has the square of ``noisy_step``; the current individual keeps the fitness of
    the starts that it met; annealings know nothing of each other; LINEAR_ADDAPTIVE, QUADRATIC_ADDAPTIVE and
    EXPONENTIAL_ADDAPTIVE compute from the present temperature, not from the last one as published.
    """
