"""L2L's cross-entropy method, fenced."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from l2l.optimizers.crossentropy.optimizer import CrossEntropyOptimizer, CrossEntropyParameters

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizers.l2l_fence import BatchResult, Fenced, L2LParameters
from neurosim_rl.settings.options import option

COLDEST = 1e-300
"""Temperature below which L2L's differences of fitness would be divided by zero."""


@dataclass(frozen=True)
class L2LCrossEntropyParameters(L2LParameters):
    """L2L's cross-entropy method: a Gaussian fitted to the elite (L2L: ``NoisyGaussian``)."""

    population: int = option(32, "individuals in each generation (L2L: pop_size)", low=4)
    rho: float = option(0.25, "share of a generation that is elite", low=0, high=1)
    smoothing: float = option(0.5, "weight of the previous mean and covariance", low=0, high=0.999)
    temp_decay: float = option(
        0.0, "temperature's factor each generation, for others than the elite; 0: elite only", low=0, high=1
    )
    noise_magnitude: float = option(1.0, "deviation of the first variance added to each gene, in gene units^2", low=0)
    noise_decay: float = option(0.95, "factor on noise_magnitude each generation", low=0, high=1)

    def __post_init__(self) -> None:
        """Check what involves several options."""
        if int(self.rho * self.population) < 2:
            raise ConfigurationError(
                f"optimizer.rho = {self.rho} of population = {self.population} makes {int(self.rho * self.population)} "
                f"elite; expected at least 2, to have a covariance. Set rho to at least {2 / self.population:.3g}."
            )

    @property
    def optimizer(self) -> type[L2LCrossEntropyOptimizer]:
        """The class that these parameters are for."""
        return L2LCrossEntropyOptimizer

    def to_l2l(self, create_individual: Any = None) -> CrossEntropyParameters:
        """Return L2L's named tuple."""
        return CrossEntropyParameters(
            pop_size=self.population,
            rho=self.rho,
            smoothing=self.smoothing,
            temp_decay=self.temp_decay,
            n_iteration=self.n_iteration,
            distribution=noisy_gaussian(self.noise_magnitude, self.noise_decay),
            stop_criterion=math.inf,
            seed=self.l2l_seed,
        )


class L2LCrossEntropyOptimizer(Fenced, CrossEntropyOptimizer):
    """L2L's algorithm, unchanged, but fenced (see :class:`~neurosim_rl.optimizers.l2l_fence.Fenced`).

    A Gaussian is fitted to the elite of each generation. Source: Rubinstein 1999, Methodol. Comput. Appl. Probab.
    1:127; added variance: Szita & Lorincz 2006, Neural Comput. 18:2936.
    What remains as L2L has it: with a temperature, the probability to keep an individual that is no elite is computed
    for another one (the list of fitnesses is unsorted, that of individuals sorted); the first fit is to
    the whole first generation; with fewer elite than genes the covariance is that of a plane, plus the added variance.
    """

    T: float

    def post_process(self, traj: Any, fitnesses_results: BatchResult) -> None:
        """Take fitnesses, and sample from the fit to the elite (see L2L) unless this was the last generation."""
        self.T = max(self.T, COLDEST)
        super().post_process(traj, fitnesses_results)


def noisy_gaussian(magnitude: float, decay: float) -> Any:
    """Return L2L's ``NoisyGaussian``: to the variance of each gene |N(0, magnitude)| is added, less each generation."""
    from l2l.optimizers.crossentropy.distribution import NoisyGaussian  # here, since it loads scikit-learn

    return NoisyGaussian(noise_magnitude=magnitude, noise_decay=decay)
