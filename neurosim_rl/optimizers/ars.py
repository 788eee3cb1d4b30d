"""Augmented random search: steps along the best of random directions, scaled by the deviation of returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizers.algebra import product
from neurosim_rl.optimizers.base import OptimizerParameters
from neurosim_rl.optimizers.ranking import finite_scores
from neurosim_rl.optimizers.vector_optimizer import VectorOptimizer
from neurosim_rl.seeds import Purpose, generator
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class ARSParameters(OptimizerParameters):
    """Augmented random search of Mania et al. 2018: steps along the best of random directions."""

    population: int = option(33, "individuals in each generation: pairs, plus the centre if the number is odd", low=2)
    top: int = option(0, "number of best directions that are used; 0 = half of all pairs, rounded up", low=0)
    noise: float = option(
        0.3, "standard deviation of samples around the centre, in standard deviations of created genes", low=1e-6
    )
    step_size: float = option(0.2, "step size in standard deviations of created genes", low=0)
    start: str = option(
        "zero", "first centre: zero, or the best individual of the first generation", choices=("zero", "best")
    )

    def __post_init__(self) -> None:
        """Check that the population has enough directions."""
        if self.top > self.population // 2:
            raise ConfigurationError(
                f"optimizer.top = {self.top}; expected at most {self.population // 2}, the number of directions of "
                f"population = {self.population}. Set a smaller top, or a larger population."
            )

    @property
    def n_top(self) -> int:
        """Number of directions that are used."""
        return self.top or (self.population // 2 + 1) // 2

    @property
    def begins_at_created(self) -> bool:
        """Whether the first generation depends on created individuals: not if the centre begins at zero."""
        return self.start != "zero"

    @property
    def optimizer(self) -> type[ARSOptimizer]:
        """The optimizer's class."""
        return ARSOptimizer


class ARSOptimizer(VectorOptimizer):
    """Steps along the best of random directions; each direction is tried forwards and backwards.

    Let x be genes in units of their spread, and let direction d_i have fitness r_i+ at x + noise d_i and r_i- at
    x - noise d_i. Of all directions, the b with the largest max(r_i+, r_i-) are used: x moves by
    step_size / (b sd) sum_i (r_i+ - r_i-) d_i, where sd is the standard deviation of their 2 b fitnesses. Source:
    Mania, Guy & Recht 2018, arXiv:1803.07055, algorithm 2, version t.

    In the paper, genes are the weights of a linear policy, and x begins at zero. With ``start = "best"``, the first
    generation consists of created individuals, and x begins at the best of them. The paper's running standardisation
    of observations (V2) is ``normalisation.name = "running"``. The paper subtracts the survival bonus of robots that
    may fall; this is ``fitness.name = "return-without-bonus"``.

    The size of fitness counts, not its rank. Failed individuals and fitness that is not finite count as the worst of
    the others, so the size of the penalty does not matter. If all fitnesses are equal, x stays. Samples are clipped to
    the bounds, but their d_i are not. x stays within the bounds.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._noise = np.zeros((0, 0))
        super().__init__(*arguments, **named)

    def _first(self) -> np.ndarray:
        self._rng = generator(self.parameters.seed, Purpose.LIBRARY)
        self._n_pairs = self.parameters.population // 2
        self._centre = np.clip(np.zeros_like(self.spread), self.low / self.spread, self.high / self.spread)
        if self.parameters.start == "best":
            return super()._first()
        return self._samples()

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
        """Move the centre by one step."""
        p = self.parameters
        plus, minus = fitness[: self._n_pairs], fitness[self._n_pairs :]
        top = np.argsort(-np.maximum(plus, minus), kind="stable")[: p.n_top]
        # The step does not depend on the unit of fitness. Without this division, squares of a huge fitness overflow in
        # the standard deviation.
        largest = np.abs(fitness[[*top, *(self._n_pairs + top)]]).max() or 1.0
        plus, minus = plus[top] / largest, minus[top] / largest
        deviation = np.concatenate([plus, minus]).std()
        if deviation > 0:
            direction = product(plus - minus, self._noise[top])
            moved = self._centre + p.step_size / (p.n_top * deviation) * direction
            self._centre = np.clip(moved, self.low / self.spread, self.high / self.spread)
