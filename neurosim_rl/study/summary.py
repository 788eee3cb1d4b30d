"""A study's rows put together: by cell of the grid, and over tasks."""

from __future__ import annotations

from collections.abc import Sequence
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
from neurosim_rl.study.specification import StudySpecification
from neurosim_rl.study.table import Row, StudyTable


@dataclass(frozen=True)
class CellSummary:
    """All seeds of one cell.

    Parameters
    ----------
    values : dict of str to str
    rows : tuple of Row
        Those that did not fail.
    n_failed : int
    study_task : str
        Task of the whole study, where the grid does not say it.
    """

    values: dict[str, str]
    rows: tuple[Row, ...]
    n_failed: int
    study_task: str = ""

    @property
    def returns(self) -> np.ndarray:
        """Mean return over unseen starts of each run, shape (n_rows,)."""
        return np.array([row.mean_return for row in self.rows])

    @property
    def quartiles(self) -> tuple[float, float, float] | None:
        """Lower quartile, median and upper quartile of `returns`; None without rows."""
        return quartiles(self.returns)

    @property
    def solved_return(self) -> float | None:
        """What its task calls solved; None when it does not say."""
        return solved_return(self.values.get("task", self.study_task))

    @property
    def n_solved(self) -> int | None:
        """Number of runs that solved the task; None without rows, or when the task does not say what that is."""
        wanted = self.solved_return
        return None if wanted is None or not self.rows else int(np.count_nonzero(self.returns >= wanted))

    @property
    def solved_interval(self) -> tuple[float, float] | None:
        """95 % interval of the share of runs that solve the task."""
        return None if self.n_solved is None else success_interval(self.n_solved, len(self.rows))

    def mean(self, column: str) -> float:
        """Return the mean of a number of its rows."""
        return float(np.mean([getattr(row, column) for row in self.rows])) if self.rows else float("nan")


def by_cell(study: StudySpecification, table: StudyTable) -> list[CellSummary]:
    """Return all cells in the grid's order, those without rows too; other rows of the table do not count."""
    cells = []
    for values in (dict(cell.values) for cell in study.cells()):
        rows = [row for row in table.rows if row.values == values and row.seed in study.seeds]
        sound = tuple(sorted((row for row in rows if not row.problem), key=lambda row: row.seed))
        cells.append(CellSummary(values, sound, len(rows) - len(sound), str(study.settings.get("task", ""))))
    return cells


def scores(study: StudySpecification, cells: Sequence[CellSummary]) -> np.ndarray | None:
    """Return the scaled mean returns of one setting on all tasks that have a scale, shape (n_seeds, n_tasks).

    Only seeds that are there for every task count; None when there are none.

    Parameters
    ----------
    cells : sequence of CellSummary
        Of one setting, one for each task.
    """
    scaled = [cell for cell in cells if cell.values["task"] in study.scale]
    seeds = set.intersection(*({row.seed for row in cell.rows} for cell in scaled)) if scaled else set()
    if not seeds:
        return None
    return np.array([[_scaled(study, cell, seed) for cell in scaled] for seed in sorted(seeds)])


def _scaled(study: StudySpecification, cell: CellSummary, seed: int) -> float:
    zero, one = study.scale[cell.values["task"]]
    row = next(row for row in cell.rows if row.seed == seed)
    return (row.mean_return - zero) / (one - zero)


def over_tasks(study: StudySpecification, cells: Sequence[CellSummary]) -> dict[tuple[str, ...], np.ndarray]:
    """Return the scores of each setting, by its values apart from the task; nothing without a grid over tasks."""
    if "task" not in study.grid:
        return {}
    others = [key for key in study.grid if key != "task"]
    found = {}
    for values in product(*(study.grid[key] for key in others)):
        mine = [cell for cell in cells if tuple(cell.values[key] for key in others) == values]
        matrix = scores(study, mine)
        if matrix is not None:
            found[values] = matrix
    return found


def interquartile_means(matrices: dict[tuple[str, ...], np.ndarray]) -> dict[tuple[str, ...], tuple[float, ...]]:
    """Return the interquartile mean of each setting and its 95 % interval."""
    return {
        key: (float(interquartile_mean(matrix)), *stratified_interval(interquartile_mean, matrix))
        for key, matrix in matrices.items()
    }


def improvement(one: np.ndarray, other: np.ndarray) -> tuple[float, float, float]:
    """Return the probability that one setting is better than another, and its 95 % interval."""
    return float(probability_of_improvement(one, other)), *stratified_interval(probability_of_improvement, one, other)
