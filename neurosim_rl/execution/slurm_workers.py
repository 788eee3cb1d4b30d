"""Workers on all nodes of one Slurm allocation, with the driver inside it."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurosim_rl.execution.base import Execution, Executor
from neurosim_rl.execution.dask_cluster import close_quietly, connect_client, local_cluster, wait_for_workers
from neurosim_rl.execution.dask_executor import DaskExecutor
from neurosim_rl.execution.dask_settings import dask_settings
from neurosim_rl.execution.slurm_allocation import Allocation
from neurosim_rl.execution.slurm_steps import Steps, worker_command
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class Slurm(Execution):
    """Inside one Slurm allocation (neurosim-rl submit, salloc or sbatch): a worker for each of its tasks, by srun.

    Ask for the allocation with ``--no-kill``, so that it outlives the loss of a node.
    """

    dashboard: str = option(":0", "where the dashboard listens on the driver's node; empty: none")
    interface: str = option("", "network interface between nodes, such as ib0; empty: that of the host's address")
    logs: str = option("", "folder for the workers' output; empty: slurm-JOB-workers in the folder of submission")
    start_limit_s: float = option(120.0, "longest to wait for the workers, in s", low=1)

    def start(self, workers: int) -> Executor:
        """Return an executor with that many workers on the allocation's nodes; 0: as many as fit.

        Raises
        ------
        ExecutionError
            Outside an allocation, when so many do not fit, or when one of them does not come; with the end of its log.
        """
        allocation = Allocation.current()
        nodes = allocation.placed(workers)
        with dask_settings(), ExitStack() as started:
            cluster = local_cluster(0, self.dashboard, **self._address())
            started.callback(close_quietly, cluster)
            client = connect_client(cluster)
            names = [f"{node}-{nodes[:k].count(node)}" for k, node in enumerate(nodes)]
            address = cluster.scheduler_address
            commands = {
                name: (node, worker_command(node, allocation.cpus, address, name, self.interface))
                for name, node in zip(names, nodes, strict=True)
            }
            steps = Steps(commands, self._log_folder(allocation.job))
            started.callback(steps.end)
            started.callback(close_quietly, client)
            wait_for_workers(client, len(nodes), self.start_limit_s, steps.check, f"Their output is in {steps.folder}.")
            steps.watch()
            return DaskExecutor(client, len(nodes), started.pop_all())

    def _address(self) -> dict[str, Any]:
        from distributed.utils import get_ip

        return {"interface": self.interface} if self.interface else {"host": get_ip()}

    def _log_folder(self, job: str) -> Path:
        base = Path(os.environ.get("SLURM_SUBMIT_DIR", "."))
        return Path(self.logs) if self.logs else base / f"slurm-{job}-workers"
