"""Signals that end a command.

SIGINT comes from Ctrl-C; SIGTERM from ``kill``, ``scancel``, Slurm's pre-emption and its time limit; SIGUSR1 from
Slurm some time before the time limit, as ``neurosim-rl submit`` asks; SIGHUP from a terminal that closes.
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
    """Let `SIGNALS` raise KeyboardInterrupt in the ``with`` block; ignored signals, as under nohup, stay ignored."""
    global _requested
    _requested = False
    before = {}
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            before[number] = signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _forget_unhandled()


def raise_if_interrupted() -> None:
    """Raise KeyboardInterrupt if a signal came, even if Python dropped the exception that the signal raised.

    Python drops exceptions inside a weak reference's callback and inside ``__del__`` ("Exception ignored in ...");
    h5py runs such callbacks often. Long loops therefore call this function.
    """
    if _requested:
        raise KeyboardInterrupt


def _forget_unhandled() -> None:
    """Let ``python -m`` exit with the command's own code after an interrupt that was handled.

    An interrupt in source text that Python runs, as for each dataclass, is noted as unhandled, and at its exit Python
    then kills itself by SIGINT. The note holds until the next source text.
    """
    eval("None")


def _interrupt(signum: int, frame: FrameType | None) -> NoReturn:
    global _requested
    _requested = True
    raise KeyboardInterrupt
