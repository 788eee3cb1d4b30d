"""A genetic algorithm for genomes with structure: it adds and deletes edges and recombines whole neurons."""

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
    """A genetic algorithm for genomes with structure: edges appear and disappear, whole neurons are recombined.

    Source: Vasilache, Scholz, Sandamirskaya & Becker 2025, ICANN 2025.
    """

    parents: int = option(
        0, "best individuals, which stay and are the parents of the others; 0 = square root of population", low=0
    )

    def __post_init__(self) -> None:
        """Check that the population has a place for children."""
        n_random = int(self.random_share * self.population)
        if not 2 <= self.n_parents <= (self.population - n_random) // 2:
            raise ConfigurationError(
                f"optimizer.parents = {self.parents} and random_share = {self.random_share:g} leave no place for "
                f"children in a population of {self.population}, which holds {self.n_parents} parents, a mutated copy "
                f"of each, and {n_random} random individuals. Set at least 2 parents, and fewer of both."
            )

    @property
    def n_parents(self) -> int:
        """Number of parents."""
        return self.parents or int(self.population**0.5)

    @property
    def optimizer(self) -> type[StructuredGeneticOptimizer]:
        """The optimizer's class."""
        return StructuredGeneticOptimizer


class StructuredGeneticOptimizer(StructuredOptimizer):
    """Selection, mutation and recombination of Vasilache et al. 2025 for genes that are edges, signs and values.

    The best m individuals are the parents (m: the square root of the population). They stay and are evaluated again.
    The rest of a generation consists of a mutated copy of each parent, mutated children of pairs of parents (first and
    second, first and third, ...), and newly created individuals. Mutation and recombination:
    :class:`StructuredOptimizer`. The published fitness also has terms for sparsity, with weight 0; they are left out.

    Fitness that is not finite is worst; of individuals with equal fitness, the earlier one is better.
    """

    def _next(self, scores: np.ndarray) -> np.ndarray:
        p = self.parameters
        rng = generator(p.seed, Purpose.LIBRARY, self.g)
        parents = self.genomes[np.argsort(-scores[:, 0], kind="stable")[: p.n_parents]]
        n_random = int(p.random_share * p.population)
        n_children = p.population - 2 * len(parents) - n_random
        children: list[np.ndarray] = []
        for one, other in islice(cycle(combinations(parents, 2)), (n_children + 1) // 2):
            children += self._recombined(one, other, rng)
        # All draws come from one generator: recombine first, then mutate, then create.
        mutated = [self._mutated(genes, rng) for genes in (*parents, *children[:n_children])]
        created = [self._space.sample(rng) for _ in range(n_random)]
        return np.stack([*parents, *mutated, *created])
