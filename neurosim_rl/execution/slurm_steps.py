"""Workers as steps of a Slurm job: one ``srun`` for each, so that a lost node ends only its own workers."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from neurosim_rl.errors import ExecutionError
from neurosim_rl.execution.dask_settings import LONELY_WORKER_LIMIT_S, WORKER_CLASS
from neurosim_rl.execution.slurm_allocation import node_is_down

N_RESTARTS = 5
"""How often a lost step is started again. A worker process that dies inside its step is replaced by its nanny."""
WATCH_S = 0.5
"""Time between two looks at the steps, in s."""
RESTART_PAUSE_S = 2.0
"""Pause before the first restart, in s; each further restart waits as long again."""
END_LIMIT_S = 5.0
"""Time for all steps to end after SIGTERM, in s; then they are killed."""
CONFLICTING = (
    "SLURM_NTASKS_PER_NODE",
    "SLURM_TRES_PER_TASK",
    "SLURM_MEM_PER_CPU",
    "SLURM_MEM_PER_NODE",
    "SLURM_MEM_PER_GPU",
)
"""Variables that sbatch sets and srun reads as options; they contradict the options of `worker_command`."""


def worker_command(node: str, cpus: int, scheduler: str, name: str, interface: str = "") -> list[str]:
    """Return the command that starts one worker as a separate step.

    ``--exact`` leaves the node's other processors to other steps. ``--mem=0`` lets all steps share the job's memory;
    otherwise the first step takes all of it and the others wait. ``--export=ALL`` hands on the environment, also on
    sites with the default NONE.
    """
    step = ["srun", "-N", "1", "-n", "1", "-c", str(cpus), "-w", node, "--exact", "--mem=0"]
    step += ["--export=ALL", "--input=none", "--unbuffered", f"--job-name={name}"]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", scheduler, "--nthreads", "1", "--nworkers", "1"]
    worker += ["--nanny", "--worker-class", WORKER_CLASS, "--no-dashboard", "--memory-limit", "0", "--name", name]
    worker += ["--death-timeout", str(LONELY_WORKER_LIMIT_S)]
    if interface:
        worker += ["--interface", interface]
    return [*step, *worker]


class SlurmStep:
    """The ``srun`` process of one worker, which can be started again.

    Parameters
    ----------
    command : list of str
    node : str
    log : path
        File to which the output of srun and the worker is appended.
    variables : mapping of str to str
        Environment variables of the worker beside those of this process.
    """

    def __init__(self, command: Sequence[str], node: str, log: Path, variables: Mapping[str, str]) -> None:
        self.node = node
        self.log = log
        self._command = command
        self._variables = variables
        self.n_starts = 0
        self.start()

    def start(self) -> None:
        """Start the step."""
        environment = {**os.environ, **self._variables}
        for name in CONFLICTING:
            environment.pop(name, None)
        self.n_starts += 1
        self.ended_at: float | None = None
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                # Ctrl-C reaches the driver only, which ends the steps in order. srun would cancel its step at once.
                start_new_session=True,
            )

    def has_ended(self) -> bool:
        """Return whether srun has ended. Its exit code is ignored: it may be 0 although the node was lost."""
        return self._process.poll() is not None

    def tail(self) -> str:
        """Return the end of the log on one line."""
        return " ".join(self.log.read_text(encoding="utf-8", errors="replace").split())[-600:]

    def terminate(self) -> None:
        """Ask srun to end its step (SIGTERM)."""
        if not self.has_ended():
            self._process.terminate()

    def wait(self, limit_s: float) -> None:
        """Wait until srun has ended; kill it after the limit (in s)."""
        try:
            self._process.wait(max(limit_s, 0.0))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Steps:
    """All workers of a job. A lost worker is started again unless its node is lost too.

    Parameters
    ----------
    commands : mapping of str to (str, list of str)
        Node and command of each worker, by the worker's name.
    folder : path
        Folder for the workers' logs; created if missing.
    variables : mapping of str to str
        Environment variables of the workers, as of `worker_environment`.

    Raises
    ------
    ExecutionError
        When srun cannot be started, or the folder cannot be made.
    """

    def __init__(
        self, commands: Mapping[str, tuple[str, Sequence[str]]], folder: Path, variables: Mapping[str, str]
    ) -> None:
        self.folder = folder
        self._ending = threading.Event()
        self._steps: list[SlurmStep] = []
        self._watcher = threading.Thread(target=self._watch, name="slurm-steps", daemon=True)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, (node, command) in commands.items():
                self._steps.append(SlurmStep(command, node, folder / f"{name}.log", variables))
        except OSError as error:
            self.end()  # the steps that did start
            raise ExecutionError(
                f"srun cannot start the workers, with logs in {folder}: {error}. Check the folder, and that Slurm "
                "works: srun hostname."
            ) from error

    def check(self) -> None:
        """Raise an ExecutionError, with the end of the log, if a worker's srun has ended. For the time of the start."""
        for step in self._steps:
            if step.has_ended():
                raise ExecutionError(
                    f"the worker on node {step.node} ended before it joined; its log {step.log} ends with: "
                    f"{step.tail() or '(nothing)'}"
                )

    def watch(self) -> None:
        """From now on, start lost workers again, in a thread."""
        self._watcher.start()

    def _watch(self) -> None:
        while not self._ending.wait(WATCH_S):
            for step in self._steps:
                if step.has_ended():
                    self._restart(step)

    def _restart(self, step: SlurmStep) -> None:
        """Start a worker again, unless its node is lost; called again and again until then."""
        now = time.monotonic()
        step.ended_at = step.ended_at or now
        # Slurm needs a moment to notice that a node is lost: before that, a new step would only wait.
        if now < step.ended_at + RESTART_PAUSE_S * step.n_starts or step.n_starts > N_RESTARTS:
            return
        step.ended_at = now  # of a lost node: asked again after the next pause, for it may come back
        if not node_is_down(step.node) and not self._ending.is_set():
            step.start()

    def end(self) -> None:
        """End all steps: SIGTERM to all at once, and SIGKILL to those that exceed `END_LIMIT_S` together."""
        self._ending.set()
        if self._watcher.is_alive():
            self._watcher.join()  # else it could start a step that nobody ends
        for step in self._steps:
            step.terminate()
        deadline = time.monotonic() + END_LIMIT_S
        for step in self._steps:
            step.wait(deadline - time.monotonic())
