"""A private state for libraries that draw from Python's and NumPy's global generators.

DEAP and L2L do, and never seed them. Here each optimizer has its own states, swapped in while it draws:
nobody else's draws change its results, and its draws change nobody else's. That includes other threads: Dask's, for
one, draws how long to wait before it connects again.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np

PYTHON: random.Random = random._inst  # type: ignore[attr-defined]
NUMPY: np.random.RandomState = np.random.mtrand._rand
"""The generators that the modules' functions are methods of."""

_LOCK = threading.RLock()


class LibraryRandom:
    """The global generators' states as one optimizer sees them.

    Parameters
    ----------
    sequence : numpy.random.SeedSequence
        Seeds both states.
    """

    def __init__(self, sequence: np.random.SeedSequence) -> None:
        words = sequence.generate_state(8)
        self._python = random.Random(int.from_bytes(words.tobytes(), "little")).getstate()
        self._numpy = np.random.RandomState(words).get_state()

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Put the states in place for this thread, and keep how they were left; one thread at a time."""
        python, numpy = random.Random(), np.random.RandomState()
        with _LOCK:
            python.setstate(PYTHON.getstate())
            numpy.set_state(NUMPY.get_state())
            with _others_draw_from(random, PYTHON, python), _others_draw_from(np.random, NUMPY, numpy):
                PYTHON.setstate(self._python)
                NUMPY.set_state(self._numpy)
                try:
                    yield
                finally:
                    self._python, self._numpy = PYTHON.getstate(), NUMPY.get_state()
                    PYTHON.setstate(python.getstate())
                    NUMPY.set_state(numpy.get_state())


@contextmanager
def _others_draw_from(module: ModuleType, generator: Any, twin: Any) -> Iterator[None]:
    """Let other threads that call the module's functions draw from a twin of its generator."""
    methods = {name: f for name, f in vars(module).items() if getattr(f, "__self__", None) is generator}
    for name, method in methods.items():
        setattr(module, name, _by_thread(threading.get_ident(), method, getattr(twin, name)))
    try:
        yield
    finally:
        for name, method in methods.items():
            setattr(module, name, method)


def _by_thread(owner: int, owners: Callable[..., Any], others: Callable[..., Any]) -> Callable[..., Any]:
    def draw(*arguments: Any, **named: Any) -> Any:
        return (owners if threading.get_ident() == owner else others)(*arguments, **named)

    return draw
