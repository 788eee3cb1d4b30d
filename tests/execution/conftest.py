"""Executions as they are started in tests, and an allocation for those that need one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from neurosim_rl.execution import EXECUTIONS
from tests.slurm_cluster import SlurmCluster

OPTIONS: dict[str, dict[str, Any]] = {
    "dask": {"dashboard": ""},
    "slurm": {"dashboard": ""},
    "slurm-jobs": {"dashboard": "", "start_limit_s": 60, "walltime": "00:10:00"},
}
"""Options of an execution in tests, where they differ from the defaults."""

EVERYWHERE = [
    pytest.param(name, marks=[pytest.mark.slurm] if name.startswith("slurm") else []) for name in sorted(EXECUTIONS)
]
"""All executions that are registered."""


def table(name: str, folder: Path) -> dict[str, Any]:
    """Return the table [execution] of an execution, its logs in a folder."""
    logs = {"logs": str(folder)} if name.startswith("slurm") else {}
    return {"name": name, **OPTIONS.get(name, {}), **logs}


@pytest.fixture
def allocation(slurm: SlurmCluster) -> Iterator[str]:
    """Stand inside an allocation of both nodes, two tasks on each, as a job script does; give the job's number."""
    with granted(slurm) as job:
        yield job


class granted:  # noqa: N801 - used as a function
    """Inside this ``with`` block the environment is that of a job of all nodes."""

    def __init__(self, slurm: SlurmCluster) -> None:
        self._slurm = slurm
        self._patch = pytest.MonkeyPatch()

    def __enter__(self) -> str:
        self._slurm.wait_until_idle()
        said = self._slurm.run("salloc", "--no-shell", "--no-kill", "-N", "2", "-n", "4")
        self._job = said.split("job allocation ")[1].split()[0]
        variables = {"JOB_ID": self._job, "JOB_NODELIST": "n[1-2]", "NTASKS": "4", "TASKS_PER_NODE": "2(x2)"}
        for name, value in {**variables, "JOB_CPUS_PER_NODE": "2(x2)"}.items():
            self._patch.setenv(f"SLURM_{name}", value)
        return self._job

    def __exit__(self, *exc: object) -> None:
        self._patch.undo()
        self._slurm.run("scancel", self._job)


def alive(pids: list[int]) -> list[int]:
    """Return those of the processes that still run."""
    return [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]


def descendants(pid: int | None = None) -> list[int]:
    """Return the processes that descend from one, by default from this."""
    return [child.pid for child in psutil.Process(pid or os.getpid()).children(recursive=True)]
