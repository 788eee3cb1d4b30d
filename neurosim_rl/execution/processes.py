"""Local worker processes, each with a NEST kernel of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from loky import ProcessPoolExecutor
from loky.backend import get_context

from neurosim_rl.execution.base import Executor, T


class ProcessExecutor(Executor):
    """A pool of fresh interpreters (loky): they inherit no kernel, and a dead worker is noticed.

    Parameters
    ----------
    n_workers : int
        Number of processes, at least 1.
    """

    def __init__(self, n_workers: int) -> None:
        self.n_workers = n_workers
        self._pool = ProcessPoolExecutor(max_workers=n_workers, context=get_context("loky"))

    def map(self, function: Callable[..., T], *arguments: Iterable[Any]) -> list[T]:
        """Return the results in order; shares are handed out one by one, so that workers stay busy."""
        return list(self._pool.map(function, *arguments, chunksize=1))

    def shutdown(self) -> None:
        """End all workers, at once."""
        self._pool.shutdown(wait=True, kill_workers=True)
