"""Genomes around a champion: the search space of an optimizer for a run that starts from a champion."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from neurosim_rl.errors import GenomeError
from neurosim_rl.networks.parameters import EDGE, SIGN, VALUE, Parameter, ParameterSpace
from neurosim_rl.settings.checks import check_shape


class Neighbourhood:
    """The genes that a search may change around a genome, and individuals drawn there (a `Searchable`).

    The first created individual is the genome itself. Later ones are the genome with normal noise on its values and on
    the weights of its edges, clipped to the bounds. They have no new edges, and signs stay.

    Parameters
    ----------
    space : ParameterSpace
        Space of whole genomes.
    vector : array, shape (n_genes,)
        The genome, within the bounds.
    fixed : bool
        Whether the structure of the genome is fixed. Then absent edges and signs are not searched, and existing edges
        are values that stay above 0: their lower bound is the smallest weight of new edges or of the genome. If false,
        all genes are searched.
    spread : float
        Standard deviation of the noise, relative to the standard deviation of newly drawn genes (uniform in their
        initial interval, or within their bounds if this interval has no width).
    rng : numpy.random.Generator

    Raises
    ------
    GenomeError
        When the genome does not fit the space, lies beyond its bounds, or has no gene that could change.
    """

    def __init__(
        self, space: ParameterSpace, vector: np.ndarray, *, fixed: bool, spread: float, rng: np.random.Generator
    ) -> None:
        self._vector, self._rng, self._n_created = space.check_vector(vector), rng, 0
        _check_within_bounds(space, self._vector)
        absent = space.is_kind(EDGE) & (self._vector == 0)
        stays = absent | space.is_kind(SIGN)
        self._is_free = ~stays if fixed else np.ones(space.size, bool)
        if not self._is_free.any():
            raise GenomeError(
                "this genome has neither edges nor values that could change; expected at least one. Let its structure "
                "change."
            )
        parameters = []
        for parameter, mask, values in _by_parameter(space, self._is_free, self._vector):
            part, free_values = _part(parameter, mask, values)
            if part.size:
                parameters.append(_as_value(part, free_values) if fixed else part)
        deviation = np.where(stays[self._is_free], 0.0, spread)
        self.parameters = _Around(parameters, self._vector[self._is_free], deviation)

    def create_individual(self) -> dict[str, np.ndarray]:
        """Return first the genome itself, then individuals around it: flat arrays of free genes by name."""
        self._n_created += 1
        if self._n_created == 1:
            return self._individual(self._vector[self._is_free])
        return self._individual(self.parameters.sample(self._rng))

    def bounding_func(self, individual: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the individual clipped to its bounds."""
        return self._individual(self.parameters.clip(self.parameters.to_vector(individual)))

    def _individual(self, free: np.ndarray) -> dict[str, np.ndarray]:
        return {name: array.ravel() for name, array in self.parameters.to_genome(free).items()}

    def whole(self, free: np.ndarray) -> np.ndarray:
        """Return whole genomes, shape (n, n_genes), from free genes, shape (n, n_free)."""
        check_shape("free genes", free, (len(free), self.parameters.size))
        genomes = np.tile(self._vector, (len(free), 1))
        genomes[:, self._is_free] = free
        return genomes

    def free(self, genomes: np.ndarray) -> np.ndarray:
        """Return the free genes, shape (n, n_free), of whole genomes, shape (n, n_genes)."""
        return genomes[:, self._is_free]


class _Around(ParameterSpace):
    """A parameter space that draws new genomes around a given one.

    Parameters
    ----------
    parameters : sequence of Parameter
    genome : array, shape (size,)
    spread : array, shape (size,)
        Standard deviation of each gene, relative to that of a uniform draw from its initial interval.
    """

    def __init__(self, parameters: list[Parameter], genome: np.ndarray, spread: np.ndarray) -> None:
        super().__init__(*parameters)
        low, high = self.initial
        width = np.where(high > low, high - low, self.high - self.low)
        # The standard deviation of a uniform distribution is its width over the root of 12.
        self._genome, self._deviation = genome, spread * width / math.sqrt(12.0)
        # Noise must not remove an edge, which a weight of 0 would do.
        is_edge = self.is_kind(EDGE) & (genome > 0)
        smallest_weight = np.minimum(genome, np.where(low > 0, low, genome))
        self._least = np.where(is_edge, smallest_weight, self.low)

    def sample(self, rng: np.random.Generator) -> np.ndarray:
        """Return the genome with noise, within the bounds and with all its edges, shape (size,)."""
        noisy = self._genome + self._deviation * rng.standard_normal(self.size)
        return np.clip(noisy, self._least, self.high)


def _check_within_bounds(space: ParameterSpace, vector: np.ndarray) -> None:
    """Raise unless all genes lie within their bounds."""
    beyond = np.flatnonzero((vector < space.low) | (vector > space.high))
    if len(beyond):
        first = beyond[0]
        raise GenomeError(
            f"genome[{first}] is {vector[first]:g}; expected a gene in [{space.low[first]:g}, {space.high[first]:g}]. "
            "Use the bounds of the run that evolved the genome."
        )


def _by_parameter(
    space: ParameterSpace, is_free: np.ndarray, vector: np.ndarray
) -> list[tuple[Parameter, np.ndarray, np.ndarray]]:
    """Return each parameter with its entries of the mask and of the genome."""
    ends = np.cumsum([p.size for p in space.parameters])[:-1]
    return list(zip(space.parameters, np.split(is_free, ends), np.split(vector, ends), strict=True))


def _part(parameter: Parameter, mask: np.ndarray, values: np.ndarray) -> tuple[Parameter, np.ndarray]:
    """Return the selected entries of a parameter as a new parameter, and their values."""
    owner = None if parameter.owner is None else parameter.owner.ravel()[mask]
    probability = np.broadcast_to(parameter.probability, parameter.shape).ravel()[mask]
    part = replace(parameter, shape=(int(mask.sum()),), owner=owner, probability=probability)
    return part, values[mask]


def _as_value(parameter: Parameter, values: np.ndarray) -> Parameter:
    """Return the parameter with values instead of edges: a search cannot remove them."""
    if parameter.kind != EDGE or parameter.low < 0:
        return replace(parameter, kind=VALUE)
    weights = (*parameter.initial, float(values.min()))
    low = min(weight for weight in weights if weight > 0)
    first, last = parameter.initial
    return replace(parameter, kind=VALUE, low=low, initial=(max(low, first), last))
