"""An executor whose workers are those of a Dask cluster."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from typing import Any

import cloudpickle

from neurosim_rl.errors import ExecutionError
from neurosim_rl.execution.base import Executor, T, WorkerLostError

GATHER_S = 0.001
"""Tasks submitted within so long of each other are sent as one message, which is much quicker."""


class DaskExecutor(Executor):
    """Calls functions on Dask's workers.

    Function and arguments travel as one pickle, which only the worker opens, and so does the outcome. What Dask
    itself raises is therefore never mistaken for an error of the function.

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
        self._to_send: list[tuple[bytes, Future]] = []
        self._open: set[Future] = set()
        self._closed = False

    def submit(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        """Return the future result; a task whose worker dies is redone once on another."""
        blob = cloudpickle.dumps((function, arguments))
        outer: Future[T] = Future()
        if self._closed or self._client.status not in ("running", "connecting"):
            outer.set_exception(self._gone("its connection is closed"))
            return outer
        with self._lock:
            self._open.add(outer)
            self._to_send.append((blob, outer))
            first = len(self._to_send) == 1
        if first:
            self._client.loop.add_callback(lambda: self._client.loop.call_later(GATHER_S, self._send))
        return outer

    def _send(self) -> None:
        """Send what was submitted; runs in the client's thread, as all below."""
        with self._lock:
            batch, self._to_send = self._to_send, []
        batch = [(blob, outer) for blob, outer in batch if not outer.cancelled()]
        if not batch:
            return
        try:
            inner = self._client.map(_call, [blob for blob, _ in batch], pure=False, key="play", batch_size=None)
        except Exception as error:
            for _, outer in batch:
                self._settle(outer, None, self._gone(error))
            return
        for (_, outer), future in zip(batch, inner, strict=True):
            self._client.loop.add_callback(self._deliver, future, outer)

    async def _deliver(self, inner: Any, outer: Future) -> None:
        """Hand over the outcome of a task, and let Dask forget it."""

        def cancel(done: Future) -> None:
            if done.cancelled():
                self._client.loop.add_callback(inner.cancel)

        outer.add_done_callback(cancel)
        try:
            result, error, where = cloudpickle.loads(await inner)
        except BaseException as raised:  # a CancelledError may be none of Exception's
            result, error, where = None, self._translated(raised), ""
        if where:
            error.__cause__ = RemoteError(where)
        self._settle(outer, result, error)

    def _settle(self, outer: Future, result: Any, error: BaseException | None) -> None:
        self._open.discard(outer)
        if outer.done() or not outer.set_running_or_notify_cancel():
            return
        if error is None:
            outer.set_result(result)
        else:
            outer.set_exception(error)

    def _translated(self, error: BaseException) -> Exception:
        from distributed.scheduler import KilledWorker

        if isinstance(error, KilledWorker):
            return WorkerLostError(
                f"{error.allowed_failures + 1} workers died of this task, the last was {error.last_worker.address}"
            )
        return self._gone(error)

    def _gone(self, error: object) -> ExecutionError:
        said = f"{type(error).__name__}: {error}" if isinstance(error, BaseException) else str(error)
        return ExecutionError(
            f"the Dask scheduler or all of its workers are gone ({said}); expected them to last as long as the run. "
            "Finished generations are safe: start workers again and go on with neurosim-rl resume RUN."
        )

    def shutdown(self) -> None:
        """Close the client and end what was started for it; futures that are open become cancelled."""
        self._closed = True
        for outer in list(self._open):
            outer.cancel()
        self._resources.close()


def _call(blob: bytes) -> bytes:
    """Call what was submitted, on a worker; return the pickle of result, error, and where that happened."""
    try:
        function, arguments = cloudpickle.loads(blob)
        return cloudpickle.dumps((function(*arguments), None, ""))
    except Exception as error:
        return _pickled_error(error, traceback.format_exc())


def _pickled_error(error: Exception, where: str) -> bytes:
    try:
        blob = cloudpickle.dumps((None, error, where))
        cloudpickle.loads(blob)
    except Exception:  # not every error can be made again from its arguments
        return cloudpickle.dumps((None, RuntimeError(f"{type(error).__name__}: {error}"), where))
    return blob


class RemoteError(Exception):
    """Where an error happened on a worker, as text; the cause of the error that is raised here."""

    def __str__(self) -> str:
        """Return the text on lines of its own."""
        return f"\n{self.args[0]}"
