"""An executor that uses the workers of a Dask cluster."""

from __future__ import annotations

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from typing import Any

import cloudpickle

from neurosim_rl.errors import ExecutionError
from neurosim_rl.execution.base import Executor, RemoteError, T, WorkerLostError
from neurosim_rl.execution.calls import call, packed_call
from neurosim_rl.settings.user_code import reason_of

GATHER_S = 0.001
"""Tasks submitted within this time of each other are sent as one message, which is much faster, in s."""
NANNY_START_S = 0.3
"""Time that a nanny needs to register the start of its worker, in s."""
N_TRIES = 2
"""How often a task may lose its worker beside other tasks; its next try is alone, and the last."""


@dataclass
class DaskTask:
    """One call: function and arguments as one pickle, the caller's future, and the number of workers lost so far."""

    blob: bytes
    outer: Future
    n_lost: int = 0


class DaskExecutor(Executor):
    """Calls functions on Dask's workers.

    Function and arguments travel as one pickle that only the worker opens; so does the outcome on its way back. An
    error of Dask itself is therefore never mistaken for an error of the function.

    Dask holds at most one task for each worker; further tasks wait here. When a worker dies, its task is tried again.
    Dask may have given a dead worker several tasks, and cannot tell which of them was the cause. A task that has lost
    `N_TRIES` workers becomes a suspect: it is tried once more, alone, after all other tasks. If that worker dies
    too, the task is the cause, and its future raises `WorkerLostError`. The verdict on a task therefore does not
    depend on the tasks beside it.

    Threads: callers use `submit` and `shutdown`; all other methods run in the thread of the client's event loop. The
    lock protects the queues that both use, ``_waiting`` and ``_suspect``.

    Parameters
    ----------
    client : distributed.Client
    n_workers : int
        Number of workers, those that have not started yet included.
    resources : ExitStack
        Closes the client, and everything else that was started for this executor.
    """

    def __init__(self, client: Any, n_workers: int, resources: ExitStack) -> None:
        self.n_workers = n_workers
        self._client = client
        self._resources = resources
        self._lock = threading.Lock()
        self._waiting: deque[DaskTask] = deque()
        self._suspect: deque[DaskTask] = deque()
        self._sent: list[DaskTask] = []  # tasks that Dask holds
        self._alone = False  # whether the only task that Dask holds is a suspect
        self._closed = False

    def submit(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        """Call a function on a worker; return the future result."""
        outer: Future[T] = Future()
        if self._closed or self._client.status not in ("running", "connecting"):
            outer.set_exception(_gone("its connection is closed"))
            return outer
        task = DaskTask(packed_call(function, arguments), outer)
        with self._lock:
            first = not self._waiting
            self._waiting.append(task)
        if first:  # the others of a burst are sent along with the first
            self._client.loop.add_callback(self._client.loop.call_later, GATHER_S, self._send)
        return outer

    def _send(self) -> None:
        """Send a task to each free worker."""
        batch = self._next_batch()
        if not batch:
            return
        self._sent += batch
        try:
            inner = self._client.map(_call, [task.blob for task in batch], pure=False, key="play")
        except Exception as error:
            for task in batch:
                self._settle(task, None, _gone(error))
            return
        for task, future in zip(batch, inner, strict=True):
            self._client.loop.add_callback(self._deliver, future, task)

    def _next_batch(self) -> Sequence[DaskTask]:
        """Return the tasks to send now: as many as workers are free, or one suspect when there is nothing else."""
        with self._lock:
            batch: list[DaskTask] = []
            while self._waiting and not self._alone and len(self._sent) + len(batch) < self.n_workers:
                task = self._waiting.popleft()
                if not task.outer.cancelled():
                    batch.append(task)
        if not batch and self._suspect and not self._sent:
            self._alone = True
            batch = [self._suspect.popleft()]
        return batch

    async def _deliver(self, inner: Any, task: DaskTask) -> None:
        """Hand over the outcome of a task to its caller, or try it again."""
        from distributed.scheduler import KilledWorker

        loop = self._client.loop

        def cancel_at_dask(done: Future) -> None:
            if done.cancelled():
                loop.add_callback(inner.cancel)  # the caller's thread must not touch Dask's futures

        task.outer.add_done_callback(cancel_at_dask)
        try:
            result, error, where = cloudpickle.loads(await inner)
            if where:
                error.__cause__ = RemoteError(where)
            self._settle(task, result, error)
        except KilledWorker as lost:
            self._try_again(task, lost.last_worker.address)
        except BaseException as raised:  # asyncio's CancelledError is no Exception
            self._settle(task, None, _gone(raised))
        self._send()

    def _try_again(self, task: DaskTask, worker: str) -> None:
        """Queue a task that lost its worker, or give it up after its try alone."""
        task.n_lost += 1
        if task.n_lost > N_TRIES:
            said = f"{task.n_lost} workers died of this task, the last one at {worker} with nothing else to do"
            self._settle(task, None, WorkerLostError(said))
            return
        self._forget(task)
        with self._lock:
            if task.n_lost == N_TRIES:
                self._suspect.append(task)
            else:
                self._waiting.append(task)

    def _forget(self, task: DaskTask) -> None:
        """Note that Dask holds a task no longer."""
        self._sent = [other for other in self._sent if other is not task]
        self._alone = self._alone and bool(self._sent)

    def _settle(self, task: DaskTask, result: Any, error: BaseException | None) -> None:
        """End a task with a result or an error."""
        self._forget(task)
        outer = task.outer
        if outer.done() or not outer.set_running_or_notify_cancel():
            return  # cancelled by the caller or by `shutdown`
        if error is None:
            outer.set_result(result)
        else:
            outer.set_exception(error)

    def shutdown(self) -> None:
        """Cancel open futures, close the client, and end everything that was started for it."""
        self._closed = True  # first: nobody shall submit while the queues are emptied
        with self._lock:
            tasks = [*self._waiting, *self._suspect, *self._sent]
            self._waiting.clear()
            self._suspect.clear()
        for task in tasks:
            task.outer.cancel()
        self._resources.close()


def _gone(error: object) -> ExecutionError:
    reason = str(error)
    if isinstance(error, BaseException):
        reason = f"{type(error).__name__}: {error}"
    return ExecutionError(
        f"the Dask scheduler or all of its workers are gone ({' '.join(reason.split())}); expected them to live as "
        "long as the run. Finished generations are safe. Start workers again and continue: neurosim-rl resume RUN."
    )


def _call(blob: bytes) -> bytes:
    """Call a pickled function; return the pickle of result, error and traceback. Runs on a worker."""
    _wait_for_the_nanny()
    try:
        return cloudpickle.dumps((call(blob), None, ""))
    except Exception as error:
        return _pickled_error(error, traceback.format_exc())


@cache
def _wait_for_the_nanny() -> None:
    """Wait, once in each worker, until its nanny has registered the worker's start.

    When a worker dies before that, for instance in its first task, its nanny does not replace it.
    """
    time.sleep(NANNY_START_S)


def _pickled_error(error: Exception, where: str) -> bytes:
    try:
        blob = cloudpickle.dumps((None, error, where))
        cloudpickle.loads(blob)
    except Exception:
        # An exception is unpickled by calling its class with its arguments, which some classes refuse: send its text.
        return cloudpickle.dumps((None, RuntimeError(reason_of(error)), where))
    return blob
