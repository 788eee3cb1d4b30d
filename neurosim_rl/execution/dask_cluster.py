"""Workers of a Dask cluster: a local one with its dashboard, or one that runs already."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurosim_rl.errors import ConfigurationError, ExecutionError
from neurosim_rl.execution.base import Execution, Executor
from neurosim_rl.execution.dask_executor import DaskExecutor
from neurosim_rl.execution.dask_settings import RECONNECT_LIMIT_S, dask_settings
from neurosim_rl.execution.processes import n_cores
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class Dask(Execution):
    """Dask: processes of this machine, with a dashboard in the browser, or the workers of a scheduler that runs."""

    address: str = option("", "scheduler to join, such as tcp://node:8786; empty: start one here")
    scheduler_file: str = option("", "the file of a scheduler to join (dask scheduler --scheduler-file)")
    dashboard: str = option("127.0.0.1:8787", "where the dashboard of an own scheduler listens; empty: none")
    start_limit_s: float = option(60.0, "longest to wait for the workers, in s", low=1)

    def __post_init__(self) -> None:
        """Check that at most one scheduler is named."""
        if self.address and self.scheduler_file:
            raise ConfigurationError("execution.address and execution.scheduler_file are both set; set one of them.")

    def start(self, workers: int) -> Executor:
        """Return an executor with that many local workers (0: one for each core), or with all that the scheduler has.

        Raises
        ------
        ExecutionError
            When the scheduler cannot be reached, or has fewer workers than asked for within the limit.
        """
        with dask_settings(), ExitStack() as started:
            source: Any = self._scheduler()
            if source is None:
                source = local_cluster(workers or n_cores(), self.dashboard)
                started.callback(close_quietly, source)
                started.callback(_settle, source)
            client = connect_client(source)
            started.callback(close_quietly, client)
            n = wait_for_workers(client, workers or 1, self.start_limit_s)
            return DaskExecutor(client, n, started.pop_all())

    def _scheduler(self) -> str | None:
        """Return the address of the scheduler to join, if there is one."""
        if not self.scheduler_file:
            return self.address or None
        import json

        try:
            return json.loads(Path(self.scheduler_file).read_text(encoding="utf-8"))["address"]
        except (OSError, ValueError, KeyError) as error:
            raise ExecutionError(
                f"execution.scheduler_file {self.scheduler_file!r}: expected what dask scheduler --scheduler-file "
                f"writes, got {type(error).__name__}: {error}. Start the scheduler first."
            ) from error


def local_cluster(workers: int, dashboard: str, **more: Any) -> Any:
    """Return a scheduler in this process with that many worker processes of this machine."""
    from distributed import LocalCluster

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the port may be taken; the one that is announced counts
        cluster = LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            memory_limit=0,
            scheduler_kwargs=dashboard_options(dashboard),
            **more,
        )
    if workers:
        cluster.adapt(minimum=workers, maximum=workers)  # one whose nanny is lost too is made again
    announce(cluster, dashboard)
    return cluster


def _settle(cluster: Any, limit_s: float = 5.0) -> None:
    """Wait for a worker that is just being replaced: closed in the middle of its start, it prints tracebacks."""
    deadline = time.monotonic() + limit_s
    while len(cluster.scheduler.workers) < len(cluster.workers) and time.monotonic() < deadline:
        time.sleep(0.05)


def dashboard_options(dashboard: str) -> dict[str, Any]:
    """Return the scheduler's options for a dashboard at an address, or for none."""
    return {"dashboard": bool(dashboard), "dashboard_address": dashboard or "127.0.0.1:0"}


def announce(cluster: Any, dashboard: str) -> None:
    """Say on stderr where the dashboard is."""
    if dashboard:
        print(f"dashboard: {cluster.dashboard_link}", file=sys.stderr)


def connect_client(scheduler: Any) -> Any:
    """Return a client of a scheduler, given as cluster or address.

    Raises
    ------
    ExecutionError
        When it does not answer.
    """
    from distributed import Client

    try:
        return Client(scheduler, timeout=RECONNECT_LIMIT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ExecutionError(
            f"no Dask scheduler at {scheduler} ({type(error).__name__}: {error}); expected one that answers within "
            f"{RECONNECT_LIMIT_S:g} s. Check the address, and that scheduler and workers run."
        ) from error


def wait_for_workers(
    client: Any, n: int, limit_s: float, check: Callable[[], None] = lambda: None, where: str = ""
) -> int:
    """Wait until a scheduler has heard of n workers; return how many there are.

    Parameters
    ----------
    limit_s : float
        In s.
    check : callable
        Called while waiting; raises when it is of no use to go on.
    where : str
        A sentence that says where to look for the reason.

    Raises
    ------
    ExecutionError
        When fewer have come within the limit.
    """
    deadline = time.monotonic() + limit_s
    while (n_there := len(client.ncores())) < n:
        check()
        if time.monotonic() > deadline:
            raise ExecutionError(
                f"{n_there} of {n} workers have come within {limit_s:g} s (execution.start_limit_s). {where}".strip()
            )
        time.sleep(0.05)
    return sum(client.ncores().values())


def close_quietly(what: Any) -> None:
    """Close a client or cluster whose other side may be gone."""
    try:
        what.close(timeout=5)
    except Exception as error:  # its processes end by themselves when their connection closes
        print(f"closing {type(what).__name__}: {type(error).__name__}: {error}", file=sys.stderr)
