"""L2L's parallel tempering, in an isolated environment (`l2l_fence`)."""

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

from neurosim_rl.bridge.elementary import exponential, logarithm
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizers.l2l_fence import Fenced, L2LParameters
from neurosim_rl.optimizers.l2l_simulated_annealing import SCHEDULES
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class L2LParallelTemperingParameters(L2LParameters):
    """L2L's parallel tempering: annealing from several temperatures (L2L never exchanges them).

    Source: Swendsen & Wang 1986, Phys. Rev. Lett. 57:2607; L2L: Yegenoglu et al. 2022, Front. Comput. Neurosci.
    16:885207.
    """

    population: int = option(32, "chains, one individual each (L2L: n_parallel_runs)", low=2)
    noisy_step: float = option(1.0, "standard deviation of a step at temperature 1, in gene units", low=0)
    hottest: float = option(1.0, "first temperature of the hottest chain", low=1e-6)
    coldest: float = option(0.2, "first temperature of the coldest chain; the others form a geometric series", low=1e-6)
    decay: float = option(0.98, "decay parameter of the cooling schedules (L2L: decay_parameters)", low=0)
    cooling_schedule: str = option("DEFAULT", "cooling schedule of all chains", choices=SCHEDULES)

    def __post_init__(self) -> None:
        """Check options against each other."""
        if self.coldest > self.hottest:
            raise ConfigurationError(
                f"optimizer.coldest = {self.coldest} and optimizer.hottest = {self.hottest}; expected coldest at most "
                "hottest. Exchange them."
            )

    @property
    def optimizer(self) -> type[L2LParallelTemperingOptimizer]:
        """The optimizer's class."""
        return L2LParallelTemperingOptimizer

    def to_l2l(self, create_individual: Any = None) -> ParallelTemperingParameters:
        """Return L2L's named tuple."""
        # The geometric series; NumPy's `geomspace` depends on the processor.
        share = np.arange(self.population) / (self.population - 1)
        first = self.hottest * exponential(share * logarithm(self.coldest / self.hottest))
        first[-1] = self.coldest
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
    """L2L's algorithm, unchanged, in an isolated environment (:class:`~neurosim_rl.optimizers.l2l_fence.Fenced`).

    Annealing at several temperatures. Source of the method: Swendsen & Wang 1986, Phys. Rev. Lett. 57:2607.

    Also prevented here: L2L does not use its seed, but the global generators of NumPy and Python. Its first and present
    temperatures share memory, so schedules that compute from the first temperature would cool twice.

    Peculiarities of L2L that remain: **Chains never exchange temperatures**, because the list of possible partners
    holds only the chain itself; so this is annealing from several temperatures. T is compared with differences of raw
    fitness. Steps shrink with T. The standard deviation of the first step is the square of ``noisy_step``.
    """

    T_all: np.ndarray

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.T_all = self.T_all.copy()  # L2L lets it share memory with the first temperatures
