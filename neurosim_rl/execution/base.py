"""The contract of an executor: the part of ``concurrent.futures`` that is needed, and what a lost worker means."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class WorkerLostError(Exception):
    """The worker that held a task ended, for whatever reason; the executor itself can be used further."""


class RemoteError(Exception):
    """Where an error happened in a worker, as text; the cause of the error that is raised here."""

    def __str__(self) -> str:
        """Return the text on lines of its own."""
        return f"\n{self.args[0]}"


class Executor(ABC):
    """Calls functions, perhaps elsewhere. A context manager."""

    n_workers: int
    has_processes: bool = True
    """Whether workers are processes of their own, so that one may die and the run lives."""

    @abstractmethod
    def submit(self, function: Callable[..., T], *arguments: Any) -> Future[T]:
        """Return the future result.

        Its exception is the function's own, `WorkerLostError` when the worker that held the task died, or an
        ``ExecutionError`` when the executor cannot go on.
        """

    def map(self, function: Callable[..., T], *arguments: Iterable[Any]) -> list[T]:
        """Return the function's results in the order of the arguments; its exceptions are raised here."""
        futures = [self.submit(function, *each) for each in zip(*arguments, strict=True)]
        try:
            return [future.result() for future in futures]
        finally:
            for future in futures:
                future.cancel()

    def here(self, function: Callable[..., T], *arguments: Any) -> T:
        """Return what a function returns that is called in this process, in the one thread that may use NEST's kernel.

        That is the thread of the caller, unless an executor gives its callers threads of their own.
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
    """How workers are started: a dataclass whose options the table ``[execution]`` of a configuration sets."""

    @abstractmethod
    def start(self, workers: int) -> Executor:
        """Return an executor with that many workers; 0: as many as fit.

        Raises
        ------
        ExecutionError
            When they cannot be started.
        MissingExtraError
            When a package is missing; the message names the extra.
        """
