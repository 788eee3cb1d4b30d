"""Running a study here: a run in each worker, results in the table, and on again after any interruption."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest
from pathlib import Path

from neurosim_rl.errors import RunFolderError
from neurosim_rl.execution import Executor, SerialExecutor, WorkerLostError
from neurosim_rl.optimizees import Configuration
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import read_champion
from neurosim_rl.runs.locks import locked
from neurosim_rl.runs.provenance import provenance
from neurosim_rl.runs.run_list import STUDY_TABLE
from neurosim_rl.settings.grid import Setting
from neurosim_rl.study.lockstep import in_lockstep
from neurosim_rl.study.specification import StudySpecification, settings_digest
from neurosim_rl.study.table import Row, StudyTable
from neurosim_rl.training.ancestor import begin_run
from neurosim_rl.training.check import check
from neurosim_rl.training.run import Progress, run_to_end

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
    study: StudySpecification,
    out: Path,
    executor: Executor,
    *,
    specification: str = "",
    keep_runs: bool = True,
    together: int = 1,
    on_row: Callable[[Row, int, int], None] = lambda row, done, total: None,
    on_progress: Callable[[Progress], None] | None = None,
) -> StudyTable:
    """Run what a study lacks, and return its table, which is also in ``out/study.h5``.

    Parameters
    ----------
    study : StudySpecification
    out : path
        Its folder: the table, and ``runs/`` with a run folder each.
    executor : Executor
        Each worker makes whole runs.
    specification : str
        The study's TOML text, for the record.
    keep_runs : bool
        Whether run folders stay when their row is in the table.
    together : int
        Most seeds of one setting that a worker runs in lockstep, so that their episodes share batches. Does not change
        results; fewer where workers would have nothing to do, and one with ``timeout_s`` or normalisation ``running``.
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
            for row in _new_rows(_groups(pending, together, executor.n_workers), out / "runs", executor, on_progress):
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


def _cells(study: StudySpecification) -> list[Cell]:
    """Return all runs in their order."""
    configs = {setting: check(study.configuration(setting)) for setting in study.cells()}
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


def _groups(cells: Iterable[Cell], together: int, n_workers: int) -> list[tuple[Cell, ...]]:
    """Return what each worker runs at a time: up to so many seeds of a setting, but something for every worker."""
    cells = list(cells)
    size = max(1, min(together, len(cells) // n_workers))
    of_setting: dict[Setting, list[Cell]] = {}
    for cell in cells:
        of_setting.setdefault(cell.setting, []).append(cell)
    parts = [_parts(seeds, size if _may_share(seeds[0].config) else 1) for seeds in of_setting.values()]
    return [part for turn in zip_longest(*parts) for part in turn if part]  # turn by turn: all settings grow alike


def _may_share(config: Configuration) -> bool:
    """Return whether runs of different seeds may share batches: not with a time limit or observations of their own."""
    return not config.timeout_s and config.normalisation.name != "running"


def _parts(cells: Sequence[Cell], size: int) -> list[tuple[Cell, ...]]:
    return [tuple(cells[start : start + size]) for start in range(0, len(cells), size)]


def _new_rows(
    groups: Iterable[tuple[Cell, ...]],
    runs: Path,
    executor: Executor,
    on_progress: Callable[[Progress], None] | None,
) -> Iterator[Row]:
    """Give the rows of runs as they come; runs whose worker died are tried again once, each by itself."""
    queue = iter(groups)
    running: dict[Future[list[Row]], tuple[tuple[Cell, ...], int]] = {}
    while True:
        while len(running) < executor.n_workers + 1 and (group := next(queue, None)) is not None:
            running[executor.submit(_run_together, group, runs, on_progress)] = (group, 1)
        if not running:
            return
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            group, tries = running.pop(future)
            try:
                yield from future.result()
            except WorkerLostError as error:
                if tries == 1:
                    alone = {executor.submit(_run_together, (cell,), runs, on_progress): cell for cell in group}
                    running |= {again: ((cell,), 2) for again, cell in alone.items()}
                else:
                    yield _failed(group[0], error)


def _run_together(cells: Sequence[Cell], runs: Path, on_progress: Callable[[Progress], None] | None) -> list[Row]:
    """Make runs that differ in nothing but the seed; see `_run`."""
    if len(cells) == 1:
        return [_run(cells[0], runs, on_progress, SerialExecutor())]
    return in_lockstep([partial(_run, cell, runs, on_progress) for cell in cells])


def _run(cell: Cell, runs: Path, on_progress: Callable[[Progress], None] | None, executor: Executor) -> Row:
    """Make a run, or go on with it; whatever ends it becomes its row's problem."""
    folder = RunFolder(runs / cell.name)
    try:
        if not folder.config_path.exists():
            folder = begin_run(folder.path, cell.config)
        if folder.config() != cell.config:
            raise RunFolderError(f"{folder.path} was made with other settings. Move it away.")
        if not folder.champion_path.exists():
            _await_lock(folder)
            run_to_end(cell.config, folder, executor=executor, on_progress=on_progress or (lambda progress: None))
        history = folder.history()
        assert history is not None
        return Row.of(cell.name, dict(cell.setting.values), cell.config, read_champion(folder.path), history)
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
