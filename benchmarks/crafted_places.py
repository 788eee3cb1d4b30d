"""What a stranger puts in the place of a file: a pipe, a socket, a link to a device, a folder, a file of a terabyte."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import numpy as np

Rng = np.random.Generator

DEVICES = {"zeros": "/dev/zero", "memory": "/proc/self/mem"}
"""What links lead to. Devices themselves need root to be made, so a stranger's archive has none."""
THINGS = ("pipe", "socket", *DEVICES, "secret", "own", "sparse", "folder", "empty")
RUN_FILES = (
    *("config.toml", "run.h5", "champion.h5", "ancestor.h5", "responses.h5", "generations/000002.h5"),
    *("training/000000.h5", "events.log", "lock", "stage", "workers", "tracking.json", "report.html"),
)
"""Files that a run folder may have, and ``workers``, which it has not."""
PLACES = (
    *((name, "pipe") for name in RUN_FILES),
    *((name, "socket") for name in ("config.toml", "champion.h5", "lock", "stage")),
    *((name, "zeros") for name in ("events.log", "stage")),
    *((name, "memory") for name in ("champion.h5", "lock", "run.h5")),
)


def put(path: Path, thing: str, outside: Path) -> str:
    """Put something that is no file of its kind in a file's place; return the description.

    Parameters
    ----------
    path : path
        A file, or a place where none is.
    thing : str
        One of `THINGS`.
    outside : path
        Folder with the files ``secret`` and ``own``.
    """
    remove(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if thing in ("pipe", "socket"):
        os.mknod(path, 0o600 | {"pipe": stat.S_IFIFO, "socket": stat.S_IFSOCK}[thing])
    elif thing in DEVICES:
        path.symlink_to(DEVICES[thing])
    elif thing in ("secret", "own"):
        path.symlink_to(outside / thing)
    elif thing == "sparse":
        with open(path, "wb") as file:
            file.truncate(2**40)
    elif thing == "folder":
        path.mkdir()
    else:
        path.touch()
    return f"{path.name} is {thing}"


def replace(rng: Rng, path: Path, outside: Path) -> str:
    """Put a random one of `THINGS` in a file's place; return the description."""
    return put(path, str(rng.choice(THINGS)), outside)


def remove(path: Path) -> None:
    """Remove a file, a link, or a folder with all that it holds."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def copy(source: str, target: str) -> None:
    """Copy a file, for `shutil.copytree`; pipes and sockets become new ones, and a sparse file stays sparse."""
    status = os.stat(source)
    if not stat.S_ISREG(status.st_mode):
        os.mknod(target, 0o600 | stat.S_IFMT(status.st_mode))
    elif status.st_size > 2**32:
        with open(target, "wb") as file:
            file.truncate(status.st_size)
    else:
        shutil.copy2(source, target)
