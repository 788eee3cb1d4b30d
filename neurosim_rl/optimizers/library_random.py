"""A private state for libraries that draw from Python's and NumPy's global generators.

DEAP and L2L do, and never seed them. Here each optimizer has its own states, swapped in while it draws:
nobody else's draws change its results, and its draws change nobody else's.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


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
        """Put the states in place, and keep how they were left."""
        outside = random.getstate(), np.random.get_state()
        random.setstate(self._python)
        np.random.set_state(self._numpy)
        try:
            yield
        finally:
            self._python, self._numpy = random.getstate(), np.random.get_state()
            random.setstate(outside[0])
            np.random.set_state(outside[1])
