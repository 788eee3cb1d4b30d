"""The sign of life: a line on standard error that says what a command does, while it prints nothing else."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from neurosim_rl.analysis.text_width import text_width
from neurosim_rl.cli.terminal import line_width
from neurosim_rl.settings.printable import printable

FIRST_SIGN_S = 2.0
"""Time without any output after which a command says what it does, in s."""
SIGN_EVERY_S = 1.0
"""Time between two signs of life, in s."""
DEFAULT_WIDTH = 80
"""Columns of the line where standard error is no terminal."""


@dataclass(eq=False)
class Work:
    """Something that a command does.

    Parameters
    ----------
    what : str
        What the sign says; empty: there is no sign.
    begun_s : float
        When it began, by the monotonic clock, in s.
    """

    what: str
    begun_s: float = field(default_factory=time.monotonic)


class SignOfLife:
    """The line that says what is done, and the thread that writes it.

    The innermost work is named. The cursor goes back to the first column each time: what another library prints
    writes over the line.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.RLock())  # a signal's handler may print, too
        self._works: list[Work] = []
        self._shown, self._next_s = "", 0.0
        self._thread: threading.Thread | None = None

    def begin(self, work: Work) -> None:
        """Begin a work, inside those that go on."""
        with self._changed:
            self.clear()
            self._works.append(work)
            if self._thread is None and work.what:
                # A signal may come while it starts: a thread that is not noted here ends by itself.
                thread = threading.Thread(target=self._show, name="sign-of-life", daemon=True)
                thread.start()
                self._thread = thread
            self._changed.notify()

    def end(self, work: Work) -> None:
        """End a work; the thread ends with the last one."""
        with self._changed:
            self.clear()
            if work in self._works:
                self._works.remove(work)
            thread = self._thread
            if self._works or thread is None:
                self._changed.notify()
                return
            self._thread = None
            self._changed.notify()
        thread.join(SIGN_EVERY_S)

    def clear(self) -> None:
        """Remove the line, because something is printed now; the next sign comes `FIRST_SIGN_S` later."""
        with self._changed:
            shown, self._shown = self._shown, ""
            self._next_s = time.monotonic() + FIRST_SIGN_S
            if shown:
                _write(" " * text_width(shown))

    def _show(self) -> None:
        with self._changed:
            while self._thread is threading.current_thread():
                work = self._works[-1]
                wait_s = self._next_s - time.monotonic() if work.what else None
                if wait_s is None or wait_s > 0:
                    self._changed.wait(wait_s)
                    continue
                self._shown = _line(work)
                _write(self._shown)
                self._next_s = time.monotonic() + SIGN_EVERY_S


SIGN = SignOfLife()
"""The one line of this process."""


@contextmanager
def saying(what: str) -> Iterator[None]:
    """Say what is done while a ``with`` block lasts, and for how long; an empty text: show no sign."""
    work = Work(what)
    try:
        SIGN.begin(work)
        yield
    finally:
        SIGN.end(work)


def _line(work: Work) -> str:
    """Return the sign of a work, which fits the terminal: a line that is wrapped could not be removed."""
    end = f" ... {time.monotonic() - work.begun_s:.0f} s"
    what, room = printable(work.what), (line_width(sys.stderr) or DEFAULT_WIDTH) - len(end) - 1
    while what and text_width(what) > room:
        what = what[:-1]
    return f"{what}{end}"


def _write(line: str) -> None:
    """Write over the line of the cursor, and go back to its first column."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):  # a full disk, or a closed stream
            print(f"\r{line}\r", end="", file=sys.stderr, flush=True)
