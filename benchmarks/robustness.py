"""What kills and damage cost a run: nothing but the generation under way."""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from neurosim_rl.errors import NeurosimError
from neurosim_rl.execution import SerialExecutor
from neurosim_rl.optimizees import Configuration
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end

N_KILLS = 50
TARGETS = ("main process", "worker", "both")
LONG = {"generations": 25, "validation_episodes": 10, "optimizer": {"population": 24}}
SHORT = {
    "generations": 3,
    "episodes": 1,
    "validation_episodes": 1,
    "environment": {"kwargs": {"max_episode_steps": 30}},
    "optimizer": {"population": 4},
}


def facts(folder: RunFolder) -> tuple[list[bytes], str]:
    """Return all that must not depend on interruptions: every evaluation, every validation, the champion."""
    history = folder.history()
    assert history is not None
    names = ("genomes", "fitness", "returns", "lengths", "terminated", "validation_return")
    return [getattr(history, name).tobytes() for name in names], read_champion(folder.path).sha256


# --- kills ---


def kills() -> dict[str, Any]:
    """Kill -9 runs of mountain-car at random instants, resume each to its end, compare with an uninterrupted one."""
    rng = random.Random(1)
    config = check(configure("mountain-car", LONG))
    with tempfile.TemporaryDirectory() as root:
        start = time.perf_counter()
        whole = RunFolder.create(Path(root) / "whole", config)
        _started(whole, 2).wait()
        duration_s = time.perf_counter() - start
        expected = facts(whole)
        found = []
        for number in range(N_KILLS):
            folder = RunFolder.create(Path(root) / str(number), config)
            outcome = _kill(folder, TARGETS[number % len(TARGETS)], rng.uniform(1.0, duration_s), rng.choice((1, 2)))
            found.append({**outcome, "identical": facts(folder) == expected})
            shutil.rmtree(folder.path)
    return {
        "about": f"mountain-car, {config.generations} generations, {N_KILLS} instants between 1 and {duration_s:.0f} s",
        "rows": [_summary(target, [f for f in found if f["target"] == target]) for target in TARGETS],
        "summary": f"{sum(f['identical'] for f in found)} of {N_KILLS} end like the uninterrupted run, bit for bit",
    }


def _kill(folder: RunFolder, target: str, after_s: float, workers: int) -> dict[str, Any]:
    """Kill, look at what is left, and resume with some number of workers."""
    process = _started(folder, 2)
    time.sleep(after_s)
    pool = _workers(process.pid)
    victims = ([] if target == "worker" else [process.pid]) + ([] if target == "main process" else pool[:1])
    for pid in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if target == "worker":
        process.wait(timeout=600)
    process.wait()
    history = folder.history()
    on_disk = 0 if history is None else history.n_generations
    told = _told(folder)
    left_behind = _still_alive(pool, within_s=5.0)
    if process.returncode:
        _started(folder, workers).wait()
    return {
        "target": target,
        "interrupted": process.returncode != 0,
        "generations": on_disk,
        "lost": max(0, told - on_disk),
        "left_behind": left_behind,
    }


def _summary(target: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "killed": target,
        "runs": len(found),
        "interrupted": sum(f["interrupted"] for f in found),
        "generations_done": f"{min(f['generations'] for f in found)}-{max(f['generations'] for f in found)}",
        "completed_generations_lost": sum(f["lost"] for f in found),
        "processes_left_behind": sum(f["left_behind"] for f in found),
        "identical_in_the_end": sum(f["identical"] for f in found),
    }


def _started(folder: RunFolder, workers: int) -> subprocess.Popen:
    command = [sys.executable, "-m", "neurosim_rl.cli", "resume", str(folder.path), "--no-figures"]
    with open(folder.path / "progress", "ab") as progress:
        return subprocess.Popen([*command, "--workers", str(workers)], stdout=subprocess.DEVNULL, stderr=progress)


