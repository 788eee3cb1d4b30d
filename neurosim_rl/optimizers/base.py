"""Base class of the parameters of optimizers."""

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
        Seed of all draws of the optimizer, at least 0.
    n_iteration : int
        Number of generations, at least 1 (L2L's name).
    """

    needs_space: ClassVar[bool] = False
    """Whether the parameters have a field ``space``: the parameter space of genomes, with edges, signs and owners."""

    inherits: ClassVar[bool] = False
    """Whether the optimizer uses the learned genomes of individuals, from its attribute ``learned``."""
    wants_behaviour: ClassVar[bool] = False
    """Whether the optimizer uses the behaviour of individuals, from its attribute ``behaviour``."""
    ranks_failures: ClassVar[bool] = True
    """Whether the fitness of a failed individual is -inf for the optimizer; otherwise it is the penalty, as in L2L."""

    seed: int
    n_iteration: int

    @property
    def begins_at_created(self) -> bool:
        """Whether the first generation consists of individuals that the optimizee creates, or is drawn around them."""
        return True

    @property
    @abstractmethod
    def optimizer(self) -> type[Optimizer]:
        """The optimizer's class."""
