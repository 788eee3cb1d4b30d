"""How Dask is set up here: quick to notice a death, quick with small tasks, quiet on the terminal."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from neurosim_rl.settings.checks import require_extra

NO_WORKER_LIMIT_S = 60.0
"""How long a task waits when there is no worker at all, before the run ends."""
RECONNECT_LIMIT_S = 10.0
"""How long a client tries to reach a scheduler that went away."""
LONELY_WORKER_LIMIT_S = 30
"""How long a worker looks for its scheduler before it ends itself."""

SETTINGS: dict[str, Any] = {
    "distributed.scheduler.allowed-failures": 0,  # the executor says what is tried again
    "distributed.scheduler.no-workers-timeout": f"{NO_WORKER_LIMIT_S:g}s",
    "distributed.comm.timeouts.connect": f"{RECONNECT_LIMIT_S:g}s",
    "distributed.comm.timeouts.tcp": "15s",  # a node that went dark closes no connection
    "distributed.comm.retry.count": 0,
    "distributed.worker.profile.enabled": False,  # a hundred stack samples a second in every worker
    "distributed.worker.memory.spill": False,  # memory is the cluster's and Slurm's affair
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.pause": False,
    "distributed.admin.tick.interval": "500ms",
    "distributed.admin.tick.limit": "60s",  # compiling and NEST hold the interpreter for seconds
    "distributed.admin.system-monitor.interval": "2s",
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.diagnostics.computations.nframes": 0,
}


QUIET = {
    "distributed": "error",
    "distributed.client": "critical",  # what these say is raised as an error here
    "distributed.core": "critical",
    "distributed.nanny": "critical",
    "distributed.scheduler": "critical",
    "distributed.worker": "critical",
    "distributed.worker.state_machine": "critical",
}
"""The levels from which on Dask's loggers reach the terminal."""


@contextmanager
def dask_settings(**more: Any) -> Iterator[None]:
    """Import Dask and let it be set up like this in the ``with`` block.

    Parameters
    ----------
    more
        Further settings; ``__`` stands for a dot and ``_`` for a dash.

    Raises
    ------
    MissingExtraError
        When Dask is not installed.
    """
    require_extra("distributed", "hpc")
    import dask

    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(level.upper())
    extra = {key.replace("__", ".").replace("_", "-"): value for key, value in more.items()}
    with dask.config.set({**SETTINGS, **extra}):
        yield


def worker_environment() -> dict[str, str]:
    """Return the environment for a worker started elsewhere: these settings, and this process's import path."""
    settings = {
        "DASK_" + key.upper().replace(".", "__").replace("-", "_"): str(value) for key, value in SETTINGS.items()
    }
    path = os.pathsep.join(os.path.abspath(folder) for folder in sys.path)
    return {**settings, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
