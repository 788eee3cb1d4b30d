"""MAP-Elites: the best individual of each way to behave, and variation of these."""

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
"""Name with unit and range of each number that tells behaviour."""
MOST_CELLS = 1_000_000
"""Each needs memory, and most stay empty."""


@dataclass(frozen=True)
class MapElitesParameters(StructuredParameters):
    """MAP-Elites (Mouret & Clune 2015): the best individual of each way to use joints, to step and to be silent."""

    wants_behaviour: ClassVar[bool] = True

    cells: tuple = option((10, 10, 5), "cells along joint use, gait frequency and sparsity of activity", low=1)
    crossover: float = option(0.7, "share of children that have two parents, of those that have any", low=0, high=1)

    def __post_init__(self) -> None:
        """Check the cells."""
        if len(self.cells) != len(DESCRIPTORS) or any(n != int(n) for n in self.cells):
            raise ConfigurationError(
                f"optimizer.cells = {list(self.cells)}: expected {len(DESCRIPTORS)} whole numbers, such as [10, 10, 5]."
            )
        if math.prod(self.cells) > MOST_CELLS:
            raise ConfigurationError(
                f"optimizer.cells = {list(self.cells)} makes {math.prod(self.cells):g} cells; expected at most "
                f"{MOST_CELLS}."
            )

    @property
    def optimizer(self) -> type[MapElitesOptimizer]:
        """The class that these parameters are for."""
        return MapElitesOptimizer


class MapElitesOptimizer(StructuredOptimizer):
    """An archive of elites, one for each cell of behaviour, from which all further individuals come.

    After each generation, every individual that is better than the elite of its cell, or the first there, takes its
    place. The next generation are mutated copies of elites, mutated children of pairs of them, both drawn from all
    cells alike, and individuals that are created anew. Sources: Mouret & Clune 2015, arXiv:1504.04909; the archive is
    ``ribs.archives.GridArchive`` (extra ``[map-elites]``); how genes vary: :class:`StructuredOptimizer`, for genes
    without structure, too.

    An elite is not evaluated again: with ``starts = "fresh"`` a lucky one stays. ``starts = "fixed"`` gives the same
    starts to all, and more ``episodes`` help. With normalisation ``running``, or a curriculum
    (``environment.first_steps``), it keeps the fitness and the behaviour that went with observations, or lengths of
    episodes, which no longer come: use ``statistics``, and whole episodes. Individuals that failed, or whose behaviour
    is not finite, are left out; behaviour beyond the outermost cells counts for these.

    Attributes
    ----------
    behaviour : array, shape (population, 3), or None
        Of the present generation (`DESCRIPTORS`); set before `post_process`.
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
        p, elites, rng = self.parameters, self.elites, generator(self.parameters.seed, Purpose.LIBRARY, self.g)
        n_random = int(p.random_share * p.population) if len(elites) else p.population
        children = [self._child(elites, rng) for _ in range(p.population - n_random)]
        return np.stack([*children, *(self._space.sample(rng) for _ in range(n_random))])

    def _collect(self, fitness: np.ndarray) -> None:
        """Offer the present generation to the archive, one after the other: of equals the first stays."""
        if self.behaviour is None:
            raise ConfigurationError(
                "optimizer map-elites needs to be told how individuals behave. Use neurosim-rl, not L2L."
            )
        check_shape("behaviour", self.behaviour, (len(fitness), len(DESCRIPTORS)))
        for k in np.flatnonzero(np.isfinite(fitness) & np.isfinite(self.behaviour).all(axis=1)):
            self._archive.add_single(self.genomes[k], fitness[k], self.behaviour[k])
        self.behaviour = None

    def _child(self, elites: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        one, other = elites[rng.integers(len(elites), size=2)]
        genes = self._recombined(one, other, rng)[0] if rng.random() < self.parameters.crossover else one
        return self._mutated(genes, rng)
