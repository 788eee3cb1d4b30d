"""Dask's worker and nanny without an HTTP server, and with ports on the one address that the scheduler can reach.

Dask imports this module where workers start; nothing else does, because it loads Dask.
"""

from __future__ import annotations

from typing import Any

from distributed import Nanny, Worker
from distributed.comm import get_address_host
from distributed.utils import get_ip


class PrivateWorker(Worker):
    """Worker that listens on a single address of its node.

    Dask's own worker listens on all addresses, and has an HTTP server even without a dashboard.
    """

    def __init__(
        self, scheduler_ip: str, *args: Any, host: str | None = None, interface: str | None = None, **more: Any
    ) -> None:
        if not host and not interface:
            host = get_ip(get_address_host(scheduler_ip))  # the address from which this node reaches the scheduler
        super().__init__(scheduler_ip, *args, host=host, interface=interface, **more)

    def start_http_server(self, *args: Any, **more: Any) -> None:
        """Start none."""


class PrivateNanny(Nanny):
    """Nanny of such a worker, for a cluster in this process."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, worker_class=PrivateWorker, **more)
