"""The Slurm allocation that this process stands in: its nodes, and how many workers each takes."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from neurosim_rl.errors import ExecutionError

COMMAND_LIMIT_S = 30.0
"""Longest that one of Slurm's commands may take."""


@dataclass(frozen=True)
class Allocation:
    """What Slurm granted.

    Parameters
    ----------
    job : str
        Number of the job.
    slots : dict of str to int
        For each node, how many workers fit.
    cpus : int
        Processors of each worker.
    """

    job: str
    slots: dict[str, int]
    cpus: int

    @classmethod
    def current(cls, environment: Mapping[str, str] = os.environ) -> Allocation:
        """Return the allocation that the environment describes.

        With ``--ntasks`` or ``--ntasks-per-node`` a worker fits for each task, else one for each processor (or each
        ``--cpus-per-task`` of them).

        Raises
        ------
        ExecutionError
            Outside an allocation.
        """
        if "SLURM_JOB_ID" not in environment or "SLURM_JOB_NODELIST" not in environment:
            raise ExecutionError(
                "execution 'slurm' starts its workers inside a Slurm allocation, but SLURM_JOB_ID is not set here. "
                "Use neurosim-rl submit, or call this inside salloc or an sbatch script."
            )
        cpus = int(environment.get("SLURM_CPUS_PER_TASK", "1"))
        by_task = "SLURM_NTASKS" in environment and "SLURM_TASKS_PER_NODE" in environment
        counts = expand_counts(environment["SLURM_TASKS_PER_NODE" if by_task else "SLURM_JOB_CPUS_PER_NODE"])
        counts = counts if by_task else [count // cpus for count in counts]
        nodes = slurm_command("scontrol", "show", "hostnames", environment["SLURM_JOB_NODELIST"]).split()
        return cls(environment["SLURM_JOB_ID"], dict(zip(nodes, counts, strict=True)), cpus)

    def placed(self, workers: int) -> list[str]:
        """Return the node of each worker, spread over the nodes; 0: as many as fit.

        Raises
        ------
        ExecutionError
            When so many do not fit.
        """
        rounds = range(max(self.slots.values(), default=0))
        nodes = [node for k in rounds for node, count in self.slots.items() if k < count]
        if not nodes or workers > len(nodes):
            raise ExecutionError(
                f"workers = {workers}: this allocation has room for {len(nodes)} with {self.cpus} processors each "
                f"({self.slots}). Ask for more (sbatch --ntasks), or set workers = 0 for as many as fit."
            )
        return nodes[: workers or None]


def expand_counts(text: str) -> list[int]:
    """Return the counts for each node that Slurm abbreviates.

    Examples
    --------
    >>> expand_counts("4(x2),1")
    [4, 4, 1]
    """
    found = (re.fullmatch(r"(\d+)(?:\(x(\d+)\))?", part) for part in text.split(","))
    return [int(match[1]) for match in found if match for _ in range(int(match[2] or 1))]


def node_is_down(node: str) -> bool:
    """Return whether Slurm counts a node as lost; False when it does not tell."""
    try:
        return slurm_command("sinfo", "-h", "-n", node, "-o", "%T").startswith(("down", "fail"))
    except ExecutionError:
        return False


def slurm_command(*command: str) -> str:
    """Return what one of Slurm's commands prints.

    Raises
    ------
    ExecutionError
        When it fails, is missing, or does not end.
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
