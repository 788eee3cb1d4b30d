"""Surroundings of a command: standard output of any encoding, on a full disk or without a reader, and Matplotlib."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def any_surroundings() -> Iterator[None]:
    """Let a command work in any locale and with any choice of windows.

    What the encoding of an output lacks is escaped, such as an umlaut of a path in ASCII. Matplotlib draws into files:
    a choice of windows has no effect, and a wrong one does no harm.
    """
    streams = [stream for stream in (sys.stdout, sys.stderr) if hasattr(stream, "reconfigure")]
    handling = [stream.errors for stream in streams]
    backend = os.environ.get("MPLBACKEND")
    for stream in streams:
        stream.reconfigure(errors="backslashreplace")
    os.environ["MPLBACKEND"] = "agg"
    try:
        yield
    finally:
        for stream, errors in zip(streams, handling, strict=True):
            stream.reconfigure(errors=errors)
        if backend is None:
            del os.environ["MPLBACKEND"]
        else:
            os.environ["MPLBACKEND"] = backend


@contextmanager
def complete_output() -> Iterator[None]:
    """Write all standard output by the end of a block: a full disk is noticed there, and not after the command.

    Raises
    ------
    OSError
        When it cannot be written; then nothing is left to write.
    """
    try:
        yield
    finally:
        if sys.stdout is not None:
            try:
                sys.stdout.flush()
            except OSError:
                # Python writes the rest at its end, and would fail again there.
                with suppress(OSError, ValueError):
                    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                raise
