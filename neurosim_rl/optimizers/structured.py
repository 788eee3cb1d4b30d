"""Mutation and recombination of genomes with structure: edges, signs, and genes owned by neurons."""

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
    """Base class of the parameters of optimizers that use edges, signs and owners of genes."""

    needs_space: ClassVar[bool] = True

    population: int = option(100, "individuals in each generation", low=4)
    random_share: float = option(0.1, "share of newly created individuals in each generation", low=0, high=0.9)
    add_edge: float = option(0.01, "probability that an absent edge is added", low=0, high=1)
    delete_edge: float = option(0.05, "probability that an edge is deleted", low=0, high=1)
    change_edge: float = option(0.1, "probability that an edge gets a new weight", low=0, high=1)
    flip_sign: float = option(0.05, "probability that a sign changes", low=0, high=1)
    change_value: float = option(0.1, "probability that any other gene gets a new value", low=0, high=1)
    space: ParameterSpace | None = field(default=None, compare=False)


class StructuredOptimizer(VectorOptimizer):
    """Base class with the mutation and recombination of Vasilache et al. 2025; subclasses add selection.

    Each gene has an owner, a neuron or an input; the owner of an edge is its source. Of two children, the first has the
    genes of the first parent, except for half of all owners, drawn at random: their genes come from the second parent.
    The second child is the complement. Sources: Vasilache et al. 2025, ICANN, and ``src/search/evolution.py`` of
    github.com/Alex-Vasilache/Spatial-SNNs; the default rates are published there.

    Differences from the published code: There, children have the edges of one parent, because the matrices of the
    parents are pruned instead of theirs; here they have edges of both. There, half of the neurons and half of the
    inputs are drawn separately. There, edges without influence on an output are lost; here they stay in the genome.
    There, a deleted edge may be added again at once.

    Without a ``space``, all genes are values between the lowest and the highest value of created individuals, and each
    gene has its own owner.
    """

    def __init__(self, traj: Any, *arguments: Any, **named: Any) -> None:
        super().__init__(traj, *arguments, **named)
        space = self.parameters.space or self._space_of_created()
        self._is_edge = space.is_kind(EDGE)
        self._is_sign = space.is_kind(SIGN)
        self._is_value = space.is_kind(VALUE)
        self._initial = space.initial
        self._owner = space.owners
        self._space = space

    def _space_of_created(self) -> ParameterSpace:
        """Return a space of values that spans the created individuals."""
        lowest, highest = self.created.min(axis=0).tolist(), self.created.max(axis=0).tolist()
        # Names with leading zeros, because a space sorts its parameters by name.
        width = len(str(self.created.shape[1]))
        parameters = []
        for k, (low, high) in enumerate(zip(lowest, highest, strict=True)):
            parameters.append(Parameter(f"{k:0{width}}", (), low - 1.0, high + 1.0, "1", (low, high)))
        return ParameterSpace(*parameters)

    def _recombined(
        self, one: np.ndarray, other: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return two children that complement each other."""
        n_owners = int(self._owner.max()) + 1
        swapped = np.zeros(n_owners, bool)
        swapped[rng.permutation(n_owners)[: n_owners // 2]] = True
        from_other = swapped[self._owner]
        return np.where(from_other, other, one), np.where(from_other, one, other)

    def _mutated(self, genes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the genes after mutation; edges are added, deleted or changed by their state before."""
        p = self.parameters
        exists = self._is_edge & (genes != 0)
        # Two independent draws for each gene: an existing edge may change its weight and be deleted as well.
        chance, weight_chance = rng.random((2, len(genes)))
        renewed = self._is_edge & ~exists & (chance < p.add_edge)
        renewed |= exists & (weight_chance < p.change_edge)
        renewed |= self._is_value & (chance < p.change_value)
        changed = np.where(renewed, rng.uniform(*self._initial), genes)
        changed[exists & (chance < p.delete_edge)] = 0.0
        changed[self._is_sign & (chance < p.flip_sign)] *= -1.0
        return changed
