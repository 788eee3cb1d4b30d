"""Private random generators for libraries that use the global generators of Python and NumPy.

DEAP and L2L use the global generators and never seed them. Here each optimizer has its own generators, which replace
the global ones while the optimizer draws. So draws of other code do not change its results, and its draws do not change
theirs. This includes other threads: Dask, for example, draws the waiting time before it reconnects.
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
"""The global generators: the functions of the modules ``random`` and ``numpy.random`` are their methods."""
OTHER_NAMES = {"ranf": "random_sample", "sample": "random_sample"}
"""Functions of ``numpy.random`` with another name as a method."""

_LOCK = threading.RLock()


class LibraryRandom:
    """Private generators of one optimizer, in place of the global ones.

    Parameters
    ----------
    sequence : numpy.random.SeedSequence
        Seed of both generators.
    """

    def __init__(self, sequence: np.random.SeedSequence) -> None:
        words = sequence.generate_state(8)
        self._python = random.Random(int.from_bytes(words.tobytes(), "little"))
        self._numpy = np.random.RandomState(words)
        self._bound = self._python.getstate(), self._numpy.get_state()

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Let this thread draw from the private generators; one thread at a time.

        The functions of the modules use the private generators. Code that holds the global generators themselves
        (``from random import choice``, ``scipy.stats``) finds them in private states as well, but shares these states
        with other threads.
        """
        with _LOCK:
            # Other threads continue with copies of the global generators; their states go back at the end.
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


@contextmanager
def kept_states() -> Iterator[None]:
    """Give Python's and NumPy's global generators, after a block, the states that they had before it."""
    before = PYTHON.getstate(), NUMPY.get_state()
    try:
        yield
    finally:
        _set_states((PYTHON, NUMPY), before)


def _set_states(generators: tuple[random.Random, np.random.RandomState], states: tuple[Any, Any]) -> None:
    generators[0].setstate(states[0])
    generators[1].set_state(states[1])


@contextmanager
def _replaced(module: ModuleType, generator: Any, own: Any, copy: Any) -> Iterator[None]:
    """Let functions of the module draw from `own` in this thread, and from `copy` in all other threads."""
    before = {name: f for name, f in vars(module).items() if _method(generator, name, f) is not None}
    for name, function in before.items():
        # If another optimizer has installed its generators around this one, other threads stay with its replacement.
        others = function if isinstance(function, _ByThread) else _method(copy, name, function)
        setattr(module, name, _ByThread(_method(own, name, function), others))
    try:
        yield
    finally:
        for name, function in before.items():
            setattr(module, name, function)


def _method(generator: Any, name: str, function: Any) -> Callable[..., Any] | None:
    """Return the method of the generator that a function of the module calls; None for other members of the module."""
    if name.startswith("_") or isinstance(function, (type, ModuleType)):
        return None
    if isinstance(generator, np.random.RandomState):
        name = OTHER_NAMES.get(name, name)
    return getattr(generator, name, None)


class _ByThread:
    """One function for the thread that created it, and another function for all other threads."""

    def __init__(self, owners: Any, others: Any) -> None:
        self._owner, self._owners, self._others = threading.get_ident(), owners, others

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        function = self._owners if threading.get_ident() == self._owner else self._others
        return function(*arguments, **named)
