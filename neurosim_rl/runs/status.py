"""Status of runs: state, progress and remaining time, read from their folders."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from neurosim_rl.errors import NeurosimError, RunFolderError
from neurosim_rl.records.history import History
from neurosim_rl.runs.champion import is_measured
from neurosim_rl.runs.ending import Done, ending
from neurosim_rl.runs.folder import RunFolder
from neurosim_rl.settings.command_line import command_line
from neurosim_rl.settings.regular_file import read_end

LOG_END = 2**20
"""End of ``events.log`` that is read, in bytes."""
RECENT = 20
"""Last generations from which the remaining time is estimated, by their mean duration."""


def status_json(path: Path | str) -> dict[str, Any]:
    """Return the status of one run.

    ``state`` is "running", "queued" (at Slurm), "stopped" (it can be resumed) or "finished".

    Raises
    ------
    RunFolderError
        When the folder is missing, not a run folder, or damaged.
    """
    folder = RunFolder.open(path)
    config, history, holder = folder.config(), folder.history(), folder.holder()
    progress = _progress_of(history)
    done = progress["generations"]
    job = job_of(folder)
    is_finished = bool(ending(config, Done.of(history))) and is_measured(folder.champion_path)
    return {
        "run": str(path),
        "task": config.task,
        "seed": config.seed,
        "state": state_name(is_held=holder is not None, is_finished=is_finished, is_queued=job is not None),
        "generations": done,
        "generations_wanted": config.generations,
        "evaluations": progress["evaluations"],
        "failed": progress["failed"],
        "best_fitness": progress["best_fitness"],
        **_times(history, config.generations - done),
        "seconds_since_checkpoint": _age_s(folder),
        "holder": None if holder is None else asdict(holder),
        "job": job,
        "last_event": last_event(folder),
    }


def state_name(*, is_held: bool, is_finished: bool, is_queued: bool) -> str:
    """Return the state of a run.

    Parameters
    ----------
    is_held : bool
        Whether a process works on it.
    is_finished : bool
        Whether no generation follows, and its champion is measured.
    is_queued : bool
        Whether Slurm knows its job.
    """
    # The lock decides first: a run that is being resumed may have a champion, and a job that has begun is not queued.
    if is_held:
        return "running"
    if is_finished:
        return "finished"
    return "queued" if is_queued else "stopped"


def _progress_of(history: History | None) -> dict[str, Any]:
    if history is None:
        return {"generations": 0, "evaluations": 0, "failed": 0, "best_fitness": None}
    return {
        "generations": history.n_generations,
        "evaluations": history.n_evaluations,
        "failed": int(np.count_nonzero(history.failure != "")),
        "best_fitness": float(history.best_fitness.max()),
    }


def _times(history: History | None, left: int) -> dict[str, Any]:
    if history is None:
        return {"seconds_per_generation": None, "seconds_left": None}
    mean = float(history.seconds[-RECENT:].mean())
    return {"seconds_per_generation": mean, "seconds_left": mean * left}


def _age_s(folder: RunFolder) -> float | None:
    """Return the time since the last generation was written, in s; None: no generation is written."""
    files = [*folder.segments_path.glob("*.h5"), folder.history_path]
    times = [path.stat().st_mtime for path in files if path.exists()]
    if not times:
        return None
    return time.time() - max(times)


def last_event(folder: RunFolder) -> str | None:
    """Return the last line of ``events.log``; None: the file is missing or empty."""
    lines = _events(folder)
    return lines[-1] if lines else None


def _events(folder: RunFolder) -> list[str]:
    try:
        return read_end(folder.log_path, LOG_END).splitlines()
    except OSError:
        return []


def job_of(folder: RunFolder) -> str | None:
    """Return number and state of the Slurm job to which the run was submitted last; None: Slurm does not know it."""
    # The log is the only record of a job before it begins: the run has no holder yet.
    numbers = re.findall(r"submitted as job (\S+)", "\n".join(_events(folder)))
    if not numbers or shutil.which("squeue") is None:
        return None
    command = ["squeue", "--noheader", "--jobs", numbers[-1], "--format", "%T (%r)"]
    try:
        # squeue may fail or hang when its controller is down; the rest of the status is known without it.
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20).stdout.split("\n")[0]
    except (OSError, subprocess.TimeoutExpired):
        return None
    return f"{numbers[-1]} {answer}" if answer else None


def statuses(path: Path | str) -> list[dict[str, Any]]:
    """Return the status of a run, or of each run of a folder of runs; a damaged run has the state "damaged"."""
    root = Path(path)
    if (root / "config.toml").exists() or not root.is_dir():
        return [status_json(root)]
    configurations = sorted(root.glob("*/config.toml"))
    if not configurations:
        raise RunFolderError(f"{root} is neither a run folder nor a folder of runs: there is no config.toml.")
    return [_status_or_damage(path.parent) for path in configurations]


def _status_or_damage(run: Path) -> dict[str, Any]:
    # One damaged run must not hide the others.
    try:
        return status_json(run)
    except NeurosimError as error:
        return {"run": str(run), "state": "damaged", "last_event": str(error)}


def status_text(statuses: list[dict[str, Any]]) -> str:
    """Return the text of some statuses: a few lines for one run, one line each for several."""
    if len(statuses) == 1 and statuses[0]["state"] != "damaged":
        return _one(statuses[0])
    width = max(len(status["run"]) for status in statuses)
    lines = [f"{status['run']:{width}}  {status['state']:9}  {_progress(status)}" for status in statuses]
    return "\n".join(lines)


def _progress(status: dict[str, Any]) -> str:
    if status["state"] == "damaged":
        return str(status["last_event"])
    best = "" if status["best_fitness"] is None else f", best fitness {status['best_fitness']:.6g}"
    failed = f", {status['failed']} individuals failed" if status["failed"] else ""
    return f"{status['generations']} of {status['generations_wanted']} generations{best}{failed}"


def _one(status: dict[str, Any]) -> str:
    lines = [f"{status['task']}, seed {status['seed']}: {status['state']}", _progress(status)]
    if status["seconds_since_checkpoint"] is not None:
        lines.append(
            f"last generation written {duration(status['seconds_since_checkpoint'])} ago, "
            f"{duration(status['seconds_per_generation'])} a generation"
        )
    if status["state"] == "running" and status["seconds_left"] is not None:
        lines.append(f"about {duration(status['seconds_left'])} left")
    return "\n".join([*lines, *closing_lines(status, command_line("resume", status["run"]))])


def closing_lines(status: dict[str, Any], command: str) -> list[str]:
    """Return the last lines of a status: holder, Slurm job, the command that resumes, and the last event."""
    lines = []
    if status["holder"] is not None:
        lines.append("by process {pid} on {host}, since {since}".format(**status["holder"]))
    if status["job"] is not None:
        lines.append(f"Slurm job {status['job']}")
    if status["state"] == "stopped":
        lines.append(f"continue with: {command}")
    if status["last_event"] is not None:
        lines.append(f"last event: {status['last_event']}")
    return lines


def duration(seconds: float) -> str:
    """Return a time with the unit that fits.

    Examples
    --------
    >>> duration(0.25), duration(75), duration(7260)
    ('0.25 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
