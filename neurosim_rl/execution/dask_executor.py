"""An executor whose workers are those of a Dask cluster."""

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

GATHER_S = 0.001
"""Tasks submitted within so long of each other are sent as one message, which is much quicker."""
SETTLE_S = 0.3
N_TRIES = 2
"""How often a task may lose its worker in company; the try after these is alone, and the last."""


@dataclass
class Task:
    """A call on its way: function and arguments as one pickle, and how many workers it lost."""

    blob: bytes
    outer: Future
    n_lost: int = 0


class DaskExecutor(Executor):
    """Calls functions on Dask's workers.

    Function and arguments travel as one pickle, which only the worker opens, and so does the outcome. What Dask
    itself raises is therefore never mistaken for an error of the function.

    At most one task for each worker is with Dask, the others wait here. A task whose worker dies is tried again. Dask
    cannot tell which of a dead worker's tasks killed it, so a task that lost `N_TRIES` workers is tried once more when
    everything else is done: if its worker dies then too, it is the task's doing. Which tasks end as `WorkerLostError`
    thus does not depend on what ran beside them.

    Parameters
    ----------
    client : distributed.Client
    n_workers : int
        How many workers there are, or will be.
    resources : ExitStack
        Closes the client and whatever was started for this executor.
    """

    def __init__(self, client: Any, n_workers: int, resources: ExitStack) -> None:
        self.n_workers = n_workers
        self._client = client
        self._resources = resources
        self._lock = threading.Lock()
        self._waiting: deque[Task] = deque()
        self._suspect: deque[Task] = deque()
        self._sent: list[Task] = []
        self._alone = False
        self._closed = False

    def submit(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        """Return the future result."""
        outer: Future[T] = Future()
        if self._closed or self._client.status not in ("running", "connecting"):
            outer.set_exception(_gone("its connection is closed"))
            return outer
        task = Task(cloudpickle.dumps((function, arguments)), outer)
        with self._lock:
            first = not self._waiting
            self._waiting.append(task)
        if first:
            self._client.loop.add_callback(self._client.loop.call_later, GATHER_S, self._send)
        return outer

    def _send(self) -> None:
        """Send as many tasks as there are free workers; runs in the client's thread, as all below."""
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

    def _next_batch(self) -> Sequence[Task]:
        with self._lock:
            batch: list[Task] = []
            while self._waiting and not self._alone and len(self._sent) + len(batch) < self.n_workers:
                task = self._waiting.popleft()
                if not task.outer.cancelled():
                    batch.append(task)
        if not batch and self._suspect and not self._sent:
            self._alone = True
            batch = [self._suspect.popleft()]
        return batch

    async def _deliver(self, inner: Any, task: Task) -> None:
        """Hand over the outcome of a task, or try it again."""
        from distributed.scheduler import KilledWorker

        loop = self._client.loop
        task.outer.add_done_callback(lambda done: loop.add_callback(inner.cancel) if done.cancelled() else None)
        try:
            result, error, where = cloudpickle.loads(await inner)
            if where:
                error.__cause__ = RemoteError(where)
            self._settle(task, result, error)
        except KilledWorker as lost:
            self._try_again(task, lost.last_worker.address)
        except BaseException as raised:  # a CancelledError may be none of Exception's
            self._settle(task, None, _gone(raised))
        self._send()

    def _try_again(self, task: Task, worker: str) -> None:
        task.n_lost += 1
        if task.n_lost > N_TRIES:
            said = f"{task.n_lost} workers died of this task, the last one at {worker} with nothing else to do"
            self._settle(task, None, WorkerLostError(said))
            return
        self._forget(task)
        with self._lock:
            (self._suspect if task.n_lost == N_TRIES else self._waiting).append(task)

    def _forget(self, task: Task) -> None:
        self._sent = [other for other in self._sent if other is not task]
        self._alone = self._alone and bool(self._sent)

    def _settle(self, task: Task, result: Any, error: BaseException | None) -> None:
        self._forget(task)
        outer = task.outer
        if outer.done() or not outer.set_running_or_notify_cancel():
            return
        if error is None:
            outer.set_result(result)
        else:
            outer.set_exception(error)

    def shutdown(self) -> None:
        """Close the client and end what was started for it; futures that are open become cancelled."""
        self._closed = True
        with self._lock:
            tasks = [*self._waiting, *self._suspect, *self._sent]
            self._waiting.clear()
            self._suspect.clear()
        for task in tasks:
            task.outer.cancel()
        self._resources.close()


def _gone(error: object) -> ExecutionError:
    said = f"{type(error).__name__}: {error}" if isinstance(error, BaseException) else str(error)
    return ExecutionError(
        f"the Dask scheduler or all of its workers are gone ({' '.join(said.split())}); expected them to last as long "
        "as the run. Finished generations are safe: start workers again and go on with neurosim-rl resume RUN."
    )


def _call(blob: bytes) -> bytes:
    """Call what was submitted, on a worker; return the pickle of result, error, and where that happened."""
    _let_the_nanny_settle()
    try:
        function, arguments = cloudpickle.loads(blob)
        return cloudpickle.dumps((function(*arguments), None, ""))
    except Exception as error:
        return _pickled_error(error, traceback.format_exc())


@cache
def _let_the_nanny_settle() -> None:
    """Wait, once in each worker: a nanny whose worker dies before it is told of its start replaces none any more."""
    time.sleep(SETTLE_S)


def _pickled_error(error: Exception, where: str) -> bytes:
    try:
        blob = cloudpickle.dumps((None, error, where))
        cloudpickle.loads(blob)
    except Exception:  # not every error can be made again from its arguments
        return cloudpickle.dumps((None, RuntimeError(f"{type(error).__name__}: {error}"), where))
    return blob
