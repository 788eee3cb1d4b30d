"""Workers of a Dask cluster: a local cluster with a dashboard, or one that is already running."""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from neurosim_rl.errors import ConfigurationError, ExecutionError
from neurosim_rl.execution.base import Execution, Executor
from neurosim_rl.execution.dask_executor import DaskExecutor
from neurosim_rl.execution.dask_settings import RECONNECT_LIMIT_S, dask_settings, protected
from neurosim_rl.execution.foreign_scheduler import address_in, warn_if_open
from neurosim_rl.execution.private_folder import private_folder
from neurosim_rl.execution.processes import n_cores
from neurosim_rl.execution.worker_limits import check_local_workers
from neurosim_rl.settings.options import option


@dataclass(frozen=True)
class Dask(Execution):
    """Dask: local processes with a dashboard in the browser, or the workers of a scheduler that is already running."""

    address: str = option("", "address of a scheduler to join, such as tcp://node:8786; empty: start one here")
    scheduler_file: str = option("", "file of a scheduler to join, as written by dask scheduler --scheduler-file")
    dashboard: str = option(
        "127.0.0.1:8787", "address of the dashboard, if a scheduler is started here; empty: no dashboard"
    )
    start_limit_s: float = option(60.0, "longest wait for the workers, in s", low=1)

    def __post_init__(self) -> None:
        """Check that at most one scheduler is named."""
        if self.address and self.scheduler_file:
            raise ConfigurationError("execution.address and execution.scheduler_file are both set; set one of them.")

    def start(self, workers: int) -> Executor:
        """Return an executor with the given number of local workers, or with all workers of a scheduler to join.

        Parameters
        ----------
        workers : int
            Number of local workers (0: one for each core), or the fewest that a scheduler to join must have.

        Raises
        ------
        ConfigurationError
            When this machine has no memory for so many local workers.
        ExecutionError
            When the scheduler cannot be reached, or has too few workers within the limit.
        """
        scheduler = address_in(Path(self.scheduler_file)) if self.scheduler_file else self.address
        if scheduler:
            warn_if_open(scheduler)
            with dask_settings(), ExitStack() as started:
                return self._connected(scheduler, workers or 1, started)
        check_local_workers(workers or n_cores())
        with ExitStack() as started:
            settings = protected(started.enter_context(private_folder(Path(tempfile.gettempdir()))))
            with dask_settings(settings):
                # The stack closes in the opposite order: first the client, so that it does not report a lost
                # connection; then, after a wait for workers that are starting, the cluster; at last the folder.
                cluster = local_cluster(workers or n_cores(), self.dashboard)
                started.callback(close_quietly, cluster)
                started.callback(_wait_for_starting_workers, cluster)
                return self._connected(cluster, workers or 1, started)

    def _connected(self, scheduler: Any, workers: int, started: ExitStack) -> Executor:
        """Return an executor as soon as so many workers have joined."""
        client = connect_client(scheduler)
        started.callback(close_quietly, client)
        n = wait_for_workers(client, workers, self.start_limit_s)
        return DaskExecutor(client, n, started.pop_all())


def local_cluster(workers: int, dashboard: str, **more: Any) -> Any:
    """Return a scheduler in this process with the given number of worker processes on this machine.

    For use with the settings of `protected`.
    """
    from distributed import LocalCluster, Security

    from neurosim_rl.execution.private_worker import PrivateNanny  # loads Dask

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a port in use: Dask takes another one, and `announce` prints its address
        cluster = LocalCluster(
            n_workers=workers,
            threads_per_worker=1,  # NEST's kernel belongs to one thread
            processes=True,
            worker_class=PrivateNanny,
            security=Security(),  # reads the settings of `protected`
            memory_limit=0,  # no limit: Dask would kill workers and write data to disk
            scheduler_kwargs=dashboard_options(dashboard),
            **more,
        )
    if workers:
        # A nanny replaces its worker's process when that dies. If the nanny dies too, only an adapting cluster makes
        # another worker.
        cluster.adapt(minimum=workers, maximum=workers)
    announce(cluster, dashboard)
    return cluster


