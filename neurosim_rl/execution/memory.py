"""Memory that this process may use."""

from __future__ import annotations

import os
import resource
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")


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
    """Return the limits of this process's control groups (version 2), from its own group to the root."""
    try:
        own = Path("/proc/self/cgroup").read_text(encoding="utf-8").strip().rpartition(":")[2]
    except OSError:
        return []
    group = _CGROUPS / own.lstrip("/")
    limits = []
    for folder in (group, *group.parents):
        if folder.is_relative_to(_CGROUPS):
            limits += _limit(folder / "memory.max")
    return limits


def _limit(path: Path) -> list[int]:
    """Return the limit that a file holds; none for "max", or where there is no such file."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except OSError:
        return []
    return [int(text)] if text.isdigit() else []
