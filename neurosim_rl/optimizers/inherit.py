"""No search at all: individuals go on from what they have learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizers.base import OptimizerParameters
from neurosim_rl.optimizers.vector_optimizer import VectorOptimizer
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class InheritParameters(OptimizerParameters):
    """Lines of networks that learn from generation to generation; the worst lines may begin anew from the best."""

    inherits: ClassVar[bool] = True

    population: int = option(1, "lines, which learn side by side", low=1)
    replaced: float = option(
        0.0, "share of the lines, the worst in fitness, that go on from the best lines instead", low=0, high=0.5
    )

    @property
    def optimizer(self) -> type[InheritOptimizer]:
        """The class that these parameters are for."""
        return InheritOptimizer


class InheritOptimizer(VectorOptimizer):
    """Offers in each generation what the individuals of the last one have learned (Lamarckian inheritance).

    With one line this is plain learning, a generation being a trial of it. With more, the ``replaced`` share of the
    lines with the worst fitness goes on from copies of the best (truncation selection, as in population-based training:
    Jaderberg et al. 2017, arXiv:1711.09846).

    Attributes
    ----------
    learned : array, shape (population, n_genes), or None
        What the individuals of the present generation have learned; set before `post_process`.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.learned: np.ndarray | None = None

    def _next(self, scores: np.ndarray) -> np.ndarray:
        if self.learned is None:
            raise ConfigurationError("optimizer inherit needs what individuals have learned. Use neurosim-rl, not L2L.")
        order = np.argsort(-scores[:, 0], kind="stable")
        n_replaced = int(self.parameters.replaced * len(order))
        parents = np.arange(len(order))
        parents[order[len(order) - n_replaced :]] = order[:n_replaced]
        return self.learned[parents]
