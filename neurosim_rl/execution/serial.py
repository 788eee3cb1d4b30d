"""Everything in this process."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from neurosim_rl.execution.base import Executor, T


class SerialExecutor(Executor):
    """Calls each function here and now."""

    n_workers = 1
    has_processes = False

    def submit(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        """Return the result, which is there already."""
        future: Future[T] = Future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future

    def shutdown(self) -> None:
        """Do nothing."""
