"""The Slurm allocation of this process: its nodes, and the number of workers on each."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from neurosim_rl.errors import ExecutionError

COMMAND_LIMIT_S = 30.0
"""Time limit of each of Slurm's commands, in s."""


@dataclass(frozen=True)
class Allocation:
    """Nodes and processors that Slurm granted to a job.

    Parameters
    ----------
    job : str
        The job's number.
    slots : dict of str to int
        Number of workers that fit on each node.
    cpus : int
        Processors of each worker.
    """

    job: str
    slots: dict[str, int]
    cpus: int

    @classmethod
    def current(cls, environment: Mapping[str, str] = os.environ) -> Allocation:
        """Return the allocation that Slurm's environment variables describe.

        A job with ``--ntasks`` or ``--ntasks-per-node`` has room for one worker for each task. Any other job has room
        for one worker for each processor, or for each ``--cpus-per-task`` processors.

        Raises
        ------
        ExecutionError
            Outside an allocation.
        """
        if "SLURM_JOB_ID" not in environment or "SLURM_JOB_NODELIST" not in environment:
            raise ExecutionError(
                "execution 'slurm' starts its workers inside a Slurm allocation, but SLURM_JOB_ID is not set here. "
                "Use neurosim-rl submit, or run this command inside salloc or an sbatch script."
            )
        cpus = int(environment.get("SLURM_CPUS_PER_TASK", "1"))
        by_task = "SLURM_NTASKS" in environment and "SLURM_TASKS_PER_NODE" in environment
        if by_task:
            counts = expand_counts(environment["SLURM_TASKS_PER_NODE"])
        else:
            n_processors = expand_counts(environment["SLURM_JOB_CPUS_PER_NODE"])
            counts = [n // cpus for n in n_processors]
        nodes = slurm_command("scontrol", "show", "hostnames", environment["SLURM_JOB_NODELIST"]).split()
        return cls(environment["SLURM_JOB_ID"], dict(zip(nodes, counts, strict=True)), cpus)

    def placed(self, workers: int) -> list[str]:
        """Return the node of each worker, spread over the nodes.

        Parameters
        ----------
        workers : int
            Number of workers; 0: as many as fit.

        Raises
        ------
        ExecutionError
            When the allocation has no room for so many.
        """
        nodes: list[str] = []
        for k in range(max(self.slots.values(), default=0)):  # one worker on each node, then a second, and so on
            nodes += [node for node, count in self.slots.items() if k < count]
        if not nodes or workers > len(nodes):
            raise ExecutionError(
                f"workers = {workers}: this allocation has room for {len(nodes)} with {self.cpus} processors each "
                f"({self.slots}). Ask for more (sbatch --ntasks), or set workers = 0 for as many as fit."
            )
        return nodes[: workers or None]


def expand_counts(text: str) -> list[int]:
    """Return the count of each node from Slurm's abbreviation.

    Examples
    --------
    >>> expand_counts("4(x2),1")
    [4, 4, 1]
    """
    counts: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"(\d+)(?:\(x(\d+)\))?", part)
        if match:
            n_nodes = int(match[2] or 1)
            counts += [int(match[1])] * n_nodes
    return counts


def node_is_down(node: str) -> bool:
    """Return whether Slurm reports a node as down or failed; False when Slurm does not answer."""
    try:
        return slurm_command("sinfo", "-h", "-n", node, "-o", "%T").startswith(("down", "fail"))
    except ExecutionError:
        return False


def slurm_command(*command: str) -> str:
    """Run one of Slurm's commands; return its standard output.

    Raises
    ------
    ExecutionError
        When the command fails, is missing, or exceeds `COMMAND_LIMIT_S`.
    """
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=COMMAND_LIMIT_S
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", "") or "").strip()
        raise ExecutionError(
            f"{' '.join(command)} failed ({type(error).__name__}: {error}) {said}. Check that Slurm works here: sinfo."
        ) from error
    return done.stdout.strip()
