"""Parameter spaces: what an optimizer may change, with names, shapes, bounds and units."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from neurosim_rl.errors import GenomeError
from neurosim_rl.settings.checks import as_floats, first_non_finite

VALUE, EDGE, SIGN = "value", "edge", "sign"
"""Kinds of genes: any number; the weight of a connection, of which 0 says that there is none; 1 or -1."""

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
        What 1 stands for, such as ``"100 pA"``.
    initial : tuple of float
        First values are drawn uniformly from this interval (in `unit`), which lies within the bounds.
    kind : str
        ``"value"``, ``"edge"`` or ``"sign"``.
    probability : float or array of shape `shape`
        That an edge is there at first, or that a sign is 1 at first.
    owner : int array of shape `shape`, or None
        What each entry belongs to, such as a neuron: an optimizer may inherit together what has one owner, in all
        parameters. None: each entry belongs to itself.
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
        """Check that the bounds are ordered and hold the initial interval, and that arrays have the right shape."""
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
        """Return first values, flat, shape (size,)."""
        values = rng.uniform(*self.initial, size=self.size)
        if self.kind == VALUE:
            return values
        likely = rng.random(self.size) < np.broadcast_to(self.probability, self.shape).ravel()
        return np.where(likely, values, 0.0) if self.kind == EDGE else np.where(likely, 1.0, -1.0)


class ParameterSpace:
    """The parameters of a model, in one fixed order.

    A genome is held as a dict of arrays or as one vector. The vector joins the arrays sorted by
    name, each in C order: that is also how L2L's ``dict_to_list`` flattens an individual.

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
        return sum(p.size for p in self.parameters)

    @property
    def low(self) -> np.ndarray:
        """Lower bound of each gene, shape (size,)."""
        return np.concatenate([np.full(p.size, p.low) for p in self.parameters])

    @property
    def high(self) -> np.ndarray:
        """Upper bound of each gene, shape (size,)."""
        return np.concatenate([np.full(p.size, p.high) for p in self.parameters])

    def sample(self, rng: np.random.Generator) -> np.ndarray:
        """Return a vector drawn from the initial intervals and probabilities, shape (size,)."""
        return np.concatenate([p.sample(rng) for p in self.parameters])

    def is_kind(self, kind: str) -> np.ndarray:
        """Return which genes are of a kind, shape (size,)."""
        return np.concatenate([np.full(p.size, p.kind == kind) for p in self.parameters])

    @property
    def initial(self) -> tuple[np.ndarray, np.ndarray]:
        """Ends of the interval from which each gene is drawn first, shape (size,) each."""
        ends = (np.concatenate([np.full(p.size, p.initial[end]) for p in self.parameters]) for end in (0, 1))
        low, high = ends
        return low, high

    @property
    def owners(self) -> np.ndarray:
        """Owner of each gene, counted from 0 through all parameters, shape (size,); of some, nothing but themselves."""
        given = [np.full(p.size, -1) if p.owner is None else np.ravel(p.owner) for p in self.parameters]
        owner = np.concatenate(given).astype(np.int64)
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
            When its length is wrong or an entry is not finite.
        """
        vector = as_floats("genome", vector)
        if vector.shape != (self.size,):
            raise GenomeError(
                f"genome has shape {vector.shape}; expected ({self.size},): {self.describe()}. "
                "Was it made for another model or encoder?"
            )
        bad = first_non_finite(vector)
        if bad is not None:
            raise GenomeError(f"genome[{bad[0]}] is {vector[bad]}; expected a finite number.")
        return vector

    def to_genome(self, vector: np.ndarray) -> Genome:
        """Return the named arrays of a vector."""
        vector = self.check_vector(vector)
        ends = np.cumsum([p.size for p in self.parameters])[:-1]
        parts = np.split(vector, ends)
        return {p.name: part.reshape(p.shape) for p, part in zip(self.parameters, parts, strict=True)}

    def to_vector(self, genome: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the vector of a genome; each array may also come flattened.

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
