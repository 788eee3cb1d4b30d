"""A wrapper of a worker process of L2L's runner that reports deaths, age and log of the worker."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

RESTART = 255
"""Exit code of any dead worker, as L2L's runner sees it. L2L starts a worker again if its exit code is above 128."""


class WatchedWorker:
    """A worker process with the interface that L2L's runner uses.

    Parameters
    ----------
    process : subprocess.Popen
    output : file
        The worker's ``outputpipe``: a file with the worker's answers, which L2L's runner reads.
    log : path
        The worker's log file.
    start : int
        Size of the log before the worker was started, in bytes.
    """

    def __init__(self, process: Any, output: Any, log: Path, start: int) -> None:
        self._process = process
        self._output = output
        self._log = log
        self._read = start
        self._launched = time.monotonic()
        self.started = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._process, name)

    @property
    def age_s(self) -> float:
        """Time since the start of the process, in s."""
        return time.monotonic() - self._launched

    def poll(self) -> int | None:
        """Return None while the worker lives or has an unread answer, then `RESTART`.

        A worker ends by a fault only, and L2L's runner would take the exit code 0 for success.
        """
        unread = Path(self._output.name).stat().st_size > self._output.tell()
        if unread or self._process.poll() is None:
            return None
        return RESTART

    def new_text(self) -> str:
        """Return the part of the log that is new since the last call."""
        if not self._log.exists():
            return ""
        with self._log.open("rb") as log:
            log.seek(self._read)
            text = log.read()
        self._read += len(text)
        self.started = self.started or bool(text)
        return text.decode(errors="replace")

    def __str__(self) -> str:
        """Return exit code and last line on standard error of a worker that has ended."""
        code = self._process.poll()
        errors = ""
        if self._process.stderr:
            errors = self._process.stderr.read().decode(errors="replace").strip()
        if not errors:
            return f"exit code {code}"
        last = errors.split("\n")[-1].strip()
        return f"exit code {code} ({last})"
