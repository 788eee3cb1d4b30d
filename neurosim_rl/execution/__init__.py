"""Executors, which play batches in this process, in local worker processes, or on a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurosim_rl.execution.base import Execution, Executor, RemoteError, WorkerLostError
from neurosim_rl.execution.dask_cluster import Dask
from neurosim_rl.execution.processes import Processes, ProcessExecutor, n_cores
from neurosim_rl.execution.serial import SerialExecutor
from neurosim_rl.execution.slurm_jobs import SlurmJobs
from neurosim_rl.execution.slurm_workers import Slurm
from neurosim_rl.execution.worker_limits import check_workers
from neurosim_rl.settings.options import Options, read_component
from neurosim_rl.settings.registry import Registry

__all__ = [
    "EXECUTIONS",
    "Execution",
    "Executor",
    "ProcessExecutor",
    "RemoteError",
    "SerialExecutor",
    "WorkerLostError",
    "create_executor",
    "n_cores",
]

EXECUTIONS: Registry[type[Execution]] = Registry(
    "execution",
    Execution,
    {
        "processes": Processes,
        "dask": Dask,
        "slurm": Slurm,
        "slurm-jobs": SlurmJobs,
    },
)
"""Ways to start workers, by their name in the table ``[execution]``."""


def create_executor(workers: int, options: Options | Mapping[str, Any] | None = None) -> Executor:
    """Return an executor with the given number of workers.

    Parameters
    ----------
    workers : int
        Number of workers; 0: as many as fit.
    options : Options, mapping or None
        The options ``execution`` of a configuration, or the table ``[execution]``; None: local processes.

    Raises
    ------
    ConfigurationError
        For a negative number, one that no machine or cluster has, or a wrong table.
    ExecutionError
        When the workers cannot be started.
    """
    check_workers(workers)
    if options is None:
        options = {"name": "processes"}
    if not isinstance(options, Options):
        options = read_component("execution", EXECUTIONS, options)
    execution: Execution = options.create()
    return execution.start(workers)
