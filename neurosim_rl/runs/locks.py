"""One process at a time: a lock that ends with its holder, however that ends."""

from __future__ import annotations

import fcntl
import json
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from neurosim_rl.errors import RunFolderError


@dataclass(frozen=True)
class Holder:
    """Who holds a lock.

    Parameters
    ----------
    pid : int
    host : str
    since : str
        Local time, ISO 8601.
    job : str
        Slurm's job number; empty outside Slurm.
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
    """Hold a lock file; the operating system frees it when this process ends, killed or not.

    On a file system that cannot lock, nothing is locked.

    Raises
    ------
    RunFolderError
        When another process holds it, with that one's name; or when the file cannot be written.
    """
    try:
        handle = open(path, "a+", encoding="utf-8")  # noqa: SIM115  # held as long as the lock
    except OSError as error:
        raise RunFolderError(f"cannot write {path}: {error}.") from error
    with handle:
        if not _acquire(handle.fileno()):
            raise RunFolderError(
                f"{path.parent} is in use by {_read(path) or 'another process'}. Wait for it, or end it first."
            )
        try:
            handle.truncate(0)
            handle.write(json.dumps(asdict(Holder.this_process())))
            handle.flush()
        except OSError as error:
            raise RunFolderError(f"cannot write {path}: {error}.") from error
        yield


def holder(path: Path) -> Holder | None:
    """Return who holds a lock file; None: nobody does."""
    try:
        with open(path, encoding="utf-8") as handle:
            if _acquire(handle.fileno(), shared=True):
                return None
    except OSError:
        return None
    return _read(path) or Holder(0, "?", "?")


def _acquire(descriptor: int, shared: bool = False) -> bool:
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # this file system has no locks
        return True
    return True


def _read(path: Path) -> Holder | None:
    try:
        return Holder(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
