"""Ending a worker that never comes back."""

from __future__ import annotations

import faulthandler
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ended_if_stuck(after_s: float) -> Iterator[None]:
    """End this process, with a traceback on standard error, when the block takes longer.

    The clock is a thread of C: it also ends a process in which a library keeps the interpreter to itself, where no
    thread or signal handler of Python's would ever run. There is one such clock in a process.

    Parameters
    ----------
    after_s : float
        In s; 0: never.
    """
    if not after_s:
        yield
        return
    faulthandler.dump_traceback_later(after_s, exit=True, file=sys.__stderr__ or 2)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
