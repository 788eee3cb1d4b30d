"""Running ``faulty.py`` as a user does, and what it leaves behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import psutil

from tests.l2l_experiments.faulty import Setup
from tests.leftovers import end

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("faulty.py")
END_WITH_US = "setpriv --pdeathsig KILL " if shutil.which("setpriv") else ""
"""L2L's own runner leaves its workers behind, for ever where nobody ends them."""
PENALTY = 1e6  # for a minimizing weight


class Script:
    """``faulty.py``, running in a folder of its own."""

    def __init__(self, folder: Path, setup: Setup) -> None:
        folder.mkdir()
        self.folder = folder
        self._out = folder / "stdout"
        self._err = folder / "stderr"
        with self._out.open("w") as out, self._err.open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, str(SCRIPT), str(folder), json.dumps(asdict(setup))],
                stdout=out,
                stderr=err,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )

    def wait(self) -> int:
        """Return the exit code."""
        return self.process.wait()

    @property
    def ended(self) -> bool:
        """Whether the script has ended, by itself or by a signal."""
        return self.process.poll() is not None

    def end(self) -> None:
        """End the script and its workers, whatever they do."""
        self.process.kill()
        end(self.processes())
        self.process.wait()

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
        return processes_of(self.folder)

    @staticmethod
    def alive(pid: int) -> bool:
        """Return whether a process runs."""
        return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


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


@contextmanager
def started(folder: Path, setup: Setup) -> Iterator[Script]:
    """Run a script in the ``with`` block; afterwards it has ended, with its workers."""
    script = Script(folder, setup)
    try:
        yield script
    finally:
        script.end()
