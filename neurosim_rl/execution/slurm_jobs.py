"""Workers as separate Slurm jobs, submitted from a login node; they start and end as the queue allows."""

from __future__ import annotations

import math
import re
import shlex
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurosim_rl.errors import ConfigurationError, ExecutionError
from neurosim_rl.execution.base import Execution, Executor
from neurosim_rl.execution.dask_cluster import (
    announce,
    close_quietly,
    connect_client,
    dashboard_options,
    scheduler_address,
    wait_for_workers,
)
from neurosim_rl.execution.dask_executor import DaskExecutor
from neurosim_rl.execution.dask_settings import (
    LONELY_WORKER_LIMIT_S,
    WORKER_CLASS,
    dask_settings,
    protected,
    worker_environment,
)
from neurosim_rl.execution.private_folder import private_folder
from neurosim_rl.execution.sbatch_lines import refuse_unprintable, sbatch_pattern, sbatch_quoted
from neurosim_rl.execution.slurm_allocation import slurm_command
from neurosim_rl.settings.checks import require_extra
from neurosim_rl.settings.options import option

WATCH_S = 10.0
"""Time between two looks at Slurm's queue, in s."""
UNQUOTED_LOGS = ("#SBATCH -o ", "#SBATCH -e ")
"""Lines of dask-jobqueue with the path of the logs, which it does not quote."""
INTERFACE = re.compile(r"[\w.:@-]*")
N_RESUBMISSIONS = 5
"""How often each job may be submitted again, on average, without any of its workers having joined."""