def _told(folder: RunFolder) -> int:
    """Return the last number of generations that the progress bar showed."""
    shown = re.findall(rb"\| (\d+)/\d+ \[", (folder.path / "progress").read_bytes())
    return int(shown[-1]) if shown else 0


def _workers(pid: int) -> list[int]:
    with contextlib.suppress(psutil.NoSuchProcess):
        children = psutil.Process(pid).children(recursive=True)
        return [child.pid for child in children if "popen_loky" in " ".join(child.cmdline())]
    return []


def _still_alive(pids: list[int], within_s: float) -> int:
    _, alive = psutil.wait_procs([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], timeout=within_s)
    return sum(process.status() != psutil.STATUS_ZOMBIE for process in alive)


# --- truncations ---


def truncations() -> dict[str, Any]:
    """Cut each file of a small interrupted run at every length, and resume."""
    config = check(configure("cart-pole", SHORT))
    with tempfile.TemporaryDirectory() as root:
        whole = _evolved(Path(root) / "whole", config)
        expected = facts(whole)
        rows = [
            _cut(whole, Path(root) / "cut", "config.toml", expected),
            _cut(whole, Path(root) / "cut", "run.h5", expected),
            _cut(whole, Path(root) / "cut", "generations/000001.h5", expected),
            _cut(whole, Path(root) / "cut", "champion.h5", expected, 20),
            _cut(whole, Path(root) / "cut", "events.log", expected, 20),
            _cut(whole, Path(root) / "cut", "lock", expected, 20),
        ]
    return {
        "about": "cart-pole, resumed after 2 of 3 generations with one file cut short",
        "rows": rows,
        "summary": f"{sum(row['wrong_results'] + row['tracebacks'] for row in rows)} wrong results or tracebacks "
        f"in {sum(row['lengths'] for row in rows)} resumes",
    }


def _evolved(path: Path, config: Configuration) -> RunFolder:
    folder = RunFolder.create(path, config)
    run_to_end(config, folder, executor=SerialExecutor())
    return folder


def _interrupted(whole: RunFolder, path: Path) -> RunFolder:
    """Return a run that stopped after two generations, the first of them in run.h5, beside an old champion."""
    shutil.rmtree(path, ignore_errors=True)
    history = whole.history()
    assert history is not None
    folder = RunFolder.create(path, whole.config())
    folder.add_generation(history.of(0))
    folder.consolidate()
    folder.add_generation(history.of(1))
    for name in ("champion.h5", "lock"):
        shutil.copy(whole.path / name, folder.path / name)
    return folder


def _cut(
    whole: RunFolder, path: Path, name: str, expected: tuple[list[bytes], str], n_lengths: int | None = None
) -> dict[str, Any]:
    """Resume with a file of all lengths shorter than its own, or of some."""
    content = (_interrupted(whole, path).path / name).read_bytes()
    step = 1 if n_lengths is None else max(1, len(content) // n_lengths)
    outcomes = [_resume(whole, path, name, content[:length], expected) for length in range(0, len(content), step)]
    return {
        "file": name,
        "bytes": len(content),
        "lengths": len(outcomes),
        "clear_errors": outcomes.count("clear error"),
        "correct_resumes": outcomes.count("correct resume"),
        "wrong_results": outcomes.count("wrong result"),
        "tracebacks": outcomes.count("traceback"),
    }


def _resume(whole: RunFolder, path: Path, name: str, content: bytes, expected: tuple[list[bytes], str]) -> str:
    folder = RunFolder(path)
    if folder.champion_path.exists() and not (path / "generations" / "000001.h5").exists():
        folder = _interrupted(whole, path)  # the last one came to its end
    (path / name).write_bytes(content)
    return _outcome(lambda: run_to_end(folder.config(), folder, executor=SerialExecutor()), folder, expected)


def _outcome(resume: Callable[[], Any], folder: RunFolder, expected: tuple[list[bytes], str]) -> str:
    try:
        resume()
    except NeurosimError:
        return "clear error"
    except Exception:
        return "traceback"
    return "correct resume" if facts(folder) == expected else "wrong result"
