"""Workers on all nodes of one Slurm allocation; the driver runs inside it."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from neurosim_rl.execution.base import Execution, Executor
from neurosim_rl.execution.dask_cluster import (
    close_quietly,
    connect_client,
    local_cluster,
    scheduler_address,
    wait_for_workers,
)
from neurosim_rl.execution.dask_executor import DaskExecutor
from neurosim_rl.execution.dask_settings import dask_settings, protected, worker_environment
from neurosim_rl.execution.private_folder import private_folder
from neurosim_rl.execution.slurm_allocation import Allocation
from neurosim_rl.execution.slurm_steps import Steps, worker_command
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class Slurm(Execution):
    """Inside one Slurm allocation (neurosim-rl submit, salloc or sbatch): one worker for each task, started by srun.

    Request the allocation with ``--no-kill``; otherwise Slurm ends it when a node is lost.
    """

    dashboard: str = option(
        "127.0.0.1:0", "address of the dashboard on the driver's node, such as :8787 for all networks; empty: none"
    )
    interface: str = option("", "network interface between nodes, such as ib0; empty: the one of the host's address")
    logs: str = option(
        "",
        "folder for the workers' output and, during the run, its keys; all nodes must see it; empty: slurm-JOB-workers "
        "in the folder of the submission",
    )
    start_limit_s: float = option(120.0, "longest wait for the workers, in s", low=1)

    def start(self, workers: int) -> Executor:
        """Return an executor with the given number of workers on the allocation's nodes; 0: as many as fit.

        Raises
        ------
        ExecutionError
            Outside an allocation, when the allocation has no room for so many, or when a worker does not join; the
            message has the end of the worker's log.
        """
        allocation = Allocation.current()
        nodes = allocation.placed(workers)
        logs = self._log_folder(allocation.job)
        with ExitStack() as started:
            settings = protected(started.enter_context(private_folder(logs)))
            with dask_settings(settings):
                # Closed in the opposite order: first the client, then the steps with the workers, then the scheduler,
                # so that no worker looks for a scheduler that is gone; at last the private folder.
                cluster = local_cluster(
                    0, self.dashboard, **scheduler_address(self.interface)
                )  # a scheduler; srun starts its workers
                started.callback(close_quietly, cluster)
                client = connect_client(cluster)
                commands = self._commands(allocation, nodes, cluster.scheduler_address)
                steps = Steps(commands, logs, worker_environment(settings))
                started.callback(steps.end)
                started.callback(close_quietly, client)
                wait_for_workers(
                    client, len(nodes), self.start_limit_s, steps.check, f"The workers' output is in {logs}."
                )
                steps.watch()  # only now: until here a worker that ends is an error
                return DaskExecutor(client, len(nodes), started.pop_all())

    def _commands(self, allocation: Allocation, nodes: list[str], scheduler: str) -> dict[str, tuple[str, list[str]]]:
        """Return node and command of each worker by its name: NODE-0, NODE-1, ... on each node."""
        commands = {}
        for k, node in enumerate(nodes):
            name = f"{node}-{nodes[:k].count(node)}"
            commands[name] = node, worker_command(node, allocation.cpus, scheduler, name, self.interface)
        return commands

    def _log_folder(self, job: str) -> Path:
        if self.logs:
            return Path(self.logs)
        return Path(os.environ.get("SLURM_SUBMIT_DIR", ".")) / f"slurm-{job}-workers"
