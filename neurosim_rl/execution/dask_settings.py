"""Dask's settings for this package: dead workers are noticed soon, small tasks are fast, the terminal stays quiet."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from neurosim_rl.execution.certificates import certified
from neurosim_rl.settings.checks import require_extra

NO_WORKER_LIMIT_S = 60.0
"""Longest that a task waits while there is no worker at all; then the run ends."""
RECONNECT_LIMIT_S = 10.0
"""Longest that a client tries to reach a scheduler."""
LONELY_WORKER_LIMIT_S = 30
"""Longest that a worker looks for its scheduler; then the worker ends itself."""

WORKER_CLASS = "neurosim_rl.execution.private_worker.PrivateWorker"
"""Class of workers that other processes start, for the command line of Dask's worker."""

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
    # Pages of the dashboard only. Dask's own list has a proxy to other addresses.
    "distributed.scheduler.http.routes": [
        "distributed.http.scheduler.info",
        "distributed.http.health",
        "distributed.http.statics",
    ],
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
def dask_settings(*more: Mapping[str, Any]) -> Iterator[None]:
    """Import Dask and use these settings in the ``with`` block.

    Parameters
    ----------
    *more : mapping
        Further settings by Dask's names; later ones win.

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
    for each in more:
        settings.update(each)
    with dask.config.set(settings):
        yield


def protected(folder: Path) -> dict[str, Any]:
    """Return settings for processes that only this run's processes can talk to, with their files in a private folder.

    Parameters
    ----------
    folder : path
        As of `private_folder`.

    Raises
    ------
    MissingExtraError
        When the package cryptography is not installed.
    """
    # Dask imports from its scratch folder. Its default is the same for all users of a machine.
    return {**certified(folder), "temporary-directory": str(folder), "distributed.worker.use-file-locking": False}


def worker_environment(more: Mapping[str, Any]) -> dict[str, str]:
    """Return environment variables for a worker that another process starts: all settings, and the import path.

    Parameters
    ----------
    more : mapping
        Settings beside `SETTINGS`, those of `protected`.
    """
    variables = {}
    for key, value in {**SETTINGS, **more}.items():
        name = "DASK_" + key.upper().replace(".", "__").replace("-", "_")  # dask.config reads settings under such names
        variables[name] = str(value)
    # The worker imports the same files as this process, wherever it starts: relative folders would not be found.
    variables["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, sys.path))
    variables["OMP_NUM_THREADS"] = "1"  # one worker for each core: more threads would share cores
    variables["PYTHONUNBUFFERED"] = "1"  # the log of a killed worker is complete
    return variables
