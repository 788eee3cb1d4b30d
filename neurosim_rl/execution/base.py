"""Base classes of executors: a small part of ``concurrent.futures``, with one meaning of a lost worker."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class WorkerLostError(Exception):
    """The worker that held a task has ended, for any reason; the executor itself can still be used."""


class RemoteError(Exception):
    """Traceback from a worker, as text: the cause of an error that is raised in this process."""

    def __str__(self) -> str:
        """Return the text, from a new line on."""
        return f"\n{self.args[0]}"


class Executor(ABC):
    """Calls functions, in this process or in workers. A context manager that ends its workers."""

    n_workers: int
    has_processes: bool = True
    """Whether workers are separate processes, so that the run survives the death of a worker."""

    @abstractmethod
    def submit(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        """Call a function; return the future result.

        The future's exception is the function's own, or `WorkerLostError` when the worker that held the task died, or
        an ``ExecutionError`` when the executor itself has failed.
        """

    def map(self, function: Callable[..., T], *arguments: Iterable[Any]) -> list[T]:
        """Return the results in the order of the arguments; raise the first exception in that order."""
        futures = [self.submit(function, *each) for each in zip(*arguments, strict=True)]
        try:
            return [future.result() for future in futures]
        finally:
            for future in futures:  # after an exception: calls that have not begun are of no use any more
                future.cancel()

    def call_in_nest_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function in this process, in the one thread that may use NEST's kernel; return its result.

        This is the thread of the caller, unless an executor serves callers in several threads.
        """
        return function(*arguments)

    @abstractmethod
    def shutdown(self) -> None:
        """End all workers."""

    def __enter__(self) -> Executor:
        """Return the executor itself."""
        return self

    def __exit__(self, *exc: object) -> None:
        """End all workers."""
        self.shutdown()


class Execution(ABC):
    """A way to start workers: a dataclass with the options of the table ``[execution]`` of a configuration."""

    @abstractmethod
    def start(self, workers: int) -> Executor:
        """Return an executor with the given number of workers; 0: as many as fit.

        Raises
        ------
        ExecutionError
            When the workers cannot be started.
        MissingExtraError
            When a package is missing; the message names the extra to install.
        """
