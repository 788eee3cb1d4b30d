"""Variation of genomes with structure: edges come and go, signs flip, neurons are inherited whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from neurosim_rl.networks.parameters import EDGE, SIGN, VALUE, Parameter, ParameterSpace
from neurosim_rl.optimizers.base import OptimizerParameters
from neurosim_rl.optimizers.vector_optimizer import VectorOptimizer
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class StructuredParameters(OptimizerParameters):
    """What optimizers share that know edges, signs and neurons."""

    needs_space: ClassVar[bool] = True

    population: int = option(100, "individuals in each generation", low=4)
    random_share: float = option(0.1, "share of the population that is created anew", low=0, high=0.9)
    add_edge: float = option(0.01, "probability that an edge comes which is not there", low=0, high=1)
    delete_edge: float = option(0.05, "probability that an edge goes", low=0, high=1)
    change_edge: float = option(0.1, "probability that an edge that stays gets another weight", low=0, high=1)
    flip_sign: float = option(0.05, "probability that a sign changes", low=0, high=1)
    change_value: float = option(0.1, "probability that any other gene gets another value", low=0, high=1)
    space: ParameterSpace | None = field(default=None, compare=False)


class StructuredOptimizer(VectorOptimizer):
    """Mutation and recombination of Vasilache et al. 2025; whoever derives from it selects.

    Of two children one has the genes of the first parent, but those of half of all owners, drawn at random, from the
    other parent; the second child has it the other way round. Owners are neurons and inputs, and an edge belongs to
    that at which it begins. Sources: Vasilache et al. 2025, ICANN, and ``src/search/evolution.py`` of
    github.com/Alex-Vasilache/Spatial-SNNs, whose rates are the defaults.

    There, children have the edges of one parent, since the parents' matrices are pruned in place of theirs; here they
    have edges of both. There, half of the neurons and half of the inputs are drawn apart. There, edges that no output
    hears are lost; here they stay in the genome. There, a deleted edge may come again at once.

    Without a ``space`` all genes are values, which change between the least and the most that created individuals have,
    and each is inherited by itself.
    """

    def __init__(self, traj: Any, *arguments: Any, **named: Any) -> None:
        super().__init__(traj, *arguments, **named)
        space = self.parameters.space or self._space_of_created()
        self._is_edge, self._is_sign, self._is_value = (space.is_kind(kind) for kind in (EDGE, SIGN, VALUE))
        self._initial = space.initial
        self._owner = space.owners
        self._space = space

    def _space_of_created(self) -> ParameterSpace:
        """Return a space of values that spans what was created."""
        ends = zip(self.created.min(axis=0).tolist(), self.created.max(axis=0).tolist(), strict=True)
        width = len(str(self.created.shape[1]))  # so that they sort as they are numbered
        named = {f"{k:0{width}}": span for k, span in enumerate(ends)}
        genes = (Parameter(name, (), low - 1.0, high + 1.0, "1", (low, high)) for name, (low, high) in named.items())
        return ParameterSpace(*genes)

    def _recombined(
        self, one: np.ndarray, other: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return two children, which complement each other."""
        n_owners = int(self._owner.max()) + 1
        swapped = np.zeros(n_owners, bool)
        swapped[rng.permutation(n_owners)[: n_owners // 2]] = True
        from_other = swapped[self._owner]
        return np.where(from_other, other, one), np.where(from_other, one, other)

    def _mutated(self, genes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return genes of which some changed; what happens to an edge depends on whether it was there before."""
        p = self.parameters
        there = self._is_edge & (genes != 0)
        chance, weight_chance = rng.random((2, len(genes)))
        renewed = self._is_edge & ~there & (chance < p.add_edge)
        renewed |= there & (weight_chance < p.change_edge)
        renewed |= self._is_value & (chance < p.change_value)
        changed = np.where(renewed, rng.uniform(*self._initial), genes)
        changed[there & (chance < p.delete_edge)] = 0.0
        changed[self._is_sign & (chance < p.flip_sign)] *= -1.0
        return changed
