"""Mirror symmetry: reflections of the values of a layer, and weights that respect them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Reflection:
    """The mirror image of the values of a layer: value k becomes ``sign[k]`` times value ``order[k]``.

    Two reflections cancel each other: ``order[order[k]] == k``, and ``sign[order[k]] == sign[k]``.

    Parameters
    ----------
    order : tuple of int
    sign : tuple of int
        1 or -1.
    """

    order: tuple[int, ...]
    sign: tuple[int, ...]

    @classmethod
    def of_order(cls, order: Iterable[int]) -> Reflection:
        """Return the reflection that reorders values and keeps their signs."""
        places = tuple(int(k) for k in order)
        return cls(places, (1,) * len(places))

    @classmethod
    def of_signs(cls, sign: Sequence[int]) -> Reflection:
        """Return the reflection that keeps the order of values and changes some signs."""
        return cls(tuple(range(len(sign))), tuple(int(s) for s in sign))

    @classmethod
    def reversing(cls, n: int) -> Reflection:
        """Return the reflection that reverses the order of n values."""
        return cls.of_order(range(n)[::-1])

    @property
    def places(self) -> np.ndarray:
        """The order as an array, shape (n,)."""
        return np.array(self.order, np.int64)

    def __len__(self) -> int:
        """Return the number of values."""
        return len(self.order)

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Return the mirror image of values of shape (..., n)."""
        return np.asarray(self.sign) * np.asarray(values)[..., list(self.order)]


ALONE = Reflection((0,), (1,))
"""The reflection of a single value that is its own mirror image, such as the input of a bias."""


@dataclass(frozen=True)
class TiedWeights:
    """Weights between two layers that are their own mirror image.

    If the values of the source layer are reflected, such weights reflect the sums of the target layer: ``weights[i, j]
    == sign_in[i] * sign_out[j] * weights[order_in[i], order_out[j]]``. So at most one weight of each pair is free.

    Parameters
    ----------
    gene : int array, shape (n_source, n_target)
        Index of the gene of each weight.
    sign : int array, shape (n_source, n_target)
        Factor of the gene: 1, -1, or 0 for a weight that must be 0.
    n_genes : int
    """

    gene: np.ndarray
    sign: np.ndarray
    n_genes: int

    @classmethod
    def between(cls, source: Reflection, target: Reflection) -> TiedWeights:
        """Return the ties between the weights from one layer to another."""
        shape = len(source), len(target)
        number = np.arange(shape[0] * shape[1]).reshape(shape)
        partner = number[np.ix_(source.order, target.order)]
        sign = np.outer(source.sign, target.sign)
        # Of two tied weights the one with the lower number is the gene itself; the other may change its sign.
        factor = np.where(number <= partner, 1, sign)
        # A weight that is its own partner and changes sign must be 0.
        factor[(number == partner) & (sign < 0)] = 0
        first = np.minimum(number, partner)
        # Number the genes in order; weights that must be 0 are marked -1, sort first, and then count as no gene.
        genes, gene = np.unique(np.where(factor == 0, -1, first), return_inverse=True)
        n_marks = int(genes[0] == -1)
        return cls(np.maximum(gene.reshape(shape) - n_marks, 0), factor, len(genes) - n_marks)

    def expand(self, genes: np.ndarray) -> np.ndarray:
        """Return all weights, shape (n_source, n_target), for genes of shape (n_genes,)."""
        if not self.n_genes:
            return np.zeros(self.sign.shape)
        return self.sign * genes[self.gene]
