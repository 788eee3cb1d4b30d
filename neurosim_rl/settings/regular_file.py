"""Reading of regular files: a pipe, a device or a file beyond a size is refused before it is opened."""

from __future__ import annotations

import os
import stat
from pathlib import Path

LARGEST_TEXT = 2**24
"""Largest file of settings or other text, in bytes."""
_CHUNK = 2**16
"""Bytes that are read at once beyond the size that a file had when it was opened."""


def read_regular(path: Path, largest: int) -> bytes:
    """Return the content of a regular file.

    A pipe without a writer would wait for ever; opening some devices does something.

    Parameters
    ----------
    path : path
    largest : int
        Largest size in bytes.

    Raises
    ------
    OSError
        When the file is missing, unreadable, not regular, or larger.
    """
    check_regular(path)
    # O_NONBLOCK: another process may have put a pipe there since.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        _check_regular(status)
        if status.st_size > largest:
            raise OSError(f"it has {status.st_size} bytes; expected at most {largest}")
        # Not `file.read(largest)`, which takes that much memory at once, whatever the file holds.
        content = file.read(status.st_size)
        while more := file.read(_CHUNK):  # the file grew since, or has no size, as those of /proc
            content += more
            if len(content) > largest:
                raise OSError(f"it grows beyond {largest} bytes while it is read")
        return content


def read_end(path: Path, largest: int) -> str:
    """Return the last bytes of a regular file as text; errors as of `read_regular`."""
    check_regular(path)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        _check_regular(os.fstat(descriptor))
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - largest))
        return file.read(min(size, largest)).decode("utf-8", errors="replace")


def check_regular(path: Path) -> None:
    """Raise OSError unless a path leads to a regular file."""
    _check_regular(os.stat(path))


def _check_regular(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise OSError("it is no regular file")
