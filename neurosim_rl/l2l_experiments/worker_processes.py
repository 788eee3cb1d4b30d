"""Ending the workers that L2L's runner leaves behind: their processes, and on Slurm their steps and jobs."""

from __future__ import annotations

import logging
import shutil
import subprocess
import time

import psutil

logger = logging.getLogger("utils.runner")

GRACE_S = 5.0
"""How long processes may take to end before they are killed."""


def end_workers(run_file: str, step_name: str | None) -> None:
    """End every worker of an experiment.

    Parameters
    ----------
    run_file : str
        Path of L2L's ``run_optimizee.py``, by which the processes are found among those that this one started.
    step_name : str or None
        Name of their Slurm jobs and steps; None: not on Slurm.
    """
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
        except psutil.Error:  # it has just ended
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
    """Cancel steps and jobs of that name until there are none."""
    deadline = time.monotonic() + 4 * GRACE_S
    while time.monotonic() < deadline:
        listed = _output("squeue", "-h", "-s", "-o", "%i %j") + _output("squeue", "-h", "-o", "%i %j")
        ours = [line.split()[0] for line in listed if line.split()[1:] == [name]]
        if not ours:
            return
        _output("scancel", *ours)
        time.sleep(0.5)
    logger.warning("Slurm still lists steps or jobs named %s; end them by: scancel --name=%s", name, name)


def _output(*command: str) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return [line for line in done.stdout.splitlines() if line.strip()]
