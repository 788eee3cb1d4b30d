"""Running ``faulty.py`` as a user does, and what it leaves behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import psutil

from tests.l2l_experiments.faulty import Setup

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("faulty.py")
PENALTY = 1e6  # for a minimizing weight


class Script:
    """``faulty.py``, running in a folder of its own."""

    def __init__(self, folder: Path, setup: Setup) -> None:
        folder.mkdir()
        self.folder = folder
        self.started = time.monotonic()
        self._out = folder / "stdout"
        self._err = folder / "stderr"
        with self._out.open("w") as out, self._err.open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, str(SCRIPT), str(folder), json.dumps(asdict(setup))],
                stdout=out,
                stderr=err,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )

    def wait(self, limit_s: float = 90.0) -> int:
        """Return the exit code."""
        try:
            return self.process.wait(limit_s)
        finally:
            self.process.kill()

    @property
    def output(self) -> str:
        """The last line on stdout."""
        return self._out.read_text().splitlines()[-1]

    @property
    def fitness(self) -> dict[tuple[int, int], float]:
        """What came out, by generation and index."""
        return {(g, k): value for g, k, _, value in json.loads(self.output)}

    @property
    def errors(self) -> str:
        """What it said on stderr."""
        return self._err.read_text()

    def evaluated(self, generation: int, index: int) -> Callable[[], bool]:
        """Return whether an individual is, or was, evaluated."""
        path = self.folder / f"pid-{generation}-{index}"
        return lambda: path.exists() and bool(path.read_text())

    def worker_of(self, generation: int, index: int) -> int:
        """Return the process that evaluates, or evaluated, an individual."""
        return int((self.folder / f"pid-{generation}-{index}").read_text())

    def processes(self) -> list[psutil.Process]:
        """Return the processes with its folder on their command line: the script, and L2L's workers."""
        return self.processes_of(self.folder)

    @staticmethod
    def processes_of(folder: Path) -> list[psutil.Process]:
        """Return the living processes with a folder on their command line."""
        found = []
        for process in psutil.process_iter():
            try:
                words = process.cmdline()
                alive = process.status() != psutil.STATUS_ZOMBIE
            except psutil.Error:
                continue
            if alive and any(str(folder) in word for word in words):
                found.append(process)
        return found

    @staticmethod
    def alive(pid: int) -> bool:
        """Return whether a process runs."""
        return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE

    def fault_file(self, generation: int, index: int) -> str:
        """Return the text that tells why an individual failed."""
        return (self.folder / "L2L" / "faults" / f"generation-{generation}-individual-{index}.txt").read_text()


def wait_until(condition: Callable[[], bool], limit_s: float, what: str) -> None:
    """Wait for a condition, and fail when it does not come."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {limit_s:g} s"
        time.sleep(0.1)
