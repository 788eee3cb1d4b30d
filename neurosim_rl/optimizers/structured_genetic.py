"""A genetic algorithm for genomes with structure: connections come and go, signs flip, neurons are inherited whole."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, cycle, islice

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizers.structured import StructuredOptimizer, StructuredParameters
from neurosim_rl.seeds import Purpose, generator
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class StructuredGeneticParameters(StructuredParameters):
    """A genetic algorithm that knows edges, signs and neurons: edges come and go, neurons are inherited whole."""

    parents: int = option(
        0, "best individuals, which stay, and from which all others come; 0: root of population", low=0
    )

    def __post_init__(self) -> None:
        """Check that there is a place for children."""
        n_random = int(self.random_share * self.population)
        if not 2 <= self.n_parents <= (self.population - n_random) // 2:
            raise ConfigurationError(
                f"optimizer.parents = {self.parents} and random_share = {self.random_share:g} leave no place for "
                f"children: parents, a mutated copy of each and {n_random} random individuals, of {self.population}. "
                "Expected at least 2 parents, and fewer of both."
            )

    @property
    def n_parents(self) -> int:
        """Number of individuals that stay."""
        return self.parents or int(self.population**0.5)

    @property
    def optimizer(self) -> type[StructuredGeneticOptimizer]:
        """The class that these parameters are for."""
        return StructuredGeneticOptimizer


class StructuredGeneticOptimizer(StructuredOptimizer):
    """Selection, mutation and recombination of Vasilache et al. 2025 for genes that are edges, signs and values.

    The best m individuals (m: the root of the population) stay, and are evaluated again. With them come a mutated copy
    of each; children of pairs of them (first and second, first and third, ...), mutated too; and individuals that are
    created anew. How genes mutate and recombine: :class:`StructuredOptimizer`. The published terms of fitness for
    sparsity, which count for nothing there, are left out.

    Fitness that is not finite is worst; of equals the earlier individual is better.
    """

    def _next(self, scores: np.ndarray) -> np.ndarray:
        p = self.parameters
        rng = generator(p.seed, Purpose.LIBRARY, self.g)
        parents = self.genomes[np.argsort(-scores[:, 0], kind="stable")[: p.n_parents]]
        n_random = int(p.random_share * p.population)
        n_children = p.population - 2 * len(parents) - n_random
        pairs = islice(cycle(combinations(parents, 2)), (n_children + 1) // 2)
        children = [child for one, other in pairs for child in self._recombined(one, other, rng)][:n_children]
        mutated = [self._mutated(genes, rng) for genes in (*parents, *children)]
        return np.stack([*parents, *mutated, *(self._space.sample(rng) for _ in range(n_random))])
