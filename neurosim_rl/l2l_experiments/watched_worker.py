"""A worker process of L2L's runner, which shows the runner what it would overlook."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

RESTART = 255
"""The exit code that a dead worker tells L2L's runner, whichever it had: above 128, so that it is started again."""


class WatchedWorker:
    """A worker process, as L2L's runner asks for it.

    Parameters
    ----------
    process : subprocess.Popen
    output : file
        The worker's ``outputpipe``, a file that L2L's runner reads.
    log : path
        What the worker logs to.
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
        """Time since it was launched, in s."""
        return time.monotonic() - self._launched

    def poll(self) -> int | None:
        """Return None while it lives or an answer of it is unread, and then `RESTART`.

        A worker ends only when something went wrong, and L2L's runner would take 0 for a good end.
        """
        unread = Path(self._output.name).stat().st_size > self._output.tell()
        return None if unread or self._process.poll() is None else RESTART

    def new_text(self) -> str:
        """Return what was logged since the last time."""
        if not self._log.exists():
            return ""
        with self._log.open("rb") as log:
            log.seek(self._read)
            text = log.read()
        self._read += len(text)
        self.started = self.started or bool(text)
        return text.decode(errors="replace")

    def __str__(self) -> str:
        """How it ended."""
        code = self._process.poll()
        errors = self._process.stderr.read().decode(errors="replace").split("\n") if self._process.stderr else []
        last = next((line for line in reversed(errors) if line.strip()), "")
        return f"exit code {code}" + (f" ({last.strip()})" if last else "")
