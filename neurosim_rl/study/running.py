"""Running a study here: a run in each worker, results in the table, and on again after any interruption."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
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
from neurosim_rl.study.specification import Study
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
        When the folder is in use, cannot be written, or its table is damaged.
    """
    (out / "runs").mkdir(parents=True, exist_ok=True)
    with locked(out / "lock"):
        table = _known(study, out, specification)
        if not (out / STUDY_TABLE).exists():
            table.write(out / STUDY_TABLE)  # from now on the folder tells what it is
        written = time.monotonic()
        try:
            for row in _new_rows(study, table, out / "runs", executor, on_progress):
                table = replace(table, rows=(*table.rows, row))
                if time.monotonic() - written > WRITE_EVERY_S or len(table.rows) == study.n_runs:
                    table.write(out / STUDY_TABLE)
                    written = time.monotonic()
                    if not keep_runs:
                        _discard(table, out / "runs")
                on_row(row, len(table.rows), study.n_runs)
        finally:
            table.write(out / STUDY_TABLE)
    return table


def _known(study: Study, out: Path, specification: str) -> StudyTable:
    """Return the table so far, without rows of cells that the study no longer has and of runs that failed."""
    wanted = {_name(cell, seed) for cell in study.cells() for seed in study.seeds}
    made = StudyTable((), specification, provenance())
    if not (out / STUDY_TABLE).exists():
        return made
    rows = StudyTable.read(out / STUDY_TABLE).rows
    return replace(made, rows=tuple(row for row in rows if row.name in wanted and not row.problem))


def _name(setting: Setting, seed: int) -> str:
    return f"{setting.folder}-seed{seed}".lstrip("-")


def _new_rows(
    study: Study,
    table: StudyTable,
    runs: Path,
    executor: Executor,
    on_progress: Callable[[Progress], None] | None,
) -> Iterator[Row]:
    """Give the rows of all other runs as they come; a run whose worker died is tried again once."""
    queue = _pending(study, table)
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


def _pending(study: Study, table: StudyTable) -> Iterator[Cell]:
    """Give the runs that the table lacks, seed by seed, so that all settings grow alike."""
    configs: dict[Setting, Configuration] = {}
    for seed in study.seeds:
        for setting in study.cells():
            name = _name(setting, seed)
            if name in table.names:
                continue
            if setting not in configs:
                configs[setting] = prepare(study.configuration(setting))
            yield Cell(name, setting, configs[setting].replace(seed=seed))


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
