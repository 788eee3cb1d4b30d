"""Files of a study's figures."""

from __future__ import annotations

from pathlib import Path

from neurosim_rl.analysis.saving import make_folder, save_figure
from neurosim_rl.study.depth import HIDDEN
from neurosim_rl.study.figures import (
    draw_by_parameters,
    draw_improvement,
    draw_learning_curves,
    draw_over_tasks,
    draw_solved,
)
from neurosim_rl.study.specification import StudySpecification
from neurosim_rl.study.summary import by_cell, interquartile_means, over_tasks
from neurosim_rl.study.table import StudyTable


def draw_study(study: StudySpecification, table: StudyTable, out: Path) -> list[Path]:
    """Draw all figures that the table has data for; return their paths."""
    cells = by_cell(study, table)
    has_rows = defines_solved = False
    for cell in cells:
        has_rows |= bool(cell.rows)
        defines_solved |= cell.n_solved is not None
    if not has_rows:
        return []
    figures = {"learning.png": draw_learning_curves(study, cells)}
    if defines_solved:
        figures["solved.png"] = draw_solved(study, cells)
    if HIDDEN in study.grid:
        figures["parameters.png"] = draw_by_parameters(study, cells)
    matrices = over_tasks(study, cells)
    if matrices:
        figures["over_tasks.png"] = draw_over_tasks(study, interquartile_means(matrices))
    if len(matrices) > 1:
        figures["improvement.png"] = draw_improvement(matrices)
    make_folder(out)
    return [save_figure(figure, out / name) for name, figure in figures.items()]
