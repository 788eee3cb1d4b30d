"""Linear algebra in one thread: with several threads, last bits depend on the number of cores."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


@cache
def _controller() -> ThreadpoolController:
    # Kept, because finding the libraries takes milliseconds; setting their threads takes microseconds.
    return ThreadpoolController()


def one_thread() -> AbstractContextManager:
    """Return a context with one thread for NumPy's linear algebra; afterwards the old number is restored."""
    return _controller().limit(limits=1)
