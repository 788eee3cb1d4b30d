"""What the parameters of every optimizer share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from l2l.optimizers.optimizer import Optimizer


@dataclass(frozen=True)
class OptimizerParameters(ABC):
    """Options of an optimizer, with the seed and the number of generations of the run.

    Parameters
    ----------
    seed : int
        At least 0. All draws of the optimizer descend from it.
    n_iteration : int
        Generations, at least 1 (L2L's name).
    """

    needs_space: ClassVar[bool] = False
    """Whether there is a field ``space`` for the parameter space of genomes, which tells their structure."""

    inherits: ClassVar[bool] = False
    """Whether it goes on from what individuals have learned, which is its attribute ``learned`` then."""
    wants_behaviour: ClassVar[bool] = False
    """Whether it is told how individuals behave, which is its attribute ``behaviour`` then."""
    ranks_failures: ClassVar[bool] = True
    """Whether a fitness of -inf tells it that an individual failed; else it is told the penalty, as in L2L."""

    seed: int
    n_iteration: int

    @property
    def begins_at_created(self) -> bool:
        """Whether the first generation is, or is drawn around, what the optimizee creates."""
        return True

    @property
    @abstractmethod
    def optimizer(self) -> type[Optimizer]:
        """The class that these parameters are for."""
