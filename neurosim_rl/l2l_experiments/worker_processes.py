"""End of the workers that L2L's runner leaves behind: their processes, and on Slurm their steps and jobs."""

from __future__ import annotations

import logging
import shutil
import subprocess
import time

import psutil

logger = logging.getLogger("utils.runner")

GRACE_S = 5.0
"""Time for processes to end after SIGTERM, in s; then they are killed."""


def end_workers(run_file: str, step_name: str | None) -> None:
    """End every worker of an experiment.

    Parameters
    ----------
    run_file : str
        Path of L2L's ``run_optimizee.py``. Workers are the descendants of this process with it on their command line.
    step_name : str or None
        Name of the workers' Slurm jobs and steps; None: the workers are local.
    """
    # Children are listed before anything ends: afterwards they have another parent and cannot be found.
    workers = _with_children(_workers(run_file))
    for process in workers:
        _send(process, "terminate")
    _, alive = psutil.wait_procs(workers, timeout=GRACE_S)
    for process in alive:
        _send(process, "kill")
    psutil.wait_procs(alive, timeout=GRACE_S)
    if step_name is not None and shutil.which("squeue"):
        _end_steps(step_name)


def _workers(run_file: str) -> list[psutil.Process]:
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            if run_file in process.cmdline():
                found.append(process)
        except psutil.Error:  # the process has just ended
            continue
    return found


def _with_children(processes: list[psutil.Process]) -> list[psutil.Process]:
    everyone = set(processes)
    for process in processes:
        try:
            everyone.update(process.children(recursive=True))
        except psutil.NoSuchProcess:
            continue
    return list(everyone)


def _send(process: psutil.Process, how: str) -> None:
    try:
        getattr(process, how)()
    except psutil.NoSuchProcess:
        logger.debug("Worker process %s ended by itself", process.pid)


def _end_steps(name: str) -> None:
    """Cancel steps and jobs of a name until Slurm lists none. A step that srun is about to start shows up later."""
    deadline = time.monotonic() + 4 * GRACE_S
    while time.monotonic() < deadline:
        listed = _output("squeue", "-h", "-s", "-o", "%i %j") + _output("squeue", "-h", "-o", "%i %j")
        ours = []
        for line in listed:
            number, *names = line.split()
            if names == [name]:
                ours.append(number)
        if not ours:
            return
        _output("scancel", *ours)
        time.sleep(0.5)
    logger.warning("Slurm still lists steps or jobs named %s; end them by: scancel --name=%s", name, name)


def _output(*command: str) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return [line for line in done.stdout.splitlines() if line.strip()]
