"""Time limits: a watchdog that ends a worker process, and an alarm that interrupts Python code."""

from __future__ import annotations

import faulthandler
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn


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


@contextmanager
def alarm_after(limit_s: float) -> Iterator[None]:
    """Raise TimeoutError in the ``with`` block when it takes longer than the limit.

    The error comes by a signal: between two instructions of Python, and in the main thread only.

    Parameters
    ----------
    limit_s : float
        In s; 0: no limit.
    """
    if not limit_s or threading.current_thread() is not threading.main_thread():
        yield
        return

    def expire(signum: int, frame: FrameType | None) -> NoReturn:
        raise TimeoutError(f"not done within {limit_s:g} s")

    handler = signal.signal(signal.SIGALRM, expire)
    # Again and again: Python drops an exception that is raised while an object is deleted.
    timer = signal.setitimer(signal.ITIMER_REAL, limit_s, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, handler)
