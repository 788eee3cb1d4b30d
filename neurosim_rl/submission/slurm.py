"""The command sbatch."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

from neurosim_rl.errors import SubmissionError


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
