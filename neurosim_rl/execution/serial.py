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
        """Return the result, which is there already; an interrupt is raised, whatever it was turned into."""
        future: Future[T] = Future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            if isinstance(error.__cause__, KeyboardInterrupt):  # a signal within compiled code: a SystemError by then
                raise KeyboardInterrupt from error
            future.set_exception(error)
        return future

    def shutdown(self) -> None:
        """Do nothing."""
