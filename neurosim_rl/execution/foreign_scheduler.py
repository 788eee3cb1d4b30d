"""A Dask scheduler that somebody started before the run, and that the run joins."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

from neurosim_rl.errors import ExecutionError


def address_in(file: Path) -> str:
    """Return the address in a scheduler's file.

    Raises
    ------
    ExecutionError
        When it is no such file, or when another user can write it: who writes it chooses which scheduler gets the run.
    """
    try:
        status = file.stat()
        address = str(json.loads(file.read_text(encoding="utf-8"))["address"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ExecutionError(
            f"execution.scheduler_file {str(file)!r}: expected a file from dask scheduler --scheduler-file, got "
            f"{type(error).__name__}: {error}. Start the scheduler first."
        ) from error
    if status.st_uid not in (os.getuid(), 0) or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ExecutionError(
            f"execution.scheduler_file {str(file)!r}: expected a file that only you can write, but its owner is uid "
            f"{status.st_uid} and its mode {stat.filemode(status.st_mode)}. Correct it: chmod 600 {file}"
        )
    return address


def warn_if_open(scheduler: str) -> None:
    """Print a line on stderr if a scheduler to join takes part without certificates."""
    if not scheduler.startswith("tls://"):
        print(
            f"warning: the scheduler at {scheduler} has no TLS: whoever reaches its port can run code as its user. "
            "Start it with --tls-ca-file, --tls-cert and --tls-key.",
            file=sys.stderr,
        )
