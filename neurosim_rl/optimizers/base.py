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

    ranks_failures: ClassVar[bool] = True
    """Whether a fitness of -inf tells it that an individual failed; else it is told the penalty, as in L2L."""

    seed: int
    n_iteration: int

    @property
    @abstractmethod
    def optimizer(self) -> type[Optimizer]:
        """The class that these parameters are for."""
