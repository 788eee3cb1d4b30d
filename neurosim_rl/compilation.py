"""Functions that numba compiles: cached where that is possible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F, **options: Any) -> F:
    """Decorate a function: numba compiles it at its first call, and keeps the result for other processes.

    Where neither the code's folder nor the user's own can be written, each process compiles anew. Divisions by zero
    give what NumPy gives.

    Parameters
    ----------
    function : callable
        One that numba can compile.
    options
        Of ``numba.njit``.
    """
    try:
        return numba.njit(cache=True, error_model="numpy", **options)(function)  # type: ignore[no-any-return]
    except RuntimeError:  # numba found no place for its cache
        return numba.njit(error_model="numpy", **options)(function)  # type: ignore[no-any-return]
