"""Where runs stand, seen from another terminal."""

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
from neurosim_rl.runs.folder import RunFolder

RECENT = 20
"""Generations whose mean duration foretells the time that is left."""


def status_json(path: Path | str) -> dict[str, Any]:
    """Return where one run stands.

    ``state`` is "running", "queued" (at Slurm), "stopped" (it can be resumed) or "finished".

    Raises
    ------
    RunFolderError
        When the folder is missing, none, or damaged.
    """
    folder = RunFolder.open(path)
    config, history, holder = folder.config(), folder.history(), folder.holder()
    done = 0 if history is None else history.n_generations
    job = job_of(folder)
    finished = folder.champion_path.exists() and done == config.generations
    state = "running" if holder else "finished" if finished else "queued" if job else "stopped"
    return {
        "run": str(path),
        "task": config.task,
        "seed": config.seed,
        "state": state,
        "generations": done,
        "generations_wanted": config.generations,
        "evaluations": 0 if history is None else history.n_evaluations,
        "failed": 0 if history is None else int(np.count_nonzero(history.failure != "")),
        "best_fitness": None if history is None else float(history.best_fitness.max()),
        **_times(history, config.generations - done),
        "seconds_since_checkpoint": _age_s(folder),
        "holder": None if holder is None else asdict(holder),
        "job": job,
        "last_event": last_event(folder),
    }


def _times(history: History | None, left: int) -> dict[str, Any]:
    if history is None:
        return {"seconds_per_generation": None, "seconds_left": None}
    mean = float(history.seconds[-RECENT:].mean())
    return {"seconds_per_generation": mean, "seconds_left": mean * left}


def _age_s(folder: RunFolder) -> float | None:
    """Return how long ago a generation was written."""
    files = [*folder.segments_path.glob("*.h5"), folder.history_path]
    times = [path.stat().st_mtime for path in files if path.exists()]
    return time.time() - max(times) if times else None


def last_event(folder: RunFolder) -> str | None:
    """Return the last line of ``events.log``; None: there is none."""
    lines = _events(folder)
    return lines[-1] if lines else None


def _events(folder: RunFolder) -> list[str]:
    try:
        return folder.log_path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def job_of(folder: RunFolder) -> str | None:
    """Return the job to which the run was submitted last, with Slurm's word on it; None: it is gone."""
    numbers = [match[1] for line in _events(folder) if (match := re.search(r"submitted as job (\S+)", line))]
    if not numbers or shutil.which("squeue") is None:
        return None
    command = ["squeue", "--noheader", "--jobs", numbers[-1], "--format", "%T (%r)"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20).stdout.split("\n")[0]
    except (OSError, subprocess.TimeoutExpired):
        return None
    return f"{numbers[-1]} {answer}" if answer else None


def statuses(path: Path | str) -> list[dict[str, Any]]:
    """Return where a run, or each run of a folder of runs, stands; damaged runs have the state "damaged"."""
    root = Path(path)
    if (root / "config.toml").exists() or not root.is_dir():
        return [status_json(root)]
    runs = sorted(found.parent for found in root.glob("*/config.toml"))
    if not runs:
        raise RunFolderError(f"{root} is neither a run folder nor a folder of runs: there is no config.toml.")
    return [_status_or_damage(run) for run in runs]


def _status_or_damage(run: Path) -> dict[str, Any]:
    try:
        return status_json(run)
    except NeurosimError as error:
        return {"run": str(run), "state": "damaged", "last_event": str(error)}


def status_text(statuses: list[dict[str, Any]]) -> str:
    """Return one run on a few lines, or many runs as one line each."""
    if len(statuses) == 1 and statuses[0]["state"] != "damaged":
        return _one(statuses[0])
    width = max(len(s["run"]) for s in statuses)
    return "\n".join(f"{s['run']:{width}}  {s['state']:9}  {_progress(s)}" for s in statuses)


def _progress(status: dict[str, Any]) -> str:
    if status["state"] == "damaged":
        return str(status["last_event"])
    best = "" if status["best_fitness"] is None else f", best fitness {status['best_fitness']:.4g}"
    failed = f", {status['failed']} individuals failed" if status["failed"] else ""
    return f"{status['generations']} of {status['generations_wanted']} generations{best}{failed}"


def _one(status: dict[str, Any]) -> str:
    lines = [f"{status['task']}, seed {status['seed']}: {status['state']}", _progress(status)]
    if status["seconds_since_checkpoint"] is not None:
        lines.append(
            f"last generation written {_duration(status['seconds_since_checkpoint'])} ago, "
            f"{_duration(status['seconds_per_generation'])} a generation"
        )
    if status["state"] == "running" and status["seconds_left"] is not None:
        lines.append(f"about {_duration(status['seconds_left'])} left")
    return "\n".join([*lines, *closing_lines(status, f"neurosim-rl resume {status['run']}")])


def closing_lines(status: dict[str, Any], command: str) -> list[str]:
    """Return the lines on who works on it, and the command that goes on."""
    lines = []
    if status["holder"] is not None:
        lines.append("by process {pid} on {host}, since {since}".format(**status["holder"]))
    if status["job"] is not None:
        lines.append(f"Slurm job {status['job']}")
    if status["state"] == "stopped":
        lines.append(f"go on with: {command}")
    if status["last_event"] is not None:
        lines.append(f"last event: {status['last_event']}")
    return lines


def _duration(seconds: float) -> str:
    """Return a time with the unit that fits.

    Examples
    --------
    >>> _duration(0.25), _duration(75), _duration(7260)
    ('0.25 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
