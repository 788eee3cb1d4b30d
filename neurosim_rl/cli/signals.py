"""Signals that ask a command to end do so, wherever it is.

SIGINT is Ctrl-C; SIGTERM comes from ``kill``, ``scancel``, Slurm's pre-emption and its time limit; SIGUSR1 is what
``neurosim-rl submit`` has Slurm send some time before the limit; SIGHUP comes when a terminal closes.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP)

_requested = False


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let `SIGNALS` raise KeyboardInterrupt in the ``with`` block; those that are ignored, as by nohup, stay so."""
    global _requested
    _requested = False
    heard = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, _interrupt) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def raise_if_interrupted() -> None:
    """Raise KeyboardInterrupt if a signal came, even if Python dropped the one that it raised.

    That happens inside a weak reference's callback or a ``__del__`` method ("Exception ignored in ..."); h5py, for
    one, runs such callbacks often. Long loops therefore ask here.
    """
    if _requested:
        raise KeyboardInterrupt


def _interrupt(signum: int, frame: FrameType | None) -> NoReturn:
    global _requested
    _requested = True
    raise KeyboardInterrupt
