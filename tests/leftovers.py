"""Processes that the tests started and that still run when the tests have ended.

The session marks its environment, and every process that descends from it inherits the mark, also one whose parent has
died. Looking for the mark therefore finds daemons and orphans, which are no children of the session any more.
"""

from __future__ import annotations

import os
import uuid

import psutil

MARK = "NEUROSIM_RL_TEST_SESSION"
GRACE_S = 20.0
"""Longest that a process which is ending at the end of the session may take, in s."""


def mark_this_session() -> None:
    """Mark the environment of this process; processes that it starts inherit the mark."""
    os.environ[MARK] = uuid.uuid4().hex


def leftovers() -> list[psutil.Process]:
    """Return the marked processes that do not end within `GRACE_S`, without this process and its resource trackers."""
    found = [process for process in psutil.process_iter() if _is_marked(process)]
    _, alive = psutil.wait_procs(found, timeout=GRACE_S)
    return alive


def _is_marked(process: psutil.Process) -> bool:
    if process.pid == os.getpid():
        return False
    try:
        if process.environ().get(MARK) != os.environ[MARK] or process.status() == psutil.STATUS_ZOMBIE:
            return False
        # A resource tracker of multiprocessing or loky ends with the process that it belongs to.
        return not any("resource_tracker" in word for word in process.cmdline()) or _parent_is_gone(process)
    except psutil.Error:  # it has ended, or belongs to another user
        return False


def _parent_is_gone(process: psutil.Process) -> bool:
    return process.ppid() == 1


def told(processes: list[psutil.Process]) -> list[str]:
    """Return one line for each process: its number and its command."""
    lines = []
    for process in processes:
        try:
            lines.append(f"{process.pid}: {' '.join(process.cmdline())[:300]}")
        except psutil.Error:
            lines.append(f"{process.pid}: has just ended")
    return lines


def end(processes: list[psutil.Process]) -> None:
    """Kill processes."""
    for process in processes:
        try:
            process.kill()
        except psutil.Error:  # it has ended
            continue
    psutil.wait_procs(processes, timeout=GRACE_S)
