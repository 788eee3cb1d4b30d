"""Run folders for the dashboard: many small ones, damaged ones, and some that a living process writes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from neurosim_rl.records.history import History
from neurosim_rl.runs import RunFolder
from neurosim_rl.training.configure import configure
from tests.histories import generation
from tests.structure import ROOT


def rising(number: int, step: float = 1.0) -> History:
    """Return a generation with the best fitness ``number * step``."""
    best = np.array([number * step])
    made = generation(number)
    fitness = best - np.arange(3.0)
    return replace(made, fitness=fitness, best_fitness=best, mean_fitness=best - 1, best_individual=np.array([0]))


def make_runs(root: Path, n: int, n_generations: int = 2, **settings: Any) -> list[Path]:
    """Make stopped runs ``run-000``, ... of cart-pole with different seeds and populations."""
    config = configure("cart-pole", settings)
    paths = []
    for number in range(n):
        population = (16, 32, 64)[number % 3]
        optimizer = config.optimizer.replace(population=population)
        folder = RunFolder.create(root / f"run-{number:03d}", replace(config, seed=number, optimizer=optimizer))
        for k in range(n_generations):
            folder.add_generation(rising(k, step=1 + number))
        folder.consolidate()
        paths.append(folder.path)
    return paths


def cut_configuration(run: Path) -> None:
    path = run / "config.toml"
    path.write_bytes(path.read_bytes()[:300])


def cut_history(run: Path) -> None:
    path = run / "run.h5"
    path.write_bytes(path.read_bytes()[:-100])


def spoil_champion(run: Path) -> None:
    (run / "champion.h5").write_bytes(b"no HDF5")


def lose_configuration(run: Path) -> None:
    (run / "config.toml").unlink()


def link_out(run: Path) -> None:
    (run / "run.h5").unlink()
    (run / "run.h5").symlink_to("/etc/hostname")


DAMAGES: dict[str, Callable[[Path], None]] = {
    "was cut or changed": cut_configuration,
    "run.h5 is damaged or was cut short": cut_history,
    "champion.h5 is damaged": spoil_champion,
    "has no config.toml": lose_configuration,
    "is a link out of the run folder": link_out,
}
"""Ways to damage a run, by a part of the line that tells the damage."""


def snapshot(root: Path) -> dict[str, Any]:
    """Return times, modes, sizes, numbers and digests of all files and folders."""
    found: dict[str, Any] = {}
    for folder, _, names in os.walk(root):
        for path in [Path(folder), *(Path(folder) / name for name in names)]:
            status = path.lstat()
            is_file = path.is_file() and not path.is_symlink()
            digest = hashlib.sha256(path.read_bytes()).hexdigest() if is_file else ""
            found[str(path)] = status.st_mtime_ns, status.st_ctime_ns, status.st_mode, status.st_ino, digest
    return found


WRITE = """
import sys
from contextlib import ExitStack
from pathlib import Path
from neurosim_rl.runs import RunFolder
from tests.dashboard.folders import rising
with ExitStack() as locks:
    runs = [RunFolder(path) for path in sys.argv[1:]]
    for run in runs:
        locks.enter_context(run.locked())
    print("begun", flush=True)
    for line in sys.stdin:
        for run in runs:
            run.add_generation(rising(int(line), step=10.0))
        print("written", flush=True)
"""


class Writer:
    """A process that works on some runs, and writes a generation of each when it is told to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._await("begun")

    def write(self, number: int) -> None:
        """Write a generation of each run; return when it is on the disk."""
        _pipe(self.process.stdin).write(f"{number}\n")
        _pipe(self.process.stdin).flush()
        self._await("written")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _await(self, word: str) -> None:
        assert _pipe(self.process.stdout).readline().strip() == word


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


@contextmanager
def writing(runs: list[Path]) -> Iterator[Writer]:
    """Give a process that works on runs, in the ``with`` block."""
    command = [sys.executable, "-c", WRITE, *map(str, runs)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    ) as process:
        try:
            yield Writer(process)
        finally:
            process.kill()
