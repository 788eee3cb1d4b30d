"""MAP-Elites: an archive of the best individual for each kind of behaviour, and variation of these elites."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.optimizers.structured import StructuredOptimizer, StructuredParameters
from neurosim_rl.seeds import Purpose, generator
from neurosim_rl.settings.checks import check_shape, require_extra
from neurosim_rl.settings.options import option

DESCRIPTORS: tuple[tuple[str, float, float], ...] = (
    ("joint use", 0.0, 1.0),
    ("gait frequency (cycles per step)", 0.0, 0.5),
    ("sparsity of activity", 0.0, 1.0),
)
"""Name with unit, lower and upper bound of each number that describes behaviour."""
MOST_CELLS = 1_000_000
"""Largest number of cells: each needs memory, and most stay empty."""


@dataclass(frozen=True)
class MapElitesParameters(StructuredParameters):
    """MAP-Elites (Mouret & Clune 2015): the best individual for each cell of joint use, gait frequency and sparsity."""

    wants_behaviour: ClassVar[bool] = True

    cells: tuple = option((10, 10, 5), "cells along joint use, gait frequency and sparsity of activity", low=1)
    crossover: float = option(0.7, "share of children with two parents; the others have one", low=0, high=1)

    def __post_init__(self) -> None:
        """Check the cells."""
        if len(self.cells) != len(DESCRIPTORS) or any(n != int(n) for n in self.cells):
            raise ConfigurationError(
                f"optimizer.cells = {list(self.cells)}: expected {len(DESCRIPTORS)} whole numbers, such as [10, 10, 5]."
            )
        if math.prod(self.cells) > MOST_CELLS:
            raise ConfigurationError(
                f"optimizer.cells = {list(self.cells)} makes {math.prod(self.cells):g} cells; expected at most "
                f"{MOST_CELLS}. Set smaller numbers."
            )

    @property
    def optimizer(self) -> type[MapElitesOptimizer]:
        """The optimizer's class."""
        return MapElitesOptimizer


class MapElitesOptimizer(StructuredOptimizer):
    """An archive with one elite for each cell of behaviour; all later individuals descend from elites.

    After each generation, an individual replaces the elite of its cell if it is better, or fills the cell if it is
    empty. The next generation consists of mutated copies of elites, mutated children of pairs of elites (all elites
    have the same probability), and newly created individuals. Sources: Mouret & Clune 2015, arXiv:1504.04909; the
    archive is ``ribs.archives.GridArchive`` (extra ``[map-elites]``); mutation and recombination:
    :class:`StructuredOptimizer`, also for genes without structure.

    An elite is not evaluated again. So with ``starts = "fresh"`` an elite with easy starts stays; ``starts = "fixed"``
    gives all individuals the same starts, and more ``episodes`` help. With normalisation ``running`` or a curriculum
    (``environment.first_steps``), an elite keeps a fitness and a behaviour that no longer hold: use ``statistics`` and
    whole episodes. Individuals that failed, or with behaviour that is not finite, are left out. Behaviour beyond the
    outermost cells belongs to these.

    Attributes
    ----------
    behaviour : array, shape (population, 3), or None
        Behaviour of the present generation (`DESCRIPTORS`); set before `post_process`.
    """

    def __init__(self, traj: Any, *arguments: Any, **named: Any) -> None:
        archives = require_extra("ribs.archives", "map-elites")
        super().__init__(traj, *arguments, **named)
        self.behaviour: np.ndarray | None = None
        self._archive = archives.GridArchive(
            solution_dim=len(self.spread),
            dims=[int(n) for n in self.parameters.cells],
            ranges=[(low, high) for _, low, high in DESCRIPTORS],
        )

    @property
    def elites(self) -> np.ndarray:
        """Genomes of the elites in the order of their cells, shape (n_elites, n_genes)."""
        cells, genomes = self._archive.data(["index", "solution"], return_type="tuple")
        return genomes[np.argsort(cells)]

    def _next(self, scores: np.ndarray) -> np.ndarray:
        self._collect(scores[:, 0])
        p, elites = self.parameters, self.elites
        rng = generator(p.seed, Purpose.LIBRARY, self.g)
        n_random = int(p.random_share * p.population) if len(elites) else p.population
        children = [self._child(elites, rng) for _ in range(p.population - n_random)]
        created = [self._space.sample(rng) for _ in range(n_random)]
        return np.stack([*children, *created])

    def _collect(self, fitness: np.ndarray) -> None:
        """Offer the individuals of the present generation to the archive."""
        if self.behaviour is None:
            raise ConfigurationError(
                "optimizer map-elites needs the behaviour of individuals, which L2L's own experiment does not give. "
                "Use neurosim-rl instead."
            )
        check_shape("behaviour", self.behaviour, (len(fitness), len(DESCRIPTORS)))
        usable = np.isfinite(fitness) & np.isfinite(self.behaviour).all(axis=1)
        # One after the other: of individuals with equal fitness, the first stays.
        for k in np.flatnonzero(usable):
            self._archive.add_single(self.genomes[k], fitness[k], self.behaviour[k])
        self.behaviour = None

    def _child(self, elites: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        genes, other = elites[rng.integers(len(elites), size=2)]
        if rng.random() < self.parameters.crossover:
            genes, _ = self._recombined(genes, other, rng)
        return self._mutated(genes, rng)
