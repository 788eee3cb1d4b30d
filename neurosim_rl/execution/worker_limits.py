"""Upper bounds on numbers of workers, checked before the first one starts."""

from __future__ import annotations

from neurosim_rl.errors import ConfigurationError
from neurosim_rl.execution.memory import memory_bytes

WORKER_BYTES = 100_000_000
"""Memory of a worker process, in bytes, from below: NEST and the compiled kernels."""
MOST_WORKERS = 100_000
"""Most workers of any execution; the largest clusters have about as many cores."""


def check_workers(workers: int) -> None:
    """Raise unless an execution of any kind may have so many workers.

    Raises
    ------
    ConfigurationError
    """
    if not 0 <= workers <= MOST_WORKERS:
        raise ConfigurationError(
            f"workers = {workers} is out of range; expected at least 0 (as many as fit) and at most {MOST_WORKERS}."
        )


def check_local_workers(workers: int) -> None:
    """Raise unless so many worker processes fit into the memory of this machine, besides this process.

    Raises
    ------
    ConfigurationError
        With the estimate.
    """
    available, n_bytes = memory_bytes(), (workers - 1) * WORKER_BYTES
    if n_bytes > available:
        raise ConfigurationError(
            f"workers = {workers} need about {n_bytes / 1e9:.3g} GB on this machine; expected at most "
            f"{available / 1e9:.3g} GB, the memory of this process. Set fewer workers, or 0 for one for each core."
        )
