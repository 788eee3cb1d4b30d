"""Summaries of a study's rows: for each cell of the grid, and over tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from neurosim_rl.comparison.statistics import (
    interquartile_mean,
    probability_of_improvement,
    quartiles,
    stratified_interval,
    success_interval,
)
from neurosim_rl.optimizees import solved_return
from neurosim_rl.studies.specification import StudySpecification
from neurosim_rl.studies.table import Row, StudyTable


@dataclass(frozen=True)
class CellSummary:
    """All seeds of one cell of the grid.

    Parameters
    ----------
    values : dict of str to str
        The cell's value of each key of the grid.
    rows : tuple of Row
        Rows of the runs that did not fail.
    n_failed : int
        Number of runs that failed.
    study_task : str
        Task of the whole study, if the grid has no key ``task``.
    environment_id : str
        Environment that the cell's settings name; empty: the task's own.
    """

    values: dict[str, str]
    rows: tuple[Row, ...]
    n_failed: int
    study_task: str = ""
    environment_id: str = ""

    def has(self, values: Mapping[str, str]) -> bool:
        """Return whether the cell has all of these values."""
        return values.items() <= self.values.items()

    @property
    def returns(self) -> np.ndarray:
        """Mean return of each run on unseen starts, shape (n_rows,)."""
        return np.array([row.mean_return for row in self.rows])

    @property
    def quartiles(self) -> tuple[float, float, float] | None:
        """Lower quartile, median and upper quartile of `returns`; None without rows."""
        return quartiles(self.returns)

    @property
    def solved_return(self) -> float | None:
        """Mean return from which the task counts as solved; None if the task defines none."""
        return solved_return(self.values.get("task", self.study_task), self.environment_id)

    @property
    def n_solved(self) -> int | None:
        """Number of runs that solved the task; None without rows, or if the task does not define it."""
        threshold = self.solved_return
        if threshold is None or not self.rows:
            return None
        return int(np.count_nonzero(self.returns >= threshold))

    @property
    def solved_interval(self) -> tuple[float, float] | None:
        """95 % interval of the fraction of runs that solve the task; None like `n_solved`."""
        if self.n_solved is None:
            return None
        return success_interval(self.n_solved, len(self.rows))

    def mean(self, column: str) -> float:
        """Return the mean of a column over the rows; NaN without rows."""
        if not self.rows:
            return float("nan")
        return float(np.mean([getattr(row, column) for row in self.rows]))


def by_cell(study: StudySpecification, table: StudyTable) -> list[CellSummary]:
    """Return all cells in the grid's order, those without rows too.

    Rows that the study does not have (any more) are left out.
    """
    task = str(study.settings.get("task", ""))
    cells = []
    for cell in study.cells():
        values = dict(cell.values)
        rows = []
        n_failed = 0
        for row in table.rows:
            if row.values != values or row.seed not in study.seeds:
                continue
            if row.problem:
                n_failed += 1
            else:
                rows.append(row)
        rows.sort(key=lambda row: row.seed)
        cells.append(CellSummary(values, tuple(rows), n_failed, task, study.environment_id(cell)))
    return cells


def cells_with(values: Mapping[str, str], cells: Sequence[CellSummary]) -> list[CellSummary]:
    """Return the cells that have all of the values."""
    return [cell for cell in cells if cell.has(values)]


def seed_matrix(columns: Sequence[Mapping[int, float]]) -> np.ndarray:
    """Return the values of the seeds that all columns have, shape (n_seeds, n_columns).

    Parameters
    ----------
    columns : sequence of mapping of int to float
        At least one: values by seed.
    """
    seeds = set(columns[0])
    for column in columns[1:]:
        seeds &= set(column)
    matrix = np.zeros((len(seeds), len(columns)))
    for i, seed in enumerate(sorted(seeds)):
        for j, column in enumerate(columns):
            matrix[i, j] = column[seed]
    return matrix


def scores(study: StudySpecification, cells: Sequence[CellSummary]) -> np.ndarray | None:
    """Return the scaled mean returns of one setting on all tasks with a scale, shape (n_seeds, n_tasks).

    Only seeds that all tasks have count; None if there are none.

    Parameters
    ----------
    study : StudySpecification
    cells : sequence of CellSummary
        Cells of one setting, one for each task.
    """
    scaled = [cell for cell in cells if cell.values["task"] in study.scale]
    if not scaled:
        return None
    matrix = seed_matrix([_scaled_returns(study, cell) for cell in scaled])
    return matrix if matrix.size else None


def _scaled_returns(study: StudySpecification, cell: CellSummary) -> dict[int, float]:
    """Return the scaled mean return of each run of a cell, by seed."""
    zero, one = study.scale[cell.values["task"]]
    return {row.seed: (row.mean_return - zero) / (one - zero) for row in cell.rows}


def over_tasks(study: StudySpecification, cells: Sequence[CellSummary]) -> dict[tuple[str, ...], np.ndarray]:
    """Return the scores of each setting, by its values without the task; {} if the grid has no tasks."""
    if "task" not in study.grid:
        return {}
    others = dict(study.grid)
    del others["task"]
    found = {}
    for values in product(*others.values()):
        setting = dict(zip(others, values, strict=True))
        matrix = scores(study, cells_with(setting, cells))
        if matrix is not None:
            found[values] = matrix
    return found


def interquartile_means(matrices: dict[tuple[str, ...], np.ndarray]) -> dict[tuple[str, ...], tuple[float, ...]]:
    """Return the interquartile mean of each setting's scores, and its 95 % interval."""
    means: dict[tuple[str, ...], tuple[float, ...]] = {}
    for key, matrix in matrices.items():
        low, high = stratified_interval(interquartile_mean, matrix)
        means[key] = float(interquartile_mean(matrix)), low, high
    return means


def improvement(one: np.ndarray, other: np.ndarray) -> tuple[float, float, float]:
    """Return the probability that a run of one setting is better than a run of the other, and its 95 % interval."""
    low, high = stratified_interval(probability_of_improvement, one, other)
    return float(probability_of_improvement(one, other)), low, high