def announce(cluster: Any, dashboard: str) -> None:
    """Print the dashboard's address on stderr; without a dashboard, close the scheduler's HTTP server."""
    if dashboard:
        print(f"dashboard: {_link(cluster, dashboard)}", file=sys.stderr)
        return

    async def close() -> None:
        cluster.scheduler.http_server.stop()

    cluster.sync(close)  # the server belongs to the thread of the cluster's event loop


def _wait_for_starting_workers(cluster: Any, limit_s: float = 5.0) -> None:
    """Wait for workers that are starting: a worker closed during its start prints tracebacks."""
    deadline = time.monotonic() + limit_s
    while len(cluster.scheduler.workers) < len(cluster.workers) and time.monotonic() < deadline:
        time.sleep(0.05)


def scheduler_address(interface: str) -> dict[str, str]:
    """Return the scheduler's option for the one address that other nodes reach: of an interface, or of this host."""
    from distributed.utils import get_ip

    return {"interface": interface} if interface else {"host": get_ip()}


def _link(cluster: Any, dashboard: str) -> str:
    # Dask's link has the scheduler's host, also where the dashboard listens on another address.
    link, host = urlsplit(cluster.dashboard_link), dashboard.rpartition(":")[0]
    return link._replace(netloc=f"{host}:{link.port}").geturl() if host and link.port else link.geturl()


def dashboard_options(dashboard: str) -> dict[str, Any]:
    """Return the scheduler's options for a dashboard at an address; "" gives no dashboard."""
    # The scheduler opens an HTTP server even without a dashboard, at any free port; `announce` closes it.
    return {"dashboard": bool(dashboard), "dashboard_address": dashboard or "127.0.0.1:0"}


def connect_client(scheduler: Any) -> Any:
    """Return a client of a scheduler.

    Parameters
    ----------
    scheduler : cluster or str
        A cluster of this process, or a scheduler's address.

    Raises
    ------
    ExecutionError
        When the scheduler does not answer.
    """
    from distributed import Client

    try:
        return Client(scheduler, timeout=RECONNECT_LIMIT_S, set_as_default=False)
    except (OSError, RuntimeError, TypeError, ValueError) as error:  # the middle two: tls:// without certificates
        raise ExecutionError(
            f"no Dask scheduler at {scheduler} ({type(error).__name__}: {error}); expected an answer within "
            f"{RECONNECT_LIMIT_S:g} s. Check the address, and that the scheduler and its workers are running. For "
            "tls://, name its certificates in Dask's settings (distributed.comm.tls)."
        ) from error


def wait_for_workers(
    client: Any, n: int, limit_s: float, check: Callable[[], None] = lambda: None, where: str = ""
) -> int:
    """Wait until n workers have joined a scheduler; return the number of workers then.

    Parameters
    ----------
    limit_s : float
        Longest wait, in s.
    check : callable
        Called again and again during the wait; raises when no worker can join any more.
    where : str
        A sentence for the error message: where to look for the reason.

    Raises
    ------
    ExecutionError
        When fewer workers have joined within the limit.
    """
    deadline = time.monotonic() + limit_s
    while (n_there := len(client.ncores())) < n:
        check()
        if time.monotonic() > deadline:
            raise ExecutionError(
                f"{n_there} of {n} workers have joined within {limit_s:g} s (execution.start_limit_s). {where}".strip()
            )
        time.sleep(0.05)
    return sum(client.ncores().values())


def close_quietly(connection: Any) -> None:
    """Close a client or a cluster; a fault is only printed, because the other side may be gone already."""
    try:
        connection.close(timeout=5)
    except Exception as error:  # the workers end by themselves when their connection to the scheduler closes
        print(f"closing {type(connection).__name__}: {type(error).__name__}: {error}", file=sys.stderr)
