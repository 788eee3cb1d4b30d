"""All runs below a folder, watched by a thread: a quick look at all of them again and again, and reads in between."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

from neurosim_rl.analysis.page.packing import json_values
from neurosim_rl.dashboard.finding import run_folders
from neurosim_rl.dashboard.watched_run import WatchedRun

PAUSE_S = 1.0
"""Shortest time between two looks at all runs, in s."""
LOOK_SHARE = 0.2
"""Largest share of the time in which the thread looks: on a slow file system the pauses are longer."""
ASKED_S = 30.0
"""Time after the last question of a browser in which the thread looks, in s; without a reader nothing is read."""


class Catalogue:
    """The runs below a folder, and their versions: a number that grows with every change.

    Parameters
    ----------
    root : path
        The folder, or one run.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._runs: dict[str, WatchedRun] = {}
        self._tables: dict[str, tuple[int, dict[str, Any]]] = {}  # version and row of each run
        self._version = 0
        self._listed = 0  # version in which runs came or went
        self._guard = threading.Lock()
        self._changed = threading.Event()  # a question came, or the end
        self._is_ended = False
        self._asked_at = time.monotonic()
        self._thread = threading.Thread(target=self._watch, name="dashboard", daemon=True)

    def __enter__(self) -> Catalogue:
        """Look at all runs, and begin to watch them."""
        self.look()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the thread; the read under way is finished."""
        self._is_ended = True
        self._changed.set()
        self._thread.join()

    def look(self) -> None:
        """Find runs that came or went, and look at each; no history is read."""
        found = {}
        for path in run_folders(self.root):
            identifier = identifier_of(path)
            known = self._runs.get(identifier)
            found[identifier] = known or WatchedRun(path, self._name(path))
        for run in found.values():
            _guarded(run, run.look)
        with self._guard:
            if list(found) != list(self._runs):
                self._version += 1
                self._listed = self._version
            self._runs = found
            self._tables = {key: value for key, value in self._tables.items() if key in found}
        self._publish(found)

    def read_next(self) -> bool:
        """Read the most urgent of the runs with changed files; return whether there was one."""
        waiting = [identifier for identifier, run in self._runs.items() if run.needs_reading]
        if not waiting:
            return False
        # Those that somebody watches grow come first, then those of which nothing is known yet.
        chosen = min(waiting, key=lambda identifier: _urgency(self._runs[identifier]))
        _guarded(self._runs[chosen], self._runs[chosen].read)
        self._publish([chosen])
        return True

    def changes(self, after: int) -> dict[str, Any]:
        """Return the rows that have changed after a version, as plain values for JSON.

        ``listed`` has the ids of all runs if some came or went, else it is None. ``waiting`` is the number of runs that
        are not read yet.
        """
        self._ask()
        with self._guard:
            rows = [{"id": key, "version": v, **row} for key, (v, row) in self._tables.items() if v > after]
            listed = list(self._runs) if self._listed > after else None
            waiting = sum(not row["is_read"] for _, row in self._tables.values())
            return {"version": self._version, "rows": rows, "listed": listed, "waiting": waiting}

    def run(self, identifier: str) -> WatchedRun | None:
        """Return a run; None: there is none of this id."""
        return self._runs.get(identifier)

    def _name(self, path: Path) -> str:
        return self.root.name if path == self.root else str(path.relative_to(self.root))

    def _publish(self, identifiers: Iterable[str]) -> None:
        """Give rows that differ from before a new version."""
        made = {identifier: json_values(self._runs[identifier].row.table()) for identifier in identifiers}
        with self._guard:
            for identifier, table in made.items():
                if self._tables.get(identifier, (0, None))[1] != table:
                    self._version += 1
                    self._tables[identifier] = self._version, table

    def _ask(self) -> None:
        """Remember that somebody reads, and wake the thread if nobody did."""
        was_idle = self._is_idle
        self._asked_at = time.monotonic()
        if was_idle:
            self._changed.set()

    @property
    def _is_idle(self) -> bool:
        return time.monotonic() - self._asked_at > ASKED_S

    def _watch(self) -> None:
        next_look = 0.0
        while not self._is_ended:
            if self._is_idle:
                self._changed.wait()
                self._changed.clear()
            begin = time.monotonic()
            if begin >= next_look:
                self.look()
                now = time.monotonic()
                next_look = now + max(PAUSE_S, (now - begin) / LOOK_SHARE)
            elif not self.read_next():
                self._changed.wait(next_look - begin)
                self._changed.clear()


def identifier_of(path: Path) -> str:
    """Return the id of a run in addresses: a digest of its path, since addresses name no files."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


def _urgency(run: WatchedRun) -> tuple[bool, bool]:
    return run.row.state != "running", run.row.is_read


def _guarded(run: WatchedRun, act: Callable[[], None]) -> None:
    """Look at a run or read it; no file whatsoever may end the thread."""
    try:
        act()
    except Exception as error:
        run.give_up(f"it cannot be read: {type(error).__name__}: {' '.join(str(error).split())}")
