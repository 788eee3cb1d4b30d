"""Talking to sbatch."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

from neurosim_rl.errors import SubmissionError


def require_sbatch() -> None:
    """Raise unless sbatch is there.

    Raises
    ------
    SubmissionError
        Says where to run instead.
    """
    if shutil.which("sbatch") is None:
        raise SubmissionError(
            "sbatch is not found, so there is no Slurm to submit to. Run this on a login node of the cluster; "
            "--dry-run prints the script anywhere, and neurosim-rl evolve runs here."
        )


def sbatch(script: Path, *options: str) -> str:
    """Submit a script; return the job's number.

    Raises
    ------
    SubmissionError
        With what sbatch said, and how to submit again: nothing of the folder is lost.
    """
    command = ["sbatch", "--parsable", *options, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        said = " ".join(done.stderr.split())
        raise SubmissionError(
            f"sbatch refused {script}: {said} The folder is kept; mend the script and submit it with: "
            f"{shlex.join(command)}"
        )
    return done.stdout.strip().partition(";")[0]  # with several clusters: number;cluster
