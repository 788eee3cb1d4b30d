"""Execution of a study: a run in each worker, rows in the table, and a restart after any interruption.

A killed study loses nothing: rows that are not in the table yet are read again from the finished run folders, and
unfinished runs are resumed from their last generation.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from neurosim_rl.errors import RunFolderError
from neurosim_rl.execution import Executor, SerialExecutor, WorkerLostError, create_executor
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.runs.locks import locked
from neurosim_rl.runs.provenance import provenance
from neurosim_rl.runs.run_list import STUDY_TABLE
from neurosim_rl.settings.user_code import reason_of
from neurosim_rl.studies.lockstep import in_lockstep
from neurosim_rl.studies.planning import PlannedRun, groups_of_runs, planned_runs
from neurosim_rl.studies.settings_digest import settings_digest
from neurosim_rl.studies.specification import StudySpecification, parse_study
from neurosim_rl.studies.table import Row, StudyTable
from neurosim_rl.studies.under_way import RunsUnderWay
from neurosim_rl.training.ancestor import begin_run
from neurosim_rl.training.run import Progress, run_to_end

WRITE_EVERY_S = 20.0
"""Time between two writes of the table, in s."""
LOCK_LIMIT_S = 300.0
"""Longest wait for the lock of a run folder, in s. A file system may hold the lock of a lost node for some minutes."""
LOCK_POLL_S = 0.5
"""Time between two looks at such a lock, in s."""


def run_study(
    study: StudySpecification,
    out: Path,
    executor: Executor,
    *,
    specification: str = "",
    keep_runs: bool = True,
    together: int = 1,
    on_begin: Callable[[RunsUnderWay, int], None] = lambda under_way, done: None,
    on_row: Callable[[Row, int, int], None] = lambda row, done, total: None,
    on_progress: Callable[[Progress], None] | None = None,
) -> StudyTable:
    """Execute the missing runs of a study; return its table, which is also in ``out/study.h5``.

    Parameters
    ----------
    study : StudySpecification
    out : path
        The study's folder, for the table and for the run folders in ``runs/``.
    executor : Executor
        Each of its workers executes whole runs.
    specification : str
        The study's TOML text, to be kept in the table.
    keep_runs : bool
        Whether run folders are kept after their row is in the table.
    together : int
        Largest number of seeds of one setting that a worker executes in lockstep, so that their episodes share
        batches. It does not change results. Fewer seeds are joined if workers would be idle, and none with
        ``timeout_s`` or normalisation ``running``.
    on_begin : callable
        Called before the first run, with the runs under way, which stay up to date, and the number of rows.
    on_row : callable
        Called after each run with its row, the number of rows so far, and the number of all runs.
    on_progress : callable or None
        Called after each generation of each run, in the worker: a function that can be pickled.

    Raises
    ------
    RunFolderError
        When the folder is in use or cannot be written, or when its table is damaged or has other settings.
    """
    (out / "runs").mkdir(parents=True, exist_ok=True)
    RunFolder(out).check_links()
    with locked(out / "lock"):
        planned = planned_runs(study)
        table = _table_so_far(planned, out, specification)
        pending = [run for run in planned if run.name not in table.names]
        n_done = len(planned) - len(pending)
        if not (out / STUDY_TABLE).exists():
            table.write(out / STUDY_TABLE)  # from now on other commands recognize the folder as a study's
        written = time.monotonic()
        under_way = RunsUnderWay(pending, out / "runs")
        on_begin(under_way, n_done)
        try:
            groups = groups_of_runs(pending, together, executor.n_workers)
            for row in _new_rows(groups, out / "runs", executor, on_progress):
                table = replace(table, rows=(*table.rows, row))
                n_done += 1
                under_way.end(row.name)
                if time.monotonic() - written > WRITE_EVERY_S or n_done == len(planned):
                    table.write(out / STUDY_TABLE)
                    written = time.monotonic()
                    if not keep_runs:  # only now: until its row is written, a run exists in its folder alone
                        _discard(table, out / "runs")
                on_row(row, n_done, len(planned))
        finally:
            table.write(out / STUDY_TABLE)
    return table


def run_study_here(study: StudySpecification, out: Path, *, workers: int = 0, **options: Any) -> StudyTable:
    """Execute a study in local processes that are started for it (0: one for each core); see `run_study`."""
    with create_executor(workers) as executor:
        return run_study(study, out, executor, **options)


def check_study(text: str, path: Path) -> StudySpecification:
    """Return the study of a TOML text, if each of its runs can be played.

    Raises
    ------
    ConfigurationError
        Names the first mistake.
    """
    study = parse_study(text, path)
    planned_runs(study)
    return study


def _table_so_far(planned: Sequence[PlannedRun], out: Path, specification: str) -> StudyTable:
    """Return the table so far, without failed runs, which are executed again.

    Rows of settings that the study no longer has stay in the table.

    Raises
    ------
    RunFolderError
        When rows belong to other settings than those of the study now.
    """
    table = StudyTable((), specification, provenance())
    if not (out / STUDY_TABLE).exists():
        return table
    settings = {run.name: settings_digest(run.config) for run in planned}
    rows = []
    other = []
    for row in StudyTable.read(out / STUDY_TABLE).rows:
        if row.problem:
            continue
        rows.append(row)
        if row.settings != settings.get(row.name, row.settings):
            other.append(row.name)
    if other:
        raise RunFolderError(
            f"{out / STUDY_TABLE}: {len(other)} of its {len(rows)} runs were made with other settings than the study "
            f"has now, such as {other[0]}. Continue with the old study (its text is in the table), or choose "
            "another --out."
        )
    return replace(table, rows=tuple(rows))


def _new_rows(
    groups: Iterable[tuple[PlannedRun, ...]],
    folder: Path,
    executor: Executor,
    on_progress: Callable[[Progress], None] | None,
) -> Iterator[Row]:
    """Give the rows of runs as they finish; runs lost with a worker are tried once more, each by itself."""

    def submit(group: tuple[PlannedRun, ...]) -> Future[list[Row]]:
        return executor.submit(_run_together, group, folder, on_progress)

    queue = iter(groups)
    running: dict[Future[list[Row]], tuple[tuple[PlannedRun, ...], int]] = {}  # group and number of the try
    while True:
        # One group more than workers is submitted, so that no worker waits for this loop. Not all groups: a lost
        # worker of a process pool loses everything that is submitted.
        while len(running) < executor.n_workers + 1 and (group := next(queue, None)) is not None:
            running[submit(group)] = (group, 1)
        if not running:
            return
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            group, n_tries = running.pop(future)
            try:
                yield from future.result()
            except WorkerLostError as error:
                if n_tries > 1:
                    yield _failed(group[0], error)
                    continue
                for run in group:
                    running[submit((run,))] = ((run,), 2)


def _run_together(
    group: Sequence[PlannedRun], folder: Path, on_progress: Callable[[Progress], None] | None
) -> list[Row]:
    """Execute runs that differ in the seed only; see `_run`."""
    if len(group) == 1:
        return [_run(group[0], folder, on_progress, SerialExecutor())]
    return in_lockstep([partial(_run, run, folder, on_progress) for run in group])


def _run(run: PlannedRun, runs: Path, on_progress: Callable[[Progress], None] | None, executor: Executor) -> Row:
    """Execute or resume a run; an error becomes the problem in its row."""
    folder = RunFolder(runs / run.name)
    try:
        folder.check_links()
        if not folder.config_path.exists():
            folder = begin_run(folder.path, run.config)
        if folder.config() != run.config:
            raise RunFolderError(f"{folder.path} was made with other settings than the study's. Move it away.")
        if not _is_settled(folder):
            _await_lock(folder)
            run_to_end(run.config, folder, executor=executor, on_progress=on_progress or (lambda progress: None))
        history = folder.history()
        assert history is not None
        return Row.of(run.name, dict(run.setting.values), run.config, read_champion(folder.path), history)
    except Exception as error:  # a fault of one run must not end the others
        return _failed(run, error)


def _is_settled(folder: RunFolder) -> bool:
    """Return whether the run has a champion, and no stage of its measurement is missing or failed."""
    try:
        champion = read_champion(folder.path)
    except RunFolderError:  # not there yet, or damaged: it is made
        return False
    return champion.is_complete and not champion.failures


def _await_lock(folder: RunFolder) -> None:
    """Wait until no process holds a run's lock, but no longer than `LOCK_LIMIT_S`; then `run_to_end` reports it."""
    deadline = time.monotonic() + LOCK_LIMIT_S
    while folder.holder() is not None and time.monotonic() < deadline:
        time.sleep(LOCK_POLL_S)


def _failed(run: PlannedRun, error: Exception) -> Row:
    return Row(run.name, dict(run.setting.values), run.config.seed, problem=reason_of(error))


def _discard(table: StudyTable, runs: Path) -> None:
    """Remove the run folders of all rows, but keep those of failed runs for a look at them."""
    for row in table.rows:
        if not row.problem:
            shutil.rmtree(runs / row.name, ignore_errors=True)