@dataclass(frozen=True)
class SlurmJobs(Execution):
    """From a login node: workers in separate Slurm jobs (dask-jobqueue); lost jobs are submitted again."""

    partition: str = option("", "Slurm's partition; empty: the site's default")
    account: str = option("", "Slurm's account; empty: the user's default")
    walltime: str = option("01:00:00", "time limit of each job")
    workers_per_job: int = option(1, "workers in each job, on one node", low=1)
    memory: str = option("", "memory of each job, such as 4GB; empty: the site's default")
    minimum: int = option(0, "jobs that stay while there is nothing to do; 0: all of them", low=0)
    prologue: str = option("", "shell lines before the workers start, such as module load ...")
    directives: str = option("", "further options of sbatch, one a line, such as --constraint=haswell")
    interface: str = option("", "network interface between nodes, such as ib0; empty: the one of the host's address")
    dashboard: str = option(
        "127.0.0.1:8787", "address of the dashboard on this node, such as :8787 for all networks; empty: none"
    )
    logs: str = option(
        "slurm-jobs", "folder for the workers' output and, during the run, its keys; all nodes must see it"
    )
    start_limit_s: float = option(
        86400.0, "longest wait for the first worker, in s, the time in the queue included", low=1
    )

    def __post_init__(self) -> None:
        """Check what would leave its line in the jobs' script."""
        for name in ("partition", "account", "walltime", "interface", "logs"):
            refuse_unprintable(f"execution.{name}", getattr(self, name))
        for name in ("prologue", "directives"):
            refuse_unprintable(f"execution.{name}", getattr(self, name), kept="\n\t")
        if not INTERFACE.fullmatch(self.interface):
            raise ConfigurationError(
                f"execution.interface = {self.interface!r}: expected the name of a network interface, such as ib0."
            )
        for line in self._directive_lines():
            if not line.startswith("-"):
                raise ConfigurationError(
                    f"execution.directives: {line!r} is no option of sbatch; expected a form such as --constraint=avx2."
                )

    def start(self, workers: int) -> Executor:
        """Return an executor as soon as the first worker has joined; the others join when their jobs start.

        Raises
        ------
        ConfigurationError
            When the number of workers is 0: a queue has no number that fits.
        ExecutionError
            When Slurm refuses a job, or no worker joins within the limit.
        """
        if not workers:
            raise ConfigurationError(
                "workers = 0: execution 'slurm-jobs' needs a number of workers. Set one, such as workers = 32."
            )
        _import_jobqueue()
        slurm_command("squeue", "--version")  # fails here, with its reason, where Slurm is not installed
        jobs = math.ceil(workers / self.workers_per_job)
        # While all jobs wait in the queue, tasks wait without a worker: that is no fault before the limit.
        limit = {"distributed.scheduler.no-workers-timeout": f"{self.start_limit_s:g}s"}
        with ExitStack() as started:
            settings = protected(started.enter_context(private_folder(Path(self.logs))))
            with dask_settings(settings, limit):
                cluster = self._cluster(settings)
                started.callback(close_quietly, cluster)
                announce(cluster, self.dashboard)
                cluster.adapt(minimum_jobs=self.minimum or jobs, maximum_jobs=jobs)
                client = connect_client(cluster)
                started.callback(close_quietly, client)
                started.callback(_LostJobWatcher(cluster, N_RESUBMISSIONS * jobs).end)
                wait_for_workers(
                    client, 1, self.start_limit_s, where=f"See squeue --me, and the workers' output in {self.logs}."
                )
                return DaskExecutor(client, jobs * self.workers_per_job, started.pop_all())

    def _cluster(self, settings: Mapping[str, Any]) -> Any:
        """Return dask-jobqueue's cluster, before its first job."""
        from dask_jobqueue import SLURMCluster
        from distributed import Security

        exports = [f"export {name}={shlex.quote(value)}" for name, value in worker_environment(settings).items()]
        try:
            return SLURMCluster(
                python=shlex.quote(sys.executable),
                queue=sbatch_quoted(self.partition) if self.partition else None,
                account=sbatch_quoted(self.account) if self.account else None,
                walltime=sbatch_quoted(self.walltime),
                cores=self.workers_per_job,
                processes=self.workers_per_job,
                memory=self.memory or "1GB",  # dask-jobqueue requires a value; the next option keeps it from Slurm
                job_directives_skip=[*UNQUOTED_LOGS, *([] if self.memory else ["--mem"])],
                job_extra_directives=[*self._log_directives(), *self._directive_lines()],
                job_script_prologue=[*exports, *self.prologue.split("\n")],
                # Slurm limits the memory. Certificates are named in the exported settings.
                worker_extra_args=["--memory-limit", "0", "--worker-class", WORKER_CLASS, "--no-dashboard"],
                death_timeout=LONELY_WORKER_LIMIT_S,
                interface=self.interface or None,
                scheduler_options={
                    **dashboard_options(self.dashboard),
                    **scheduler_address(self.interface),
                    "protocol": "tls://",
                    "security": Security(),  # reads the settings of `protected`
                },
                log_directory=self.logs,
                silence_logs="critical",
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise ExecutionError(
                f"dask-jobqueue cannot be set up with these options of [execution] ({type(error).__name__}: {error}). "
                "Check execution.interface and execution.memory."
            ) from error

    def _log_directives(self) -> list[str]:
        """Return the options of sbatch for the jobs' output."""
        pattern = sbatch_pattern(Path(self.logs), "dask-worker-%J")
        return [f'--output={pattern[:-1]}.out"', f'--error={pattern[:-1]}.err"']

    def _directive_lines(self) -> list[str]:
        return [line for line in self.directives.split("\n") if line.strip()]


class _LostJobWatcher:
    """Removes jobs that have left Slurm's queue from the cluster's plan, so that the cluster submits others.

    Dask knows workers and no jobs. When a job is cancelled, or loses its node, before its workers have joined, Dask
    waits for them for ever. A thread therefore compares the cluster's jobs with the queue.

    Jobs that fail at once must not be submitted for ever, so `n_resubmissions` limits them. Jobs with a worker that
    has joined do not count: they end by their time limit, as often as needed.

    Parameters
    ----------
    cluster : dask_jobqueue.SLURMCluster
        An adapting cluster.
    n_resubmissions : int
        Largest number of jobs that are lost before any of their workers joins.
    """

    def __init__(self, cluster: Any, n_resubmissions: int) -> None:
        self._cluster = cluster
        self._n_left = n_resubmissions
        self._joined: set[str] = set()  # names of all workers so far, those of ended jobs too
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="lost jobs")
        self._thread.start()

    def end(self) -> None:
        """Stop watching."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while self._n_left > 0 and not self._ended.wait(WATCH_S):
            # Dask's loop changes these mappings in another thread: copy them before iterating.
            # Jobs are read before the queue: otherwise a job submitted in between would look lost.
            jobs = {name: job.job_id for name, job in dict(self._cluster.workers).items() if job.job_id}
            self._joined.update(map(str, list(self._cluster.observed)))
            try:
                queued = set(slurm_command("squeue", "--me", "-h", "-o", "%A").split())
            except ExecutionError:  # Slurm's controller is busy or restarts: look again later
                continue
            lost = {}
            for name, job in jobs.items():
                if job in queued:
                    continue
                lost[name] = job
                if not self._has_joined(name):
                    self._n_left -= 1
            if lost:
                self._cluster.loop.add_callback(self._forget, lost)

    def _has_joined(self, job: Any) -> bool:
        """Return whether a worker of the job has ever joined; a job's worker is named JOB, several JOB-0, JOB-1, ..."""
        return any(worker == str(job) or worker.startswith(f"{job}-") for worker in self._joined)

    def _forget(self, lost: Mapping[Any, str]) -> None:
        """Remove jobs from the cluster's plan; runs in the cluster's event loop."""
        for name, job in lost.items():
            known = self._cluster.workers.get(name)
            if known is not None and known.job_id == job:  # not replaced in the meantime
                print(f"Slurm job {job} is no longer in the queue; another is submitted.", file=sys.stderr)
                del self._cluster.workers[name]
                self._cluster.worker_spec.pop(name, None)


def _import_jobqueue() -> None:
    """Import dask-jobqueue without its handler of SIGINT.

    With that handler, Ctrl-C would end the process with exit code 0. And its import would fail outside of the main
    thread, where Python sets no signal handler.
    """
    set_handler = signal.signal
    signal.signal = lambda number, handler: None  # type: ignore[assignment]
    try:
        require_extra("dask_jobqueue", "hpc")
    finally:
        signal.signal = set_handler
