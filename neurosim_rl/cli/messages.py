"""Messages of a command while it runs: notes, a sign of life, and logs; all on standard error."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from neurosim_rl.cli.sign_of_life import SIGN, saying
from neurosim_rl.cli.terminal import fitted_text
from neurosim_rl.settings.printable import KEPT, printable

LEVELS = ("debug", "info", "warning", "error")
LOGGER = logging.getLogger("neurosim_rl")

_quiet = False


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
def messages(quiet: bool, level: str | None = None) -> Iterator[None]:
    """Let notes and signs of life be printed or not, and the log from a level on, in the ``with`` block."""
    global _quiet
    before, _quiet = _quiet, quiet
    try:
        with without_sign() if quiet else nullcontext(), nullcontext() if level is None else _logging(level):
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
        print_problem(self.format(record))


def is_quiet() -> bool:
    """Return whether the command was given --quiet."""
    return _quiet


def print_note(text: str) -> None:
    """Print a note on standard error, unless the command is quiet."""
    if not _quiet:
        print_problem(text)


def print_problem(text: str) -> None:
    """Print a warning, an error or a failure on standard error, above a bar if one is shown; it fits a terminal."""
    SIGN.clear()
    text = fitted_text(printable(text, KEPT), sys.stderr)
    if "tqdm" in sys.modules:  # otherwise no bar is shown
        from tqdm.auto import tqdm

        tqdm.write(text, file=sys.stderr)
    else:
        print(text, file=sys.stderr)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Say on standard error what a command does and for how long, while a ``with`` block lasts.

    Nothing is printed in the first two seconds, and after any other output, or with --quiet; the line is removed at the
    end. Inside another such block, only the inner one is named.
    """
    with nullcontext() if _quiet else saying(what):
        yield


def command_working(command: str) -> AbstractContextManager[None]:
    """Say that a command works, where standard error is a terminal; files and pipes get only what `working` names."""
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    return working(f"neurosim-rl {command}".rstrip()) if is_terminal else nullcontext()


def without_sign() -> AbstractContextManager[None]:
    """Show no sign of life while a ``with`` block lasts: there is a bar, or nothing to wait for."""
    return saying("")
