"""Files of a study's figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from neurosim_rl.analysis.saving import save_figure
from neurosim_rl.runs.files import make_folder
from neurosim_rl.studies.depth import HIDDEN
from neurosim_rl.studies.figures import (
    draw_by_parameters,
    draw_improvement,
    draw_learning_curves,
    draw_over_tasks,
    draw_solved,
)
from neurosim_rl.studies.specification import StudySpecification
from neurosim_rl.studies.summary import by_cell, interquartile_means, over_tasks
from neurosim_rl.studies.table import StudyTable


def study_figures(study: StudySpecification, table: StudyTable) -> dict[str, Callable[[], Figure]]:
    """Return a function for each figure that the table has data for, by name."""
    cells = by_cell(study, table)
    has_rows = defines_solved = False
    for cell in cells:
        has_rows |= bool(cell.rows)
        defines_solved |= cell.n_solved is not None
    if not has_rows:
        return {}
    figures: dict[str, Callable[[], Figure]] = {"learning": lambda: draw_learning_curves(study, cells)}
    if defines_solved:
        figures["solved"] = lambda: draw_solved(study, cells)
    if HIDDEN in study.grid:
        figures["parameters"] = lambda: draw_by_parameters(study, cells)
    matrices = over_tasks(study, cells)
    if len(matrices) > 1:  # a study of one setting compares nothing
        figures["over_tasks"] = lambda: draw_over_tasks(study, interquartile_means(matrices))
        figures["improvement"] = lambda: draw_improvement(matrices)
    return figures


def draw_study(study: StudySpecification, table: StudyTable, out: Path) -> list[Path]:
    """Draw all figures that the table has data for; return their paths."""
    figures = study_figures(study, table)
    if figures:
        make_folder(out)
    return [save_figure(draw(), out / f"{name}.png") for name, draw in figures.items()]
