"""Local worker processes, each with a NEST kernel of its own."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass
from typing import Any

from loky import ProcessPoolExecutor
from loky.backend import get_context

from neurosim_rl.execution.base import Execution, Executor, T, WorkerLostError
from neurosim_rl.execution.serial import SerialExecutor

ORPHAN_CHECK_S = 0.5
"""How often a worker looks whether its parent still lives."""


def n_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


@dataclass(frozen=True)
class Processes(Execution):
    """Local processes; a single worker is this process itself."""

    def start(self, workers: int) -> Executor:
        """Return an executor with that many workers; 0: one for each core."""
        workers = workers or n_cores()
        return SerialExecutor() if workers == 1 else ProcessExecutor(workers)


class ProcessExecutor(Executor):
    """A pool of fresh interpreters (loky): they inherit no kernel, and a dead worker costs only what it held.

    Parameters
    ----------
    n_workers : int
        Number of processes, at least 1.
    """

    def __init__(self, n_workers: int) -> None:
        self.n_workers = n_workers
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            max_workers=self.n_workers,
            context=get_context("loky"),
            initializer=end_with_parent,
            initargs=(os.getpid(),),
            timeout=None,
        )

    def submit(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        """Return the future result; a pool that broke is replaced by a new one."""
        try:
            inner = self._pool.submit(function, *arguments)
        except BrokenExecutor:  # one dead worker ends a whole pool of loky's
            self._pool.shutdown(wait=True, kill_workers=True)
            self._pool = self._new_pool()
            inner = self._pool.submit(function, *arguments)
        return _translated(inner)

    def shutdown(self) -> None:
        """End all workers, at once."""
        self._pool.shutdown(wait=True, kill_workers=True)


def _translated(inner: Future[T]) -> Future[T]:
    """Return a future that says `WorkerLostError` where loky says that its pool is broken."""
    outer: Future[T] = Future()

    def copy(done: Future[T]) -> None:
        if done.cancelled():
            outer.cancel()
            return
        if not outer.set_running_or_notify_cancel():
            return
        error = done.exception()
        if error is None:
            outer.set_result(done.result())
        elif isinstance(error, BrokenExecutor):
            outer.set_exception(WorkerLostError(" ".join(str(error).split())))
        else:
            outer.set_exception(error)

    inner.add_done_callback(copy)
    return outer


def end_with_parent(parent: int | None = None) -> None:
    """Let this process end soon after its parent, even if that was killed.

    Parameters
    ----------
    parent : int or None
        The parent's process id: it may be dead by now. None: whoever it is now.
    """
    parent = os.getppid() if parent is None else parent

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(ORPHAN_CHECK_S)
        os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()
