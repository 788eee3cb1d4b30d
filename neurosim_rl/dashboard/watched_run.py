"""A run folder that is read again where its files have changed, while its run writes or dies."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from neurosim_rl.dashboard.run_row import DAMAGED, RunRow
from neurosim_rl.dashboard.stamps import Stamp, Stamps, stamp_of
from neurosim_rl.errors import NeurosimError, PluginError
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion_scores import ChampionScores, read_champion_scores
from neurosim_rl.runs.config_file import read_config_tables
from neurosim_rl.runs.curve import RunCurve, failure_table
from neurosim_rl.runs.distinguishing import distinguishing
from neurosim_rl.runs.ending import ending
from neurosim_rl.runs.generation_files import read_history
from neurosim_rl.runs.status import job_of, state_name
from neurosim_rl.settings.printable import KEPT, printable
from neurosim_rl.settings.regular_file import read_end

REPORT = "report.html"
MOST_TRIES = 3
"""Reads of a run while its files change; after them the values of the last read stay."""
LOOK_AGAIN_S = 60.0
"""Time after which Slurm is asked again for a run in its queue, and a damaged run is read again, in s."""
LOG_END = 4000
"""End of ``events.log`` that is shown, in bytes."""


class WatchedRun:
    """One run folder.

    `look` is quick; `read` reads what has changed since the last read. One thread at a time calls them. Any thread may
    use `row`, and call `failures`.

    Parameters
    ----------
    path : path
    name : str
        Path below the folder of the dashboard, for the table.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.folder = RunFolder(path)
        self.row = RunRow(name, "stopped")
        self._seen: Stamps | None = None  # at the last look
        self._read: Stamps | None = None  # at the last read; None: what is read does not count any more
        self._read_at = 0.0
        self._is_put_off = False  # until the next look
        self._lock: Stamp | None = None
        self._is_held = False
        self._parts: dict[tuple[str, Stamp | None], RunCurve] = {}
        self._scores: tuple[Stamp | None, ChampionScores | None] = (None, None)

    @property
    def needs_reading(self) -> bool:
        """Whether files have changed since they were read, or something changes that no file shows."""
        if self._is_put_off:
            return False
        is_old = time.monotonic() - self._read_at > LOOK_AGAIN_S
        return self._read != self._seen or (is_old and self.row.state in ("queued", DAMAGED))

    def look(self) -> None:
        """Look at names and times of files and at the lock; read the configuration if it is new."""
        self._is_put_off = False
        stamps = Stamps.of(self.folder)
        if self._seen is None or stamps.config != self._seen.config:
            self._begin()
        self._seen = stamps
        self._ask_for_holder()
        state = self.row.state
        if state != DAMAGED and self._is_held:
            state = "running"
        elif state == "running":  # until now: it is finished, or stopped, as the next read finds
            state, self._read = "stopped", None
        self.row = replace(
            self.row,
            state=state,
            n_generations=max(self.row.n_generations, self._newest()),
            changed_s=stamps.changed_s,
            has_report=stamp_of(self.folder.path / REPORT) is not None,
        )

    def _begin(self) -> None:
        """Read the configuration, and forget all else: it belongs to another run, or to none yet."""
        self._read, self._parts, self._scores = None, {}, (None, None)
        row = RunRow(self.row.name, "stopped")
        try:
            RunFolder.open(self.folder.path)  # which refuses links that lead out of it
            tables = read_config_tables(self.folder.config_path)
            self.row = replace(row, tables=tables, settings=distinguishing(tables))
        except (NeurosimError, OSError) as error:
            self.row = replace(row, state=DAMAGED, problem=_one_line(error))

    def _newest(self) -> int:
        try:
            return self.folder.newest_generation()
        except OSError:
            return 0

    def _ask_for_holder(self) -> None:
        """Ask whether somebody works on the run, where that may have changed: who takes a lock writes into its file."""
        stamp = stamp_of(self.folder.lock_path)
        if self._is_held or stamp != self._lock:
            self._is_held = self.folder.holder() is not None
        self._lock = stamp

    def read(self) -> None:
        """Read what has changed.

        A fault counts only if no file changed during the read: a living run joins and removes files at any time.
        """
        self._is_put_off = True  # one read for each look: a run that never rests must not keep others waiting
        if self.row.state == DAMAGED:
            self._begin()
        for _ in range(MOST_TRIES):
            stamps = Stamps.of(self.folder)
            if self._seen is None or stamps.config != self._seen.config:
                return  # a new run: `look` begins with it
            row = self.row if self.row.state == DAMAGED else self._read_row(stamps)
            if row.state != DAMAGED or Stamps.of(self.folder) == stamps:
                self.row = replace(row, is_read=True)
                self._read = self._seen = stamps
                self._read_at = time.monotonic()
                return

    def give_up(self, problem: str) -> None:
        """Show a run as damaged until its files change."""
        self.row = replace(self.row, state=DAMAGED, problem=problem, is_read=True)
        self._read, self._read_at = self._seen, time.monotonic()

    def _read_row(self, stamps: Stamps) -> RunRow:
        row = replace(self.row, curve=RunCurve.none(), scores=None)
        try:
            RunFolder.open(self.folder.path)  # a link may have come since
            row = replace(row, curve=self._read_curve())
            row = replace(row, n_generations=row.curve.n_generations, scores=self._read_scores(stamps))
            return replace(row, state=self._state(row), problem="")
        except (NeurosimError, OSError) as error:
            return replace(row, state=DAMAGED, problem=_one_line(error))

    def _read_curve(self) -> RunCurve:
        """Return the curve; files that have not changed are not read again."""
        parts: dict[tuple[str, Stamp | None], RunCurve] = {}
        n_joined = 0
        for path in self.folder.history_paths():
            is_joined = path == self.folder.history_path
            # A process that is killed between writing the joined file and removing the single ones leaves both.
            if not is_joined and int(path.stem) < n_joined:
                continue
            key = path.name, stamp_of(path)
            parts[key] = self._parts[key] if key in self._parts else RunCurve.of(read_history(path))
            if is_joined:
                n_joined = parts[key].n_generations
        self._parts = parts
        return RunCurve.join(list(parts.values()))

    def _read_scores(self, stamps: Stamps) -> ChampionScores | None:
        if stamps.champion is None:
            return None
        if self._scores[0] != stamps.champion:
            self._scores = stamps.champion, read_champion_scores(self.folder.champion_path)
        return self._scores[1]

    def _state(self, row: RunRow) -> str:
        is_finished = row.scores is not None and not row.scores.missing and self._is_ended(row.curve)
        is_open = not self._is_held and not is_finished
        is_queued = is_open and job_of(self.folder) is not None
        return state_name(is_held=self._is_held, is_finished=is_finished, is_queued=is_queued)

    def _is_ended(self, curve: RunCurve) -> bool:
        try:
            return bool(ending(self.folder.config(), curve.done()))
        except PluginError:  # nobody allowed its parts, so its rules are not known; a champion is measured at the end
            return True

    def failures(self) -> dict[str, Any]:
        """Return what went wrong, with tracebacks, and the end of the log, as plain values for JSON."""
        row = self.row
        stages = {} if row.scores is None else row.scores.failures
        found = [failure_table(printable(stage), text) for stage, text in stages.items()]
        found += [failure.table() for failure in row.curve.failures]
        return {"problem": printable(row.problem), "failures": found, "log": self._log_end()}

    def _log_end(self) -> str:
        try:
            self.folder.check_links()
            return printable(read_end(self.folder.log_path, LOG_END), KEPT)
        except (NeurosimError, OSError):
            return ""


def _one_line(error: Exception) -> str:
    return printable(" ".join(str(error).split()))
