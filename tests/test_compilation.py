"""Compiled functions, with and without a place for numba's cache."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from neurosim_rl.compilation import compiled


def test_where_nothing_can_be_cached_it_is_compiled_all_the_same() -> None:
    made: dict[str, Callable[[float], float]] = {}
    exec("def inverse(x):\n    return 1.0 / x", made)  # from no file, so numba finds no folder for its cache
    inverse: Any = compiled(made["inverse"])
    assert inverse(4.0) == 0.25
    assert inverse(0.0) == math.inf
    assert len(inverse.signatures) == 1
    assert not inverse.stats.cache_path


def test_where_it_can_be_cached_it_is() -> None:
    from neurosim_rl.simulators.compiled_kernels import advance

    kernel: Any = advance
    assert kernel.stats.cache_path
