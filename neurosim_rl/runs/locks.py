"""Locks: one process at a time works on a folder.

The operating system frees a lock when its holder ends, killed or not. The lock file itself stays.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import platform
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from neurosim_rl.errors import RunFolderError
from neurosim_rl.settings.printable import printable
from neurosim_rl.settings.regular_file import LARGEST_TEXT, read_regular


@dataclass(frozen=True)
class Holder:
    """The process that holds a lock.

    Parameters
    ----------
    pid : int
    host : str
    since : str
        Start of the lock in local time, ISO 8601.
    job : str
        Number of the Slurm job; empty outside Slurm.
    """

    pid: int
    host: str
    since: str
    job: str = ""

    @classmethod
    def this_process(cls) -> Holder:
        """Return this process as a holder."""
        job = os.environ.get("SLURM_JOB_ID", "")
        return cls(os.getpid(), platform.node(), time.strftime("%Y-%m-%dT%H:%M:%S%z"), job)

    def __str__(self) -> str:
        """Return the holder in words."""
        job = f", Slurm job {self.job}" if self.job else ""
        return f"process {self.pid} on {self.host}{job}, since {self.since}"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file for the duration of a block.

    On a file system without locks, the block runs unlocked.

    Raises
    ------
    RunFolderError
        When another process holds the lock (the message names it), or when the file cannot be written.
    """
    # Mode "a+" leaves the text of a present holder alone: only the process that gets the lock may replace it.
    try:
        handle = opened(path, "a+", os.O_RDWR | os.O_APPEND | os.O_CREAT)  # held as long as the lock
    except OSError as error:
        raise RunFolderError(f"cannot write {path}: {error}.") from error
    with handle:
        if not _acquire_in_time(handle.fileno()):
            # The holder may have locked the file a moment ago, and not yet written its name.
            name = _read(path) or "another process"
            raise RunFolderError(f"{path.parent} is in use by {name}. Wait for it, or end it first.")
        try:
            handle.truncate(0)
            handle.write(json.dumps(asdict(Holder.this_process())))
            handle.flush()
        except OSError as error:
            raise RunFolderError(f"cannot write {path}: {error}.") from error
        # The file is never removed: another process could lock the removed file and a third one a new file, and both
        # would work. A file that a killed process left is harmless, because the lock is on the open file.
        yield


def holder(path: Path) -> Holder | None:
    """Return the process that holds a lock file; None: no process."""
    try:
        with opened(path, "r", os.O_RDONLY) as handle:
            # The text alone would not do: it outlives its writer. A shared lock fails exactly while somebody holds
            # the exclusive one, and two readers do not take each other for holders.
            if _acquire(handle.fileno(), shared=True):
                return None
    except OSError:
        return None
    return _read(path) or Holder(0, "?", "?")  # locked, but not yet named


READER_LIMIT_S, READER_POLL_S = 1.0, 0.01
"""Longest wait for readers of a lock file, and time between two tries, in s. A reader asks in microseconds."""


def _acquire_in_time(descriptor: int) -> bool:
    """Return whether the exclusive lock is ours; wait while only readers have the file, as `holder` does to ask."""
    deadline = time.monotonic() + READER_LIMIT_S
    while not _acquire(descriptor):
        # A shared lock fails where another process works, and succeeds beside readers; the next try gives it back.
        if not _acquire(descriptor, shared=True) or time.monotonic() > deadline:
            return False
        time.sleep(READER_POLL_S)
    return True


def _acquire(descriptor: int, shared: bool = False) -> bool:
    mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # this file system has no locks
        return True
    return True


def _read(path: Path) -> Holder | None:
    try:
        found = Holder(**json.loads(read_regular(path, LARGEST_TEXT)))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    if not isinstance(found.pid, int):
        return None
    return Holder(found.pid, *(printable(str(text)[:80]) for text in (found.host, found.since, found.job)))


def opened(path: Path, mode: str, flags: int) -> IO[str]:
    """Return an open regular file; raise OSError for a link or a pipe, as a stranger's folder may have in its place."""
    try:
        descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.ELOOP):  # a pipe without a reader, or a socket; a link
            raise OSError("it is no regular file") from error
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("it is no regular file")
    return open(descriptor, mode, encoding="utf-8")  # the caller closes it
