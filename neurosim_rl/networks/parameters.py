"""Parameter spaces: the arrays of a genome, with names, shapes, bounds and units."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurosim_rl.errors import GenomeError
from neurosim_rl.settings.checks import as_floats, first_non_finite

VALUE, EDGE, SIGN = "value", "edge", "sign"
"""Kinds of genes: any number; a connection's weight, where 0 means no connection; 1 or -1."""

Genome = dict[str, np.ndarray]
"""Named arrays, one for each :class:`Parameter`, with that parameter's shape."""


@dataclass(frozen=True)
class Parameter:
    """One named array of a genome.

    Parameters
    ----------
    name : str
        Unique within its space.
    shape : tuple of int
        Shape of the array.
    low, high : float
        Bounds of every entry, in `unit`.
    unit : str
        Unit of the entries, such as ``"100 pA"``.
    initial : tuple of float
        Interval of the first values, in `unit`, within the bounds; they are drawn uniformly.
    kind : str
        ``"value"``, ``"edge"`` or ``"sign"``.
    probability : float or array of shape `shape`
        Probability that an edge exists at first, or that a sign is 1 at first.
    owner : int array of shape `shape`, or None
        Number of the unit that each entry belongs to, such as a neuron. An optimizer may inherit all entries of one
        owner together, in all parameters. None: each entry is its own owner.
    """

    name: str
    shape: tuple[int, ...]
    low: float
    high: float
    unit: str
    initial: tuple[float, float]
    kind: str = VALUE
    probability: float | np.ndarray = field(default=1.0, compare=False)
    owner: np.ndarray | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        """Check the order of the bounds, the initial interval within them, and the shapes of arrays."""
        for name, values in (("probability", self.probability), ("owner", self.owner)):
            if values is not None and np.shape(values) not in ((), self.shape):
                raise GenomeError(
                    f"Parameter {self.name!r}: {name} has shape {np.shape(values)}; expected {self.shape}."
                )
        start, stop = self.initial
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise GenomeError(f"Parameter {self.name!r}: bounds [{self.low}, {self.high}] must be finite and ordered.")
        if not self.low <= start <= stop <= self.high:
            raise GenomeError(
                f"Parameter {self.name!r}: initial interval [{start}, {stop}] "
                f"must lie within [{self.low}, {self.high}]."
            )

    @property
    def size(self) -> int:
        """Number of entries."""
        return math.prod(self.shape)

    def sample(self, rng: np.random.Generator) -> np.ndarray:
        """Draw first values; return them flat, shape (size,)."""
        # The order of the two draws is part of a seed's meaning: do not change it.
        values = rng.uniform(*self.initial, size=self.size)
        if self.kind == VALUE:
            return values
        chosen = rng.random(self.size) < np.broadcast_to(self.probability, self.shape).ravel()
        if self.kind == EDGE:
            return np.where(chosen, values, 0.0)
        return np.where(chosen, 1.0, -1.0)


