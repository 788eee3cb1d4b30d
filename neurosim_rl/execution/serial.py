"""An executor without workers: each function is called in this process."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from neurosim_rl.execution.base import Executor, T


class SerialExecutor(Executor):
    """Calls each function at once, in this process."""

    n_workers = 1
    has_processes = False

    def submit(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        """Call the function; return a future that is done. An interrupt by Ctrl-C is raised at once."""
        future: Future[T] = Future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            # Ctrl-C inside compiled code (numba) arrives as a SystemError with the interrupt as its cause.
            if isinstance(error.__cause__, KeyboardInterrupt):
                raise KeyboardInterrupt from error
            future.set_exception(error)
        return future

    def shutdown(self) -> None:
        """Do nothing."""
