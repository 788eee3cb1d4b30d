"""Memory that this process may use."""

from __future__ import annotations

import os
import resource
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")


def memory_bytes() -> int:
    """Return the memory that this process may use, in bytes.

    The least of the machine's memory, the limits of the process (``ulimit -v``, ``ulimit -d``), and those of its
    control groups, such as a Slurm job's or a container's.
    """
    limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
        soft, _ = resource.getrlimit(kind)
        if soft != resource.RLIM_INFINITY:
            limits.append(soft)
    return min(limits + _limits_of_groups())


def _limits_of_groups() -> list[int]:
    """Return the limits of this process's control groups, from its own group to the root.

    In version 2 all groups are in one tree. In version 1 each controller has a tree of its own, in a folder with its
    name. ``/proc/self/cgroup`` has a line ``NUMBER:CONTROLLERS:GROUP`` for each tree; that of version 2 names no
    controllers (Linux manual page cgroups(7)).
    """
    try:
        lines = _OWN_GROUPS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    limits = []
    for line in lines:
        _, controllers, own = line.split(":", 2)
        if not controllers:
            limits += _limits_in(_CGROUPS, own, "memory.max")
        elif "memory" in controllers.split(","):
            limits += _limits_in(_CGROUPS / "memory", own, "memory.limit_in_bytes")
    return limits


def _limits_in(root: Path, own: str, name: str) -> list[int]:
    """Return the limits in the files of one name, from a group to the root of its tree."""
    group = root / own.lstrip("/")
    folders = [folder for folder in (group, *group.parents) if folder.is_relative_to(root)]
    return [limit for folder in folders for limit in _limit(folder / name)]


def _limit(path: Path) -> list[int]:
    """Return the limit that a file holds; none for "max" (version 2), or where there is no such file.

    Version 1 has a huge number for no limit: the machine's memory is less.
    """
    try:
        text = path.read_text(encoding="utf-8").strip()
    except OSError:
        return []
    return [int(text)] if text.isdigit() else []
