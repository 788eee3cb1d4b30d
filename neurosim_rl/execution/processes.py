"""Local worker processes, each with its own NEST kernel."""

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
from neurosim_rl.execution.calls import call, packed_call
from neurosim_rl.execution.serial import SerialExecutor
from neurosim_rl.execution.worker_limits import check_local_workers

ORPHAN_CHECK_S = 0.5
"""Time between a worker's checks that its parent process is alive."""


def n_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))  # respects taskset and Slurm's binding, unlike os.cpu_count
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Processes(Execution):
    """Local processes; with one worker, everything runs in this process."""

    def start(self, workers: int) -> Executor:
        """Return an executor with the given number of workers; 0: one for each core."""
        workers = workers or n_cores()
        if workers == 1:
            return SerialExecutor()
        check_local_workers(workers)
        return ProcessExecutor(workers)


class ProcessExecutor(Executor):
    """A pool of worker processes (loky), in which the death of a worker costs no more than the tasks under way.

    Each worker is a fresh interpreter. A forked process would inherit the state of NEST's kernel, and NEST's threads
    do not survive a fork.

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
            timeout=None,  # idle workers stay: a new one has to import NEST and load the compiled kernels again
        )

    def submit(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        """Call a function in a worker; return the future result."""
        packed = packed_call(function, arguments)
        try:
            inner = self._pool.submit(call, packed)
        except BrokenExecutor:
            # After one death loky fails all tasks of its pool and refuses new ones. The caller submits the failed
            # tasks again (see neurosim_rl.evaluation.dispatch), so the first of these calls replaces the pool.
            # The old pool's processes are killed first, so that never more than n_workers use the cores.
            self._pool.shutdown(wait=True, kill_workers=True)
            self._pool = self._new_pool()
            inner = self._pool.submit(call, packed)
        return _translated(inner)

    def shutdown(self) -> None:
        """Kill all workers, also those with a task under way."""
        self._pool.shutdown(wait=True, kill_workers=True)


def _translated(inner: Future[T]) -> Future[T]:
    """Return a future with the same outcome, in which `WorkerLostError` replaces loky's error of a broken pool."""
    outer: Future[T] = Future()

    def copy(done: Future[T]) -> None:
        if done.cancelled():
            outer.cancel()
            return
        if not outer.set_running_or_notify_cancel():  # the caller has cancelled it: nobody reads the outcome
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
    """End this process soon after its parent has ended, even if the parent was killed.

    A killed parent cannot end its workers, and loky's workers would wait for it for ever. When a parent ends, the
    operating system gives its children another parent, which shows in their parent's process id.

    Parameters
    ----------
    parent : int or None
        The parent's process id, from the parent itself: the parent may have ended before this call. None: the
        current parent.
    """
    parent = os.getppid() if parent is None else parent

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(ORPHAN_CHECK_S)
        os._exit(1)  # sys.exit would end this thread only, and cleaning up could wait for the dead parent

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()
