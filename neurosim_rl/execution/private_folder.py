"""A private folder for the files of one run: no other user can enter it, and it is gone after the run."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from neurosim_rl.errors import ExecutionError

PREFIX = ".neurosim-rl-private-"
"""Names of private folders begin so."""
LOCK = "lock"
"""File that the process of the run holds locked; the folder of a dead process is removed by the next run."""

# The guard waits until the run's process closes the pipe, which the operating system does even for a killed process.
# It ignores the signals that end the other processes of a job or a terminal.
_GUARD = """trap '' HUP INT TERM
read -r _
rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }"""


@contextmanager
def private_folder(parent: Path) -> Iterator[Path]:
    """Make a folder that only this user can enter (mode 0700), and remove it at the end.

    A second process, the guard, removes the folder if this one is killed. If both are killed, for instance with their
    node, the next run that makes a private folder in the same place removes it.

    Parameters
    ----------
    parent : path
        Existing or new folder that will contain it. All workers must see it.

    Raises
    ------
    ExecutionError
        When the folder cannot be made.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(parent)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent.absolute()))  # mkdtemp makes it with mode 0700
        lock = _locked(folder)
    except OSError as error:
        raise ExecutionError(
            f"cannot make a folder for the run's keys in {parent}: {error}. Check that the folder can be written, or "
            "set execution.logs to another one."
        ) from error
    with lock:
        guard = subprocess.Popen(
            ["sh", "-c", _GUARD, "sh", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
        try:
            yield folder
        finally:
            lock.close()  # a file system of the network cannot remove an open file
            guard.communicate()  # closes the pipe and waits
            shutil.rmtree(folder, ignore_errors=True)  # in case somebody has killed the guard


def remove_abandoned(parent: Path) -> None:
    """Remove the private folders of this user's dead processes."""
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):  # another user's, another process was faster, or the file system has no locks
            is_mine = folder.stat(follow_symlinks=False).st_uid == os.getuid()
            if folder.is_symlink() or not is_mine:
                continue
            with (folder / LOCK).open("r+b") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises an error while its process lives
            shutil.rmtree(folder, ignore_errors=True)


def _locked(folder: Path) -> IO[bytes]:
    """Return the folder's lock file, open and locked."""
    new = folder / f"{LOCK}.new"
    lock = new.open("xb")
    with suppress(OSError):  # without locks nobody removes the folder of a killed process and its guard
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    new.rename(folder / LOCK)  # only now: another process never sees the file without its lock
    return lock
