"""L2L's parallel tempering, fenced."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from l2l.optimizers.paralleltempering.optimizer import (
    AvailableCoolingSchedules,
    ParallelTemperingOptimizer,
    ParallelTemperingParameters,
)

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizers.l2l_fence import Fenced, L2LParameters
from neurosim_rl.optimizers.l2l_simulated_annealing import SCHEDULES
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class L2LParallelTemperingParameters(L2LParameters):
    """L2L's parallel tempering: annealings from several temperatures (L2L never exchanges them)."""

    population: int = option(32, "chains, one individual each (L2L: n_parallel_runs)", low=2)
    noisy_step: float = option(1.0, "deviation of a step at temperature 1, in gene units", low=0)
    hottest: float = option(1.0, "first temperature of the hottest chain", low=1e-6)
    coldest: float = option(0.2, "first temperature of the coldest chain; others lie between, geometrically", low=1e-6)
    decay: float = option(0.98, "the schedules' decay parameter (L2L: decay_parameters)", low=0)
    cooling_schedule: str = option("DEFAULT", "how temperatures fall", choices=SCHEDULES)

    def __post_init__(self) -> None:
        """Check what involves several options."""
        if self.coldest > self.hottest:
            raise ConfigurationError(
                f"optimizer.coldest = {self.coldest} is above hottest = {self.hottest}; expected at most that. "
                "Exchange them."
            )

    @property
    def optimizer(self) -> type[L2LParallelTemperingOptimizer]:
        """The class that these parameters are for."""
        return L2LParallelTemperingOptimizer

    def to_l2l(self, create_individual: Any = None) -> ParallelTemperingParameters:
        """Return L2L's named tuple."""
        first = np.geomspace(self.hottest, self.coldest, self.population)
        return ParallelTemperingParameters(
            n_parallel_runs=self.population,
            noisy_step=self.noisy_step,
            n_iteration=self.n_iteration,
            stop_criterion=math.inf,
            seed=self.l2l_seed,
            cooling_schedules=[AvailableCoolingSchedules[self.cooling_schedule]] * self.population,
            temperature_bounds=np.column_stack([first, np.zeros(self.population)]),
            decay_parameters=np.full(self.population, self.decay),
        )


class L2LParallelTemperingOptimizer(Fenced, ParallelTemperingOptimizer):
    """L2L's algorithm, unchanged, but fenced (see :class:`~neurosim_rl.optimizers.l2l_fence.Fenced`).

    Annealings at several temperatures. Source of the method: Swendsen & Wang 1986, Phys. Rev. Lett. 57:2607.
    Fenced besides: draws come from NumPy's and Python's global generators (L2L does not use its seed); the first
    temperatures share memory with the present ones, so that schedules that start from them cool twice.
    What remains as L2L has it: **chains never exchange temperatures**, since the list of possible partners holds only
    the chain itself; so this is annealing from several temperatures. T is compared with differences of raw
    fitness; steps shrink with T; the very first step has the square of ``noisy_step``.
    """

    T_all: np.ndarray

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.T_all = self.T_all.copy()
