"""Dask's settings for this package: dead workers are noticed soon, small tasks are fast, the terminal stays quiet."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from neurosim_rl.settings.checks import require_extra

NO_WORKER_LIMIT_S = 60.0
"""Longest that a task waits while there is no worker at all; then the run ends."""
RECONNECT_LIMIT_S = 10.0
"""Longest that a client tries to reach a scheduler."""
LONELY_WORKER_LIMIT_S = 30
"""Longest that a worker looks for its scheduler; then the worker ends itself."""

SETTINGS: dict[str, Any] = {
    "distributed.scheduler.allowed-failures": 0,  # DaskExecutor decides which tasks are tried again
    "distributed.scheduler.no-workers-timeout": f"{NO_WORKER_LIMIT_S:g}s",
    "distributed.comm.timeouts.connect": f"{RECONNECT_LIMIT_S:g}s",
    "distributed.comm.timeouts.tcp": "15s",  # a node that loses power closes no connection
    "distributed.comm.retry.count": 0,  # a retry would only delay the news that a worker is lost
    "distributed.worker.profile.enabled": False,  # would take a hundred stack samples a second in every worker
    "distributed.worker.memory.spill": False,  # Slurm limits the memory; Dask would write NEST's data to disk
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.pause": False,
    "distributed.admin.tick.interval": "500ms",
    "distributed.admin.tick.limit": "60s",  # compiling and NEST hold the interpreter lock for seconds; no warning
    "distributed.admin.system-monitor.interval": "2s",
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.diagnostics.computations.nframes": 0,  # would read source code at each submission
}


QUIET = {
    "distributed": "error",
    "distributed.client": "critical",  # DaskExecutor raises these faults as errors
    "distributed.core": "critical",
    "distributed.nanny": "critical",
    "distributed.scheduler": "critical",
    "distributed.worker": "critical",
    "distributed.worker.state_machine": "critical",
}
"""Lowest level of each of Dask's loggers that reaches the terminal."""


@contextmanager
def dask_settings(**more: Any) -> Iterator[None]:
    """Import Dask and use these settings in the ``with`` block.

    Parameters
    ----------
    more
        Further settings; ``__`` replaces a dot and ``_`` a dash.

    Raises
    ------
    MissingExtraError
        When Dask is not installed.
    """
    require_extra("distributed", "hpc")
    import dask

    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(level.upper())
    settings = dict(SETTINGS)
    for key, value in more.items():
        settings[key.replace("__", ".").replace("_", "-")] = value
    with dask.config.set(settings):
        yield


def worker_environment() -> dict[str, str]:
    """Return environment variables for a worker that another process starts: these settings, and the import path."""
    variables = {}
    for key, value in SETTINGS.items():
        name = "DASK_" + key.upper().replace(".", "__").replace("-", "_")  # dask.config reads settings under such names
        variables[name] = str(value)
    # The worker imports the same files as this process, wherever it starts: relative folders would not be found.
    variables["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, sys.path))
    variables["OMP_NUM_THREADS"] = "1"  # one worker for each core: more threads would share cores
    variables["PYTHONUNBUFFERED"] = "1"  # the log of a killed worker is complete
    return variables
