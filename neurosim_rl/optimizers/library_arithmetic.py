"""Arithmetic with the same bits on every processor for libraries that call NumPy: L2L and cmaes.

Their modules know NumPy as ``np``. While an optimizer of theirs works, the name stands for NumPy with elementary
functions, products, decompositions and a stable order of this package. All else is NumPy's own.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np

from neurosim_rl.bridge.elementary import exponential, logarithm
from neurosim_rl.optimizers.algebra import covariance, eigen_decomposition, norm, product

_LOCK = threading.RLock()


class FixedOrder(np.ndarray):
    """An array with matrix products in a fixed order; results of its arithmetic are such arrays, too."""

    def dot(self, other: Any, out: None = None) -> Any:  # type: ignore[override]
        """Return the matrix product."""
        return fixed_order(product(np.asarray(self), np.asarray(other)))

    def __matmul__(self, other: Any) -> Any:
        return self.dot(other)


def fixed_order(array: np.ndarray) -> Any:
    """Return a view of the array as a `FixedOrder`; a number stays a number."""
    return array.view(FixedOrder) if array.ndim else array


class _WithOwn:
    """A module with some functions replaced."""

    def __init__(self, module: ModuleType, **own: Any) -> None:
        self._module = module
        self.__dict__.update(own)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def stable_order(values: Any) -> np.ndarray:
    """Return the indices that sort values; equal ones keep their order (NumPy: by processor)."""
    return np.argsort(values, kind="stable")


_OURS = _WithOwn(
    np,
    argsort=stable_order,
    cov=covariance,
    dot=product,
    exp=exponential,
    linalg=_WithOwn(np.linalg, eigh=eigen_decomposition, norm=norm),
    log=logarithm,
)


@contextmanager
def portable_arithmetic(*modules: Any) -> Iterator[None]:
    """Let modules compute with the arithmetic of this package; one thread at a time."""
    with _LOCK:
        before = [module.np for module in modules]
        try:
            for module in modules:
                module.np = _OURS
            yield
        finally:
            for module, numpy in zip(modules, before, strict=True):
                module.np = numpy
