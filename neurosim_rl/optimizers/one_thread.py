"""Linear algebra in one thread: with several, its last bits depend on the number of cores."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()  # finding the libraries takes milliseconds, setting them microseconds


def one_thread() -> AbstractContextManager:
    """Return a context in which NumPy's linear algebra uses one thread; afterwards as many as before."""
    return _controller().limit(limits=1)
