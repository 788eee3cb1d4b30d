"""A command in a terminal of its own: what it shows there, line by line."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.cells import cell_len

COLUMNS, ROWS = 80, 24
SEQUENCE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]")
"""Control sequences of a terminal: CSI with its parameters, OSC, and others of two characters."""


@dataclass
class Shown:
    """What a command showed in a terminal.

    Parameters
    ----------
    code : int
        Exit code of the command.
    text : str
        All that was written, with control sequences.
    """

    code: int
    text: str

    def lines(self) -> list[str]:
        """Return every line that was written, also what a bar or a sign of life wrote over, without sequences."""
        plain = SEQUENCE.sub(lambda found: "\n" if found[2] == "A" else "", self.text)
        return [part for part in re.split(r"[\r\n]+", plain) if part]

    def too_long(self) -> list[str]:
        """Return the lines that the terminal wrapped: with more columns than it has, wide characters counted twice."""
        return [line for line in self.lines() if cell_len(line) > COLUMNS]


def run_in_terminal(
    arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str] | None = None, columns: int = COLUMNS
) -> Shown:
    """Run a Python program with arguments in a terminal, and return what it showed."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
    kept = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS", "LINES", "TERM")}
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**kept, "TERM": "xterm-256color", **(environment or {})},
        cwd=folder,
        start_new_session=True,
    )
    os.close(theirs)
    found = b""
    try:
        while part := os.read(ours, 4096):
            found += part
    except OSError:  # Linux says so when the program has closed the terminal
        pass
    os.close(ours)
    return Shown(process.wait(), found.decode())
