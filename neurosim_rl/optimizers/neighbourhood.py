"""Genomes around one of them: what an optimizer sees of a search that goes on from a champion."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from neurosim_rl.errors import GenomeError
from neurosim_rl.networks.parameters import EDGE, SIGN, VALUE, Parameter, ParameterSpace
from neurosim_rl.settings.checks import check_shape


class Neighbourhood:
    """The genes that a search may change around a genome, and individuals drawn there; see `Searchable`.

    The first individual that is created is the genome itself. Further ones are the genome with normal noise on its
    values and on the weights of its edges, moved into the bounds; edges that are not there do not come, and signs stay.

    Parameters
    ----------
    space : ParameterSpace
        Of whole genomes.
    vector : array, shape (n_genes,)
        The genome, within the bounds.
    fixed : bool
        Whether its structure is held fixed: edges that are not there and signs are no genes of the search then, and
        edges that are there are values, which stay above 0 where 0 was the lower bound (they end at the least weight
        that is drawn at first, or that the genome has). Else all genes are searched, as what they are.
    spread : float
        Standard deviation of the noise, in that of genes drawn anew (of a uniform draw from their initial interval;
        from their bounds where that interval has no width).
    rng : numpy.random.Generator

    Raises
    ------
    GenomeError
        When the genome does not fit the space, lies beyond its bounds, or has nothing that could change.
    """

    def __init__(
        self, space: ParameterSpace, vector: np.ndarray, *, fixed: bool, spread: float, rng: np.random.Generator
    ) -> None:
        self._vector, self._rng, self._n_created = space.check_vector(vector), rng, 0
        beyond = np.flatnonzero((self._vector < space.low) | (self._vector > space.high))
        if len(beyond):
            raise GenomeError(
                f"genome[{beyond[0]}] is {self._vector[beyond[0]]:g}; expected a gene in [{space.low[beyond[0]]:g}, "
                f"{space.high[beyond[0]]:g}]. Use the bounds that the genome was evolved in."
            )
        absent = space.is_kind(EDGE) & (self._vector == 0)
        self._is_free = ~(absent | space.is_kind(SIGN)) if fixed else np.ones(space.size, bool)
        if not self._is_free.any():
            raise GenomeError("this genome has neither edges nor values that could change. Let its structure change.")
        genome = self._vector[self._is_free]
        parts = (_part(p, mask, values) for p, mask, values in _by_parameter(space, self._is_free, self._vector))
        kept = [p if not fixed else _as_value(p, values) for p, values in parts if p.size]
        moves = ~((absent | space.is_kind(SIGN))[self._is_free])
        self.parameters = _Around(kept, genome, np.where(moves, spread, 0.0))

    def create_individual(self) -> dict[str, np.ndarray]:
        """Return the genome itself at first, then individuals around it: flat arrays of free genes by name."""
        self._n_created += 1
        is_first = self._n_created == 1
        return self._individual(self._vector[self._is_free] if is_first else self.parameters.sample(self._rng))

    def bounding_func(self, individual: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the individual moved into the bounds."""
        return self._individual(self.parameters.clip(self.parameters.to_vector(individual)))

    def _individual(self, free: np.ndarray) -> dict[str, np.ndarray]:
        return {name: array.ravel() for name, array in self.parameters.to_genome(free).items()}

    def whole(self, free: np.ndarray) -> np.ndarray:
        """Return whole genomes, shape (n, n_genes), of free genes, shape (n, n_free)."""
        check_shape("free genes", free, (len(free), self.parameters.size))
        genomes = np.tile(self._vector, (len(free), 1))
        genomes[:, self._is_free] = free
        return genomes

    def free(self, genomes: np.ndarray) -> np.ndarray:
        """Return the free genes, shape (n, n_free), of whole genomes, shape (n, n_genes)."""
        return genomes[:, self._is_free]


class _Around(ParameterSpace):
    """A space whose first values lie around a genome.

    Parameters
    ----------
    parameters : sequence of Parameter
    genome : array, shape (size,)
    spread : array, shape (size,)
        Deviation of each gene, in that of a uniform draw from its initial interval.
    """

    def __init__(self, parameters: list[Parameter], genome: np.ndarray, spread: np.ndarray) -> None:
        super().__init__(*parameters)
        low, high = self.initial
        width = np.where(high > low, high - low, self.high - self.low)
        self._genome, self._deviation = genome, spread * width / math.sqrt(12.0)
        stays = self.is_kind(EDGE) & (genome > 0)
        self._least = np.where(stays, np.minimum(genome, np.where(low > 0, low, genome)), self.low)

    def sample(self, rng: np.random.Generator) -> np.ndarray:
        """Return the genome with noise, within the bounds and without losing an edge, shape (size,)."""
        return np.clip(self._genome + self._deviation * rng.standard_normal(self.size), self._least, self.high)


def _by_parameter(
    space: ParameterSpace, is_free: np.ndarray, vector: np.ndarray
) -> list[tuple[Parameter, np.ndarray, np.ndarray]]:
    """Return each parameter with its part of the mask and of the genome."""
    ends = np.cumsum([p.size for p in space.parameters])[:-1]
    return list(zip(space.parameters, np.split(is_free, ends), np.split(vector, ends), strict=True))


def _part(parameter: Parameter, mask: np.ndarray, values: np.ndarray) -> tuple[Parameter, np.ndarray]:
    """Return some entries of a parameter as one of their own, and their values."""
    owner = None if parameter.owner is None else parameter.owner.ravel()[mask]
    probability = np.broadcast_to(parameter.probability, parameter.shape).ravel()[mask]
    part = replace(parameter, shape=(int(mask.sum()),), owner=owner, probability=probability)
    return part, values[mask]


def _as_value(parameter: Parameter, values: np.ndarray) -> Parameter:
    """Return a parameter whose edges can no longer go."""
    if parameter.kind != EDGE or parameter.low < 0:
        return replace(parameter, kind=VALUE)
    low = min(x for x in (*parameter.initial, float(values.min())) if x > 0)
    return replace(parameter, kind=VALUE, low=low, initial=(max(low, parameter.initial[0]), parameter.initial[1]))
