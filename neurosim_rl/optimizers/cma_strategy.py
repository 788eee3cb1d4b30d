"""Strategies of the library ``cmaes``, with the same bits on every processor; loads scipy.stats."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from cmaes import CMA, SepCMA, _cma, _sepcma

from neurosim_rl.optimizers.algebra import eigen_decomposition
from neurosim_rl.optimizers.library_arithmetic import fixed_order, portable_arithmetic

LEAST_SQUARE = 1e-8
"""Square of a standard deviation in place of a negative one (cmaes: ``_EPS``)."""


class FullStrategy(CMA):
    """CMA-ES with the full covariance matrix C = B D^2 B^T.

    Samples are m + sigma B D B^T z with standard normal z. The library takes m + sigma B D z, which has the same
    distribution. But where eigenvalues are equal, as for most directions at first, rounding decides about the vectors
    B: two processors, or two versions of a library, would draw other samples. B D B^T, the root of C, has no such
    choice.
    """

    _B: Any
    _C: Any
    _D: Any

    def _eigen_decomposition(self) -> tuple[Any, np.ndarray]:
        if self._B is None or self._D is None:
            squares, vectors = eigen_decomposition((self._C + self._C.T) / 2)
            self._D = np.sqrt(np.where(squares < 0, LEAST_SQUARE, squares))
            self._B = fixed_order(vectors)
            # Products of C and B have a fixed order wherever the library uses these arrays.
            self._C = fixed_order(vectors * self._D**2) @ vectors.T
        return self._B, self._D

    def _sample_solution(self) -> np.ndarray:
        vectors, deviations = self._eigen_decomposition()
        steps = vectors.dot(deviations * vectors.T.dot(self._rng.randn(self._n_dim)))
        return np.asarray(self._mean + self._sigma * steps)


@contextmanager
def portable_cmaes() -> Iterator[None]:
    """Let the library compute with the arithmetic of this package."""
    with portable_arithmetic(_cma, _sepcma):
        yield


def strategy(full: bool, **options: Any) -> Any:
    """Return a strategy with a full or a diagonal covariance matrix; options are those of the library."""
    return FullStrategy(**options) if full else SepCMA(**options)
