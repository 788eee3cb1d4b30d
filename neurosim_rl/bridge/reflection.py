"""What a mirror does to the values of a layer, and weights that it leaves as they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Reflection:
    """In the mirror, value k of a layer is ``sign[k]`` times what value ``order[k]`` was.

    Parameters
    ----------
    order : tuple of int
        Reflecting twice changes nothing: ``order[order[k]] == k``.
    sign : tuple of int
        1 or -1; ``order[k]`` has the same as k.
    """

    order: tuple[int, ...]
    sign: tuple[int, ...]

    @classmethod
    def of_order(cls, order: Iterable[int]) -> Reflection:
        """Return the reflection in which values change places."""
        places = tuple(int(k) for k in order)
        return cls(places, (1,) * len(places))

    @classmethod
    def of_signs(cls, sign: Sequence[int]) -> Reflection:
        """Return the reflection in which values stay in place, and some change sign."""
        return cls(tuple(range(len(sign))), tuple(int(s) for s in sign))

    @classmethod
    def reversing(cls, n: int) -> Reflection:
        """Return the reflection in which n values come in reversed order."""
        return cls.of_order(range(n)[::-1])

    @property
    def places(self) -> np.ndarray:
        """Where each value goes, shape (n,)."""
        return np.array(self.order, np.int64)

    def __len__(self) -> int:
        """Return the number of values."""
        return len(self.order)

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Return the values in the mirror, shape (..., n)."""
        return np.asarray(self.sign) * np.asarray(values)[..., list(self.order)]


ALONE = Reflection((0,), (1,))
"""A single value that looks the same in the mirror, such as the input of a bias."""


@dataclass(frozen=True)
class TiedWeights:
    """Weights between two layers that look the same in the mirror.

    With them the sums of the target layer are reflected when the source layer is: ``weights[i, j]`` is
    ``sign_in[i] * sign_out[j] * weights[order_in[i], order_out[j]]``. So at most one of two weights is free.

    Parameters
    ----------
    gene : int array, shape (n_source, n_target)
        Which gene each weight is.
    sign : int array, shape (n_source, n_target)
        What it is multiplied by; 0 where the mirror allows no other weight.
    n_genes : int
    """

    gene: np.ndarray
    sign: np.ndarray
    n_genes: int

    @classmethod
    def between(cls, source: Reflection, target: Reflection) -> TiedWeights:
        """Return the ties of the weights from one layer to another."""
        shape = len(source), len(target)
        number = np.arange(shape[0] * shape[1]).reshape(shape)
        partner = number[np.ix_(source.order, target.order)]
        sign = np.outer(source.sign, target.sign)
        own = np.where(number <= partner, 1, sign)
        own[(number == partner) & (sign < 0)] = 0
        first = np.minimum(number, partner)
        genes, gene = np.unique(np.where(own == 0, -1, first), return_inverse=True)
        n_fixed = int(genes[0] == -1)
        return cls(np.maximum(gene.reshape(shape) - n_fixed, 0), own, len(genes) - n_fixed)

    def expand(self, genes: np.ndarray) -> np.ndarray:
        """Return all weights, shape (n_source, n_target), of genes of shape (n_genes,)."""
        return self.sign * genes[self.gene] if self.n_genes else np.zeros(self.sign.shape)
