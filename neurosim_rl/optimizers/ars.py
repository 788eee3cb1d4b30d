"""Augmented random search: antithetic samples, the best directions, steps in units of the deviation of returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizers.base import OptimizerParameters
from neurosim_rl.optimizers.ranking import finite_scores
from neurosim_rl.optimizers.vector_optimizer import VectorOptimizer
from neurosim_rl.seeds import Purpose, generator
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class ARSParameters(OptimizerParameters):
    """Augmented random search of Mania et al. 2018: best of antithetic directions, steps scaled by the returns."""

    population: int = option(33, "individuals in each generation: pairs, and the centre if the number is odd", low=2)
    top: int = option(0, "directions that count, the best of them; 0: half of all pairs, rounded up", low=0)
    noise: float = option(
        0.3, "deviation of samples from the centre, in standard deviations of created genes", low=1e-6
    )
    step_size: float = option(0.2, "step, in standard deviations of created genes", low=0)
    start: str = option("zero", "where the centre begins", choices=("zero", "best"))

    def __post_init__(self) -> None:
        """Check that there are so many directions."""
        if self.top > self.population // 2:
            raise ConfigurationError(
                f"optimizer.top = {self.top}: population = {self.population} has {self.population // 2} directions. "
                "Set a smaller top, or a larger population."
            )

    @property
    def n_top(self) -> int:
        """Number of directions that count."""
        return self.top or (self.population // 2 + 1) // 2

    @property
    def begins_at_created(self) -> bool:
        """Not at zero."""
        return self.start != "zero"

    @property
    def optimizer(self) -> type[ARSOptimizer]:
        """The class that these parameters are for."""
        return ARSOptimizer


class ARSOptimizer(VectorOptimizer):
    """A step along the best of random directions, each tried both ways.

    With x genes in units of their spread and directions d_i of fitness r_i+ at x + noise d_i and r_i- at x - noise d_i,
    the b directions of the largest max(r_i+, r_i-) count: x moves by step_size / (b sd) sum_i (r_i+ - r_i-) d_i, where
    sd is the standard deviation of their 2 b fitnesses. Source: Mania, Guy & Recht 2018, arXiv:1803.07055, algorithm 2,
    version t. There genes are weights of a linear policy, x begins at zero (``start = "best"``: at the best of the
    first generation, which then is what was created), and observations are standardised as they come (V2): that is
    ``normalisation.name = "running"`` (``"statistics"`` are measured before and stay). They take off the reward for
    being alive where a robot may fall: ``fitness.name = "return-without-bonus"``.

    Fitness counts as it is, not by its rank: individuals that failed, and fitness that is not finite, count as the
    worst of the others, whatever the penalty. If all are equal, x stays.
    Samples are clipped to the bounds, their d_i are not; x stays within.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._noise = np.zeros((0, 0))
        super().__init__(*arguments, **named)

    def _first(self) -> np.ndarray:
        self._rng = generator(self.parameters.seed, Purpose.LIBRARY)
        self._n_pairs = self.parameters.population // 2
        self._centre = np.clip(np.zeros_like(self.spread), self.low / self.spread, self.high / self.spread)
        return super()._first() if self.parameters.start == "best" else self._samples()

    def _next(self, scores: np.ndarray) -> np.ndarray:
        if len(self._noise):
            self._step(finite_scores(scores[: 2 * self._n_pairs, 0]))
        else:
            self._centre = self.genomes[np.argmax(scores[:, 0])] / self.spread
        return self._samples()

    def _samples(self) -> np.ndarray:
        self._noise = self._rng.standard_normal((self._n_pairs, len(self.spread)))
        steps = self.parameters.noise * self._noise
        samples = np.concatenate([self._centre + steps, self._centre - steps])
        if self.parameters.population % 2:
            samples = np.concatenate([samples, self._centre[None]])
        return np.clip(samples * self.spread, self.low, self.high)

    def _step(self, fitness: np.ndarray) -> None:
        """Move the centre."""
        p = self.parameters
        plus, minus = fitness[: self._n_pairs], fitness[self._n_pairs :]
        top = np.argsort(-np.maximum(plus, minus), kind="stable")[: p.n_top]
        largest = np.abs(fitness[[*top, *(self._n_pairs + top)]]).max() or 1.0  # squares of it might overflow
        plus, minus = plus[top] / largest, minus[top] / largest
        deviation = np.concatenate([plus, minus]).std()
        if deviation > 0:
            moved = self._centre + p.step_size / (p.n_top * deviation) * ((plus - minus) @ self._noise[top])
            self._centre = np.clip(moved, self.low / self.spread, self.high / self.spread)
