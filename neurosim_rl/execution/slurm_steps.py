"""Workers as steps of a Slurm job: one ``srun`` each, so that a lost node takes no other's workers with it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from neurosim_rl.errors import ExecutionError
from neurosim_rl.execution.dask_settings import LONELY_WORKER_LIMIT_S, worker_environment
from neurosim_rl.execution.slurm_allocation import node_is_down

N_RESTARTS = 5
"""How often a worker is started again. A worker's own nanny replaces its process; this is for a lost step."""
WATCH_S = 0.5
RESTART_PAUSE_S = 2.0
END_LIMIT_S = 5.0
CONFLICTING = (
    "SLURM_NTASKS_PER_NODE",
    "SLURM_TRES_PER_TASK",
    "SLURM_MEM_PER_CPU",
    "SLURM_MEM_PER_NODE",
    "SLURM_MEM_PER_GPU",
)
"""What sbatch leaves in the environment and srun would take as options beside ours."""


def worker_command(node: str, cpus: int, scheduler: str, name: str, interface: str = "") -> list[str]:
    """Return the command that starts one worker as a step of its own.

    ``--exact`` leaves the node's other processors to other steps, ``--mem=0`` lets the steps share the job's memory,
    ``--export=ALL`` holds even where the site's default is NONE.
    """
    step = ["srun", "-N", "1", "-n", "1", "-c", str(cpus), "-w", node, "--exact", "--mem=0"]
    step += ["--export=ALL", "--input=none", "--unbuffered", f"--job-name={name}"]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", scheduler, "--nthreads", "1", "--nworkers", "1"]
    worker += ["--nanny", "--no-dashboard", "--memory-limit", "0", "--name", name]
    worker += ["--death-timeout", str(LONELY_WORKER_LIMIT_S)]
    return [*step, *worker, *(["--interface", interface] if interface else [])]


class SlurmStep:
    """One worker's ``srun``; it can be started again.

    Parameters
    ----------
    command : list of str
    node : str
    log : path
        What srun and the worker print is appended to it.
    """

    def __init__(self, command: Sequence[str], node: str, log: Path) -> None:
        self.node = node
        self.log = log
        self._command = command
        self.n_starts = 0
        self.start()

    def start(self) -> None:
        """Start it, in a session of its own: Ctrl-C is for the driver alone."""
        environment = {k: v for k, v in os.environ.items() if k not in CONFLICTING}
        self.n_starts += 1
        self.ended_at: float | None = None
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**environment, **worker_environment()},
                start_new_session=True,
            )

    def has_ended(self) -> bool:
        """Return whether srun has ended, with whatever code: it says 0 even when its node was lost."""
        return self._process.poll() is not None

    def tail(self) -> str:
        """Return the end of its log on one line."""
        return " ".join(self.log.read_text(encoding="utf-8", errors="replace").split())[-600:]

    def terminate(self) -> None:
        """Ask srun to end its step."""
        if not self.has_ended():
            self._process.terminate()

    def wait(self, limit_s: float) -> None:
        """Wait until srun has ended, and kill it after the limit (in s)."""
        try:
            self._process.wait(max(limit_s, 0.0))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Steps:
    """All workers of a job. A lost one is started again while its node lives.

    Parameters
    ----------
    commands : mapping of str to (str, list of str)
        For each worker's name its node and its command.
    folder : path
        Where their logs are; made if need be.

    Raises
    ------
    ExecutionError
        When srun cannot be started, or the folder cannot be made.
    """

    def __init__(self, commands: Mapping[str, tuple[str, Sequence[str]]], folder: Path) -> None:
        self.folder = folder
        self._ending = threading.Event()
        self._steps: list[SlurmStep] = []
        self._watcher = threading.Thread(target=self._watch, name="slurm-steps", daemon=True)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, (node, command) in commands.items():
                self._steps.append(SlurmStep(command, node, folder / f"{name}.log"))
        except OSError as error:
            self.end()
            raise ExecutionError(
                f"workers cannot be started by srun, with logs in {folder}: {error}. Check both, and that Slurm works: "
                "srun hostname."
            ) from error

    def check(self) -> None:
        """Raise an ExecutionError with the end of the log when a worker's srun has ended."""
        for step in self._steps:
            if step.has_ended():
                raise ExecutionError(
                    f"the worker on node {step.node} ended before it said hello; its log {step.log} ends with: "
                    f"{step.tail() or '(nothing)'}"
                )

    def watch(self) -> None:
        """Start lost workers again from now on, in a thread."""
        self._watcher.start()

    def _watch(self) -> None:
        while not self._ending.wait(WATCH_S):
            for step in self._steps:
                if step.has_ended():
                    self._restart(step)

    def _restart(self, step: SlurmStep) -> None:
        """Start a worker again, after a pause: Slurm needs a moment to see that a node is lost."""
        now = time.monotonic()
        step.ended_at = step.ended_at or now
        if now < step.ended_at + RESTART_PAUSE_S * step.n_starts or step.n_starts > N_RESTARTS:
            return
        step.ended_at = now
        if not node_is_down(step.node) and not self._ending.is_set():
            step.start()

    def end(self) -> None:
        """End all of them, by force after some seconds."""
        self._ending.set()
        if self._watcher.is_alive():
            self._watcher.join()
        for step in self._steps:
            step.terminate()
        deadline = time.monotonic() + END_LIMIT_S
        for step in self._steps:
            step.wait(deadline - time.monotonic())
