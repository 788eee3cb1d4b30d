"""Running a study here: a run in each worker, results in the table, and on again after any interruption."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from pathlib import Path

from neurosim_rl.configuration import Configuration
from neurosim_rl.errors import RunFolderError
from neurosim_rl.execution import Executor, SerialExecutor, WorkerLostError
from neurosim_rl.experiment import Progress, evolve, prepare
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import load_champion
from neurosim_rl.runs.locks import locked
from neurosim_rl.runs.provenance import provenance
from neurosim_rl.runs.run_list import STUDY_TABLE
from neurosim_rl.study.specification import Study, settings_digest
from neurosim_rl.study.table import Row, StudyTable
from neurosim_rl.submission.grid import Setting

WRITE_EVERY_S = 20.0
"""Time after which new rows are written; what is lost by a kill is read again from the run folders."""
LOCK_LIMIT_S = 300.0
"""Longest to wait for whoever works on one of the runs: the lock of a lost node may outlive it."""
LOCK_POLL_S = 0.5


@dataclass(frozen=True)
class Cell:
    """One run of a study.

    Parameters
    ----------
    name : str
        Of its folder.
    setting : Setting
    config : Configuration
    """

    name: str
    setting: Setting
    config: Configuration


def run_study(
    study: Study,
    out: Path,
    executor: Executor,
    *,
    specification: str = "",
    keep_runs: bool = True,
    on_row: Callable[[Row, int, int], None] = lambda row, done, total: None,
    on_progress: Callable[[Progress], None] | None = None,
) -> StudyTable:
    """Run what a study lacks, and return its table, which is also in ``out/study.h5``.

    Parameters
    ----------
    study : Study
    out : path
        Its folder: the table, and ``runs/`` with a run folder each.
    executor : Executor
        Each worker makes whole runs.
    specification : str
        The study's TOML text, for the record.
    keep_runs : bool
        Whether run folders stay when their row is in the table.
    on_row : callable
        Called after each run with its row, the number of rows and that of all runs.
    on_progress : callable or None
        Called after each generation of each run, where that is made: a function that can be pickled.

    Raises
    ------
    RunFolderError
        When the folder is in use, cannot be written, or its table is damaged or was made with other settings.
    """
    (out / "runs").mkdir(parents=True, exist_ok=True)
    with locked(out / "lock"):
        cells = _cells(study)
        table = _known(cells, out, specification)
        n_done = sum(cell.name in table.names for cell in cells)
        if not (out / STUDY_TABLE).exists():
            table.write(out / STUDY_TABLE)  # from now on the folder tells what it is
        written = time.monotonic()
        try:
            pending = [cell for cell in cells if cell.name not in table.names]
            for row in _new_rows(pending, out / "runs", executor, on_progress):
                table = replace(table, rows=(*table.rows, row))
                n_done += 1
                if time.monotonic() - written > WRITE_EVERY_S or n_done == len(cells):
                    table.write(out / STUDY_TABLE)
                    written = time.monotonic()
                    if not keep_runs:
                        _discard(table, out / "runs")
                on_row(row, n_done, len(cells))
        finally:
            table.write(out / STUDY_TABLE)
    return table


def _cells(study: Study) -> list[Cell]:
    """Return all runs in their order."""
    configs = {setting: prepare(study.configuration(setting)) for setting in study.cells()}
    return [Cell(name, cell, configs[cell].replace(seed=seed)) for name, (cell, seed) in study.runs().items()]


def _known(cells: Sequence[Cell], out: Path, specification: str) -> StudyTable:
    """Return the table so far, without runs that failed; those of cells that the study no longer has stay.

    Raises
    ------
    RunFolderError
        When runs were made with other settings than the study has now.
    """
    made = StudyTable((), specification, provenance())
    if not (out / STUDY_TABLE).exists():
        return made
    rows = tuple(row for row in StudyTable.read(out / STUDY_TABLE).rows if not row.problem)
    settings = {cell.name: settings_digest(cell.config) for cell in cells}
    other = [row.name for row in rows if settings.get(row.name, row.settings) != row.settings]
    if other:
        raise RunFolderError(
            f"{out / STUDY_TABLE}: {len(other)} of its {len(rows)} runs were made with other settings than the study "
            f"has now, such as {other[0]}. Go on with the study as it was (its text is in the table), or choose "
            "another --out."
        )
    return replace(made, rows=rows)


def _new_rows(
    cells: Iterable[Cell],
    runs: Path,
    executor: Executor,
    on_progress: Callable[[Progress], None] | None,
) -> Iterator[Row]:
    """Give the rows of runs as they come; a run whose worker died is tried again once."""
    queue = iter(cells)
    running: dict[Future[Row], tuple[Cell, int]] = {}
    while True:
        while len(running) < executor.n_workers + 1 and (cell := next(queue, None)) is not None:
            running[executor.submit(_run, cell, runs, on_progress)] = (cell, 1)
        if not running:
            return
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            cell, tries = running.pop(future)
            try:
                yield future.result()
            except WorkerLostError as error:
                if tries == 1:
                    running[executor.submit(_run, cell, runs, on_progress)] = (cell, 2)
                else:
                    yield _failed(cell, error)


def _run(cell: Cell, runs: Path, on_progress: Callable[[Progress], None] | None) -> Row:
    """Make a run, or go on with it; whatever ends it becomes its row's problem."""
    folder = RunFolder(runs / cell.name)
    try:
        if not folder.config_path.exists():
            folder = RunFolder.create(folder.path, cell.config)
        if folder.config() != cell.config:
            raise RunFolderError(f"{folder.path} was made with other settings. Move it away.")
        if not folder.champion_path.exists():
            _await_lock(folder)
            evolve(cell.config, folder, executor=SerialExecutor(), on_progress=on_progress or (lambda progress: None))
        history = folder.history()
        assert history is not None
        return Row.of(cell.name, dict(cell.setting.values), load_champion(folder.path), history)
    except Exception as error:  # one run's mistake must not end the others
        return _failed(cell, error)


def _await_lock(folder: RunFolder) -> None:
    """Wait until nobody works on a run, or too long."""
    deadline = time.monotonic() + LOCK_LIMIT_S
    while folder.holder() is not None and time.monotonic() < deadline:
        time.sleep(LOCK_POLL_S)


def _failed(cell: Cell, error: Exception) -> Row:
    problem = f"{type(error).__name__}: {' '.join(str(error).split())}"
    return Row(cell.name, dict(cell.setting.values), cell.config.seed, problem=problem)


def _discard(table: StudyTable, runs: Path) -> None:
    for row in table.rows:
        if not row.problem:
            shutil.rmtree(runs / row.name, ignore_errors=True)
