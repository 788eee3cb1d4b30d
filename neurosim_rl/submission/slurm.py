"""The command sbatch."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

from neurosim_rl.errors import ExecutionError, SubmissionError
from neurosim_rl.execution.slurm_allocation import slurm_command

USUAL_ARRAY = 100_001
"""Most elements of an array where no Slurm can be asked. Its default is 1001; large sites have more."""


def require_sbatch() -> None:
    """Raise an error unless sbatch is on PATH.

    Raises
    ------
    SubmissionError
        Names the alternatives.
    """
    if shutil.which("sbatch") is None:
        raise SubmissionError(
            "sbatch is not found: this machine has no Slurm. Run this command on a login node of the cluster. "
            "--dry-run prints the script on any machine, and neurosim-rl evolve trains on this one."
        )


def largest_array() -> int:
    """Return the largest number of elements of an array, as this cluster's Slurm says (MaxArraySize)."""
    try:
        said = slurm_command("scontrol", "show", "config")
    except ExecutionError:  # no Slurm here: a dry run
        return USUAL_ARRAY
    found = re.search(r"^MaxArraySize\s*=\s*([0-9]+)", said, re.MULTILINE)
    return int(found[1]) if found else USUAL_ARRAY


def sbatch(script: Path, *options: str) -> str:
    """Submit a script; return the job's number.

    Raises
    ------
    SubmissionError
        When sbatch refuses; the message has its reason and the command to submit again. The folder is kept.
    """
    command = ["sbatch", "--parsable", *options, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        said = " ".join(done.stderr.split())
        raise SubmissionError(
            f"sbatch refused {script}: {said} The folder is kept. Correct the script and submit it: "
            f"{shlex.join(command)}"
        )
    return done.stdout.strip().partition(";")[0]  # with several clusters: number;cluster
