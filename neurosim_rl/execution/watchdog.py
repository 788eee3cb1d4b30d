"""A watchdog that ends a worker process which exceeds its time limit."""

from __future__ import annotations

import faulthandler
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def process_watchdog(limit_s: float) -> Iterator[None]:
    """End this process, with a traceback on standard error, when the ``with`` block takes longer than the limit.

    There is one watchdog in a process: the last one set replaces those before.

    Parameters
    ----------
    limit_s : float
        In s; 0: no limit.
    """
    if not limit_s:
        yield
        return
    # faulthandler's clock is a thread in C. It also ends a process in which a library never releases the interpreter
    # lock; no Python thread and no Python signal handler would run there.
    faulthandler.dump_traceback_later(limit_s, exit=True, file=sys.__stderr__ or 2)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
