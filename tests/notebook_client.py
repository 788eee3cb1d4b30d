"""A client of notebooks' kernels that never waits for a message that is already there."""

from __future__ import annotations

import time
from queue import Empty
from typing import Any

from jupyter_client import AsyncKernelManager
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from nbclient import NotebookClient
from nbformat import NotebookNode
from traitlets import Type, default

INTERVAL_S = 0.5


class PollingChannel(AsyncZMQSocketChannel):
    """Looks for messages at intervals, too.

    In notebooks with widgets a wake-up for a message may be lost, and a cell then lasts until its time limit
    (jupyter/nbclient, issue 312).
    """

    async def get_msg(  # type: ignore[override]
        self, timeout: float | None = None
    ) -> dict[str, Any]:
        """Return the next message; raise ``Empty`` when none comes in time."""
        end = float("inf") if timeout is None else time.monotonic() + timeout
        while True:
            rest = max(0.0, end - time.monotonic())
            try:
                message: dict[str, Any] = await super().get_msg(timeout=min(INTERVAL_S, rest))
                return message
            except Empty:
                if rest <= INTERVAL_S:
                    raise


class PollingClient(AsyncKernelClient):
    """A kernel's client with such channels."""

    shell_channel_class = Type(PollingChannel)
    iopub_channel_class = Type(PollingChannel)


class PollingManager(AsyncKernelManager):
    """A kernel's manager with such clients."""

    @default("client_factory")
    def _client(self) -> type[PollingClient]:
        return PollingClient


def executed(notebook: NotebookNode, folder: str, timeout_s: int = 300) -> NotebookNode:
    """Execute all cells of a notebook in a folder; return it with its outputs."""
    client = NotebookClient(
        notebook, timeout=timeout_s, kernel_manager_class=PollingManager, resources={"metadata": {"path": folder}}
    )
    done: NotebookNode = client.execute()
    return done
