"""The thread that uses NEST, of several in a process: NEST ends a process that uses it from another one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
_threads = threading.local()


@contextmanager
def nest_in_another_thread(call: Callable[..., Any]) -> Iterator[None]:
    """Let this thread hand its calls of NEST over, in the ``with`` block.

    Parameters
    ----------
    call : callable
        ``call(function, *arguments)`` calls the function in the thread that uses NEST, and returns its result.
    """
    _threads.call = call
    try:
        yield
    finally:
        del _threads.call


def in_nest_thread(function: Callable[..., T], *arguments: Any) -> T:
    """Call a function that uses NEST, in the thread that does; return its result."""
    call = getattr(_threads, "call", None)
    result: T = function(*arguments) if call is None else call(function, *arguments)
    return result
