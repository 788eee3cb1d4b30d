"""Everything in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from neurosim_rl.execution.base import Executor, T


class SerialExecutor(Executor):
    """Calls each function here and now."""

    n_workers = 1

    def map(self, function: Callable[..., T], *arguments: Iterable[Any]) -> list[T]:
        """Return the results, one after the other."""
        return [function(*args) for args in zip(*arguments, strict=True)]

    def shutdown(self) -> None:
        """Do nothing."""