class ParameterSpace:
    """The parameters of a model, in one fixed order.

    A genome has two forms: a dict of arrays, or one vector. The vector joins the arrays, sorted by name, each in C
    order. L2L's ``dict_to_list`` flattens an individual in the same order.

    Parameters
    ----------
    *parameters : Parameter
        At least one, with unique names.
    """

    def __init__(self, *parameters: Parameter) -> None:
        names = [p.name for p in parameters]
        if not parameters or len(set(names)) != len(names):
            raise GenomeError(f"a parameter space needs parameters with unique names; got {names}.")
        self.parameters: tuple[Parameter, ...] = tuple(sorted(parameters, key=lambda p: p.name))

    @property
    def size(self) -> int:
        """Number of genes (length of the vector)."""
        return sum(self._sizes)

    @property
    def _sizes(self) -> list[int]:
        return [p.size for p in self.parameters]

    def _per_gene(self, value_of: Callable[[Parameter], Any]) -> np.ndarray:
        """Return a value of each gene's parameter, shape (size,)."""
        return np.repeat([value_of(p) for p in self.parameters], self._sizes)

    @property
    def low(self) -> np.ndarray:
        """Lower bound of each gene, shape (size,)."""
        return self._per_gene(lambda p: p.low)

    @property
    def high(self) -> np.ndarray:
        """Upper bound of each gene, shape (size,)."""
        return self._per_gene(lambda p: p.high)

    def sample(self, rng: np.random.Generator) -> np.ndarray:
        """Draw a vector from the initial intervals and probabilities, shape (size,)."""
        return np.concatenate([p.sample(rng) for p in self.parameters])

    def is_kind(self, kind: str) -> np.ndarray:
        """Return whether each gene is of a kind, shape (size,)."""
        return self._per_gene(lambda p: p.kind == kind)

    @property
    def initial(self) -> tuple[np.ndarray, np.ndarray]:
        """Ends of the interval of each gene's first value, shape (size,) each."""
        return self._per_gene(lambda p: p.initial[0]), self._per_gene(lambda p: p.initial[1])

    @property
    def owners(self) -> np.ndarray:
        """Owner of each gene, counted from 0 through all parameters, shape (size,).

        A gene without an owner gets a number of its own.
        """
        given = [np.full(p.size, -1) if p.owner is None else np.ravel(p.owner) for p in self.parameters]
        owner = np.concatenate(given).astype(np.int64)
        # Genes without an owner get new numbers above all others; np.unique then closes gaps in the numbering.
        alone = owner < 0
        owner[alone] = owner.max(initial=-1) + 1 + np.arange(np.count_nonzero(alone))
        return np.unique(owner, return_inverse=True)[1].ravel()

    def clip(self, vector: np.ndarray) -> np.ndarray:
        """Return the vector moved into the bounds, shape (size,)."""
        return np.clip(self.check_vector(vector), self.low, self.high)

    def check_vector(self, vector: np.ndarray) -> np.ndarray:
        """Return the vector as float64.

        Raises
        ------
        GenomeError
            When the length is wrong, or an entry is not finite.
        """
        vector = as_floats("genome", vector)
        if vector.shape != (self.size,):
            raise GenomeError(
                f"genome has shape {vector.shape}; expected ({self.size},): {self.describe()}. "
                "Check that the genome belongs to this model and encoder."
            )
        bad = first_non_finite(vector)
        if bad is not None:
            raise GenomeError(f"genome[{bad[0]}] is {vector[bad]}; expected a finite number.")
        return vector

    def to_genome(self, vector: np.ndarray) -> Genome:
        """Return the named arrays of a vector."""
        vector = self.check_vector(vector)
        ends = np.cumsum(self._sizes)[:-1]
        parts = np.split(vector, ends)
        return {p.name: part.reshape(p.shape) for p, part in zip(self.parameters, parts, strict=True)}

    def to_vector(self, genome: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the vector of a genome; arrays may be flat.

        Raises
        ------
        GenomeError
            When a name is missing or unknown, or an array has the wrong size.
        """
        names = {p.name for p in self.parameters}
        if set(genome) != names:
            raise GenomeError(f"genome has parameters {sorted(genome)}; expected {sorted(names)}.")
        parts = [as_floats(p.name, genome[p.name]).ravel() for p in self.parameters]
        for parameter, part in zip(self.parameters, parts, strict=True):
            if part.size != parameter.size:
                raise GenomeError(f"genome[{parameter.name!r}] has {part.size} values; expected {parameter.size}.")
        return self.check_vector(np.concatenate(parts))

    def describe(self) -> str:
        """Return one line such as ``weights_0 (60, 5) in [-20, 20] x 100 pA``."""
        return "; ".join(f"{p.name} {p.shape} in [{p.low:g}, {p.high:g}] x {p.unit}" for p in self.parameters)

    def __repr__(self) -> str:
        """Return one line."""
        return f"<ParameterSpace of {self.size} genes: {self.describe()}>"
