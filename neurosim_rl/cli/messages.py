"""Messages of a command while it runs: notes, a sign of life, and logs; all on standard error."""

from __future__ import annotations

import argparse
import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from neurosim_rl.settings.printable import KEPT, printable

LEVELS = ("debug", "info", "warning", "error")
LOGGER = logging.getLogger("neurosim_rl")
FIRST_SIGN_S = 2.0
"""Time after which a command without a bar says what it does, in s."""
SIGN_EVERY_S = 1.0
"""Time between two signs of life, in s."""

_quiet = False
_sign = ""


def add_messages(parser: argparse._ActionsContainer) -> None:
    """Add the options --quiet and --log-level."""
    parser.add_argument("--quiet", action="store_true", help="print results and errors only: no bar, no notes")
    parser.add_argument(
        "--log-level",
        choices=LEVELS,
        metavar="LEVEL",
        help="print the log, too: debug (each generation and stage), info (events of runs), warning or error",
    )


@contextmanager
def messages(quiet: bool, level: str | None) -> Iterator[None]:
    """Let notes be printed or not, and the log from a level on, in the ``with`` block."""
    global _quiet
    before, _quiet = _quiet, quiet
    try:
        if level is None:
            yield
        else:
            with _logging(level):
                yield
    finally:
        _quiet = before


@contextmanager
def _logging(level: str) -> Iterator[None]:
    handler = AboveBarHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S"))
    before = LOGGER.level
    _enable()
    LOGGER.addHandler(handler)
    LOGGER.setLevel(level.upper())
    try:
        yield
    finally:
        LOGGER.removeHandler(handler)
        LOGGER.setLevel(before)


def _enable() -> None:
    """Enable the package's loggers: libraries that configure logging, such as L2L, disable all that exist before."""
    for name, logger in logging.root.manager.loggerDict.items():
        if isinstance(logger, logging.Logger) and f"{name}.".startswith(f"{LOGGER.name}."):
            logger.disabled = False


class AboveBarHandler(logging.Handler):
    """A handler that prints records on lines of their own, above a bar."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record."""
        from tqdm.auto import tqdm

        tqdm.write(printable(self.format(record), KEPT), file=sys.stderr)


def is_quiet() -> bool:
    """Return whether the command was given --quiet."""
    return _quiet


def print_note(text: str) -> None:
    """Print a note on standard error, unless the command is quiet."""
    if not _quiet:
        _clear_sign()
        print(printable(text, KEPT), file=sys.stderr)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Say on standard error what a command does and for how long, while a ``with`` block lasts.

    Nothing is printed in the first two seconds, or with --quiet; the line is removed at the end.
    """
    if _quiet:
        yield
        return
    ended = threading.Event()
    thread = threading.Thread(target=_show_signs, args=(what, ended), name="sign-of-life", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _show_signs(what: str, ended: threading.Event) -> None:
    global _sign
    begun, wait_s = time.monotonic(), FIRST_SIGN_S
    while not ended.wait(wait_s):
        _sign = f"{what} ... {time.monotonic() - begun:.0f} s"
        print(f"\r{_sign}", end="", file=sys.stderr, flush=True)
        wait_s = SIGN_EVERY_S
    _clear_sign()


def _clear_sign() -> None:
    """Remove the sign of life from its line."""
    global _sign
    shown, _sign = _sign, ""
    if shown:
        print("\r" + " " * len(shown) + "\r", end="", file=sys.stderr, flush=True)
