"""Inheritance of learned genomes: each generation begins with the learned genomes of the last (no other search)."""

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
    """Learned genomes are inherited from generation to generation; the best may replace the worst.

    Source: a design of this package; the exchange of the worst for the best is that of population-based training,
    Jaderberg et al. 2017, arXiv:1711.09846.
    """

    inherits: ClassVar[bool] = True

    population: int = option(1, "individuals that learn side by side", low=1)
    replaced: float = option(
        0.0, "share of individuals with the worst fitness that are replaced by copies of the best", low=0, high=0.5
    )

    @property
    def optimizer(self) -> type[InheritOptimizer]:
        """The optimizer's class."""
        return InheritOptimizer


class InheritOptimizer(VectorOptimizer):
    """Each generation consists of the learned genomes of the last one (Lamarckian inheritance).

    With one individual this is learning without evolution: each generation is one trial. With several, copies of the
    best individuals replace the ``replaced`` share with the worst fitness (truncation selection, as in population-based
    training: Jaderberg et al. 2017, arXiv:1711.09846).

    Attributes
    ----------
    learned : array, shape (population, n_genes), or None
        Learned genomes of the present generation; set before `post_process`.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.learned: np.ndarray | None = None

    def _next(self, scores: np.ndarray) -> np.ndarray:
        if self.learned is None:
            raise ConfigurationError(
                "optimizer inherit needs the learned genomes of individuals, which L2L's own experiment does not give. "
                "Use neurosim-rl instead."
            )
        best_first = np.argsort(-scores[:, 0], kind="stable")
        n_replaced = int(self.parameters.replaced * len(best_first))
        worst = best_first[len(best_first) - n_replaced :]
        parents = np.arange(len(best_first))
        parents[worst] = best_first[:n_replaced]
        return self.learned[parents]
