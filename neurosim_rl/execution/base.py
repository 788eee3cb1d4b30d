"""The contract of an executor: the part of ``concurrent.futures`` that is needed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


class Executor(ABC):
    """Calls functions, perhaps elsewhere. A context manager."""

    n_workers: int

    @abstractmethod
    def map(self, function: Callable[..., T], *arguments: Iterable[Any]) -> list[T]:
        """Return the function's results in the order of the arguments; its exceptions are raised here."""

    @abstractmethod
    def shutdown(self) -> None:
        """End all workers."""

    def __enter__(self) -> Executor:
        """Return the executor itself."""
        return self

    def __exit__(self, *exc: object) -> None:
        """End all workers."""
        self.shutdown()
