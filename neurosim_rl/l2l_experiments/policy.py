"""The rules for an individual that cannot be evaluated: number of tries, time limit and penalty."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizees import Configuration


@dataclass(frozen=True)
class FaultPolicy:
    """Number of tries, time limit and penalty of individuals that fail.

    Parameters
    ----------
    tries : int
        Evaluations of an individual that raises, has fitness NaN, or ends its worker; at least 1.
    timeout_s : float
        Time limit of one evaluation, in s; 0: no limit.
    penalty_fitness : float
        Size of the penalty; its sign does not matter, see `penalty`.
    seed : int
        Seeds Python's and NumPy's global generators for each evaluation, keyed by generation and individual.

    Raises
    ------
    ConfigurationError
        For a value out of range.
    """

    tries: int = 3
    timeout_s: float = 0.0
    penalty_fitness: float = Configuration.penalty_fitness
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the ranges."""
        for name, low in (("tries", 1), ("timeout_s", 0), ("seed", 0)):
            value = getattr(self, name)
            if not value >= low:
                raise ConfigurationError(f"{name} = {value} is out of range; expected at least {low}.")
        if not math.isfinite(self.penalty_fitness):
            raise ConfigurationError(
                f"penalty_fitness = {self.penalty_fitness}; expected a finite number, such as -1e6."
            )

    def penalty(self, weights: Sequence[float], n_inner: int = 1) -> Any:
        """Return the fitness of an individual that could not be evaluated.

        Parameters
        ----------
        weights : sequence of float
            L2L's ``optimizee_fitness_weights``. For a positive weight (L2L maximizes) the penalty is negative, for a
            negative weight (L2L minimizes) it is positive: it is bad in both cases.
        n_inner : int
            L2L's ``trajectory.inner_params``: above 1, a list with a number for each of the inner individuals.
        """
        worst = tuple(-math.copysign(abs(self.penalty_fitness), weight) for weight in weights)
        if n_inner == 1:
            return worst
        return [worst[0]] * n_inner
