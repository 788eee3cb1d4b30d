"""Where batches are played: in this process, or in local worker processes."""

from __future__ import annotations

import os

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.execution.base import Executor
from neurosim_rl.execution.processes import ProcessExecutor
from neurosim_rl.execution.serial import SerialExecutor

__all__ = ["Executor", "ProcessExecutor", "SerialExecutor", "create_executor", "n_cores"]


def n_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def create_executor(workers: int) -> Executor:
    """Return an executor with that many workers; 0: one for each core, 1: in this process.

    Raises
    ------
    ConfigurationError
        For a negative number.
    """
    if workers < 0:
        raise ConfigurationError(f"workers = {workers} is out of range; expected at least 0 (one for each core).")
    workers = workers or n_cores()
    return SerialExecutor() if workers == 1 else ProcessExecutor(workers)
