"""Private generators for libraries that draw from Python's and NumPy's global ones.

DEAP and L2L do, and never seed them. Here each optimizer has generators of its own, which take the global ones' place
while it draws: nobody else's draws change its results, and its draws change nobody else's. That includes other
threads: Dask's, for one, draws how long to wait before it connects again.
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
"""The global generators, whose methods are the functions of the modules ``random`` and ``numpy.random``."""
OTHER_NAMES = {"ranf": "random_sample", "sample": "random_sample"}
"""Functions of ``numpy.random`` that are called otherwise as methods."""

_LOCK = threading.RLock()


class LibraryRandom:
    """The global generators as one optimizer sees them.

    Parameters
    ----------
    sequence : numpy.random.SeedSequence
        Seeds both.
    """

    def __init__(self, sequence: np.random.SeedSequence) -> None:
        words = sequence.generate_state(8)
        self._python = random.Random(int.from_bytes(words.tobytes(), "little"))
        self._numpy = np.random.RandomState(words)
        self._bound = self._python.getstate(), self._numpy.get_state()

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Let this thread draw from the private generators; one thread at a time.

        The modules' functions do so. What holds on to the global generators themselves (``from random import choice``,
        ``scipy.stats``) finds them in states of this object's, too, but shares these with other threads.
        """
        with _LOCK:
            outside = PYTHON.getstate(), NUMPY.get_state()
            python, numpy = random.Random(), np.random.RandomState()
            _set_states((python, numpy), outside)
            with _replaced(random, PYTHON, self._python, python), _replaced(np.random, NUMPY, self._numpy, numpy):
                _set_states((PYTHON, NUMPY), self._bound)
                try:
                    yield
                finally:
                    self._bound = PYTHON.getstate(), NUMPY.get_state()
                    _set_states((PYTHON, NUMPY), (python.getstate(), numpy.get_state()))


def _set_states(generators: tuple[random.Random, np.random.RandomState], states: tuple[Any, Any]) -> None:
    generators[0].setstate(states[0])
    generators[1].set_state(states[1])


@contextmanager
def _replaced(module: ModuleType, generator: Any, own: Any, twin: Any) -> Iterator[None]:
    """Let this thread's calls of the module's functions draw from `own`, all others' from `twin`."""
    before = {name: f for name, f in vars(module).items() if _method(generator, name, f) is not None}
    for name, function in before.items():
        installed_twice = isinstance(function, _ByThread)
        others = function if installed_twice else _method(twin, name, function)
        setattr(module, name, _ByThread(_method(own, name, function), others))
    try:
        yield
    finally:
        for name, function in before.items():
            setattr(module, name, function)


def _method(generator: Any, name: str, function: Any) -> Callable[..., Any] | None:
    """Return the generator's method for a function of the module; None if it is another kind of thing."""
    if name.startswith("_") or isinstance(function, (type, ModuleType)):
        return None
    return getattr(
        generator, OTHER_NAMES.get(name, name) if isinstance(generator, np.random.RandomState) else name, None
    )


class _ByThread:
    """A function for the thread that made it, and another one for all others."""

    def __init__(self, owners: Any, others: Any) -> None:
        self._owner, self._owners, self._others = threading.get_ident(), owners, others

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return (self._owners if threading.get_ident() == self._owner else self._others)(*arguments, **named)
