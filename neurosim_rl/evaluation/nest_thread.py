"""Networks that a function of the user makes, in the thread in which an executor uses NEST."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from neurosim_rl.execution import Executor
from neurosim_rl.simulators.nest_thread import nest_in_another_thread


@contextmanager
def nest_of(executor: Executor) -> Iterator[None]:
    """Let this thread make networks by `Executor.call_in_nest_thread`, in the ``with`` block."""
    with nest_in_another_thread(executor.call_in_nest_thread):
        yield
