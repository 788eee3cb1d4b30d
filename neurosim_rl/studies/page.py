"""The report of a study as one page: its tables, learning curves, solved runs, and scores over tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from pathlib import Path

import numpy as np

from neurosim_rl.analysis.page.chart import Chart, Series
from neurosim_rl.analysis.page.document import Page
from neurosim_rl.analysis.page.markup import Markup, definitions, element, paragraph, section, table
from neurosim_rl.analysis.text_table import TextTable
from neurosim_rl.comparison.curves import learning_curve
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.run_list import STUDY_FILE, STUDY_TABLE
from neurosim_rl.studies.figures import best_so_far
from neurosim_rl.studies.specification import StudySpecification, parse_study, read_study
from neurosim_rl.studies.summary import CellSummary, by_cell, interquartile_means, over_tasks
from neurosim_rl.studies.table import StudyTable
from neurosim_rl.studies.text import overall_table, settings_table

MOST_CURVES = 7
"""Curves of one chart: one of each colour."""


def study_page(study: StudySpecification, results: StudyTable) -> Page:
    """Return the report of a study, finished or not.

    Parameters
    ----------
    study : StudySpecification
    results : StudyTable
    """
    cells = by_cell(study, results)
    n_done = sum(len(cell.rows) for cell in cells)
    words = f"{n_done} of {study.n_runs} runs. Settings: {len(cells)}; seeds of each: {len(study.seeds)}."
    sections = [
        section(
            "result",
            "Result",
            paragraph(words),
            _html(settings_table(study, results), "Every setting", len(study.grid)),
        )
    ]
    charts: list[Chart] = []
    overall = overall_table(study, results)
    if overall is not None:
        chart = _scores(study, cells)
        charts.append(chart)
        caption = "Over all tasks: interquartile mean of scaled returns"
        sections.append(
            section("scores", "Over all tasks", chart.place(), _html(overall, caption, len(study.grid) - 1))
        )
    for number, (task, members) in enumerate(_by_task(study, cells).items()):
        drawn = _task_charts(study, f"task-{number}", task, members)
        charts += drawn
        if drawn:
            places = [chart.place() for chart in drawn]
            sections.append(section(f"task-{chr(97 + number % 26)}", task or study.name, *places))
    failed = [[row.name, row.problem] for row in results.rows if row.problem]
    if failed:
        caption = f"{len(failed)} runs failed"
        sections.append(section("failures", "Failures", table(("run", "reason"), failed, caption=caption, numbers=9)))
    sections.append(_origin(results))
    return Page(study.name, sections, charts)


def read_study_page(path: Path) -> Page:
    """Return the report of a study's folder; without any finished run, its tables are empty.

    Raises
    ------
    RunFolderError, ConfigurationError
        When the table or ``study.toml`` is damaged, or a link leads out of the folder.
    """
    RunFolder(path).check_links()
    results_path, file = path / STUDY_TABLE, path / STUDY_FILE
    results = StudyTable.read(results_path) if results_path.is_file() else StudyTable()
    study = read_study(file) if file.is_file() else parse_study(results.specification, results_path)
    return replace(study_page(study, results), is_under_way=RunFolder(path).holder() is not None)


def _html(made: TextTable, caption: str, numbers: int = 1) -> Markup:
    """Return a table of text as HTML."""
    return table(list(made.header), made.rows, caption=caption, numbers=numbers)


def _by_task(study: StudySpecification, cells: Sequence[CellSummary]) -> dict[str, list[CellSummary]]:
    """Return the cells with rows of each task; returns of different tasks share no axis."""
    found: dict[str, list[CellSummary]] = {}
    for cell in cells:
        if cell.rows:
            found.setdefault(cell.values.get("task", cell.study_task), []).append(cell)
    return found


def _label(study: StudySpecification, cell: CellSummary) -> str:
    """Return the values of a cell that other cells of its task do not share."""
    parts = []
    for key, value in cell.values.items():
        if key != "task" and len(study.grid[key]) > 1:
            parts.append(value)
    return ", ".join(parts) or "all runs"


def _task_charts(study: StudySpecification, identifier: str, task: str, cells: Sequence[CellSummary]) -> list[Chart]:
    """Return learning curves, in charts of about equally many, and the returns of all runs."""
    charts = []
    solved = cells[0].solved_return
    levels = () if solved is None else (("solved", solved),)
    n_curves = ceil(len(cells) / ceil(len(cells) / MOST_CURVES))
    for first in range(0, len(cells), n_curves):
        series = []
        for number, cell in enumerate(cells[first : first + n_curves]):
            curves = [(row.evaluations, best_so_far(row)) for row in cell.rows]
            x, low, median, high = learning_curve(curves, extend=True)
            series.append(Series(_label(study, cell), x, median, low, high, colour=number))
        summary = f"{task}: best validation return so far, median and quartiles over seeds."
        y = "best validation return (sum of rewards)"
        charts.append(Chart(f"{identifier}-curves-{first}", "individuals evaluated", y, series, summary, levels=levels))
    charts.append(_returns(study, identifier, task, cells, levels))
    return charts


def _returns(
    study: StudySpecification,
    identifier: str,
    task: str,
    cells: Sequence[CellSummary],
    levels: Sequence[tuple[str, float]],
) -> Chart:
    """Return the chart of all runs: a dot each, and median and quartiles of each setting."""
    points, places, texts, quartiles = [], [], [], []
    for number, cell in enumerate(cells):
        points.append(cell.returns)
        places.append(number + 0.5 * ((np.arange(len(cell.rows)) + 0.5) / len(cell.rows) - 0.5))
        texts += [f"seed {row.seed}" for row in cell.rows]
        quartiles.append(cell.quartiles)
    low, median, high = np.array(quartiles, dtype=np.float64).T
    middle = Series("median and quartiles", median, np.arange(len(cells)), low, high, style="across", colour=1)
    runs = Series("one run", np.concatenate(points), np.concatenate(places), style="cloud", colour=0, texts=texts)
    summary = f"{task}: mean return on unseen starts of each run, with median and quartiles of each setting."
    x = "mean return on unseen starts (sum of rewards)"
    rows = [_label(study, cell) for cell in cells]
    return Chart(f"{identifier}-returns", x, "", (runs, middle), summary, levels, vertical=True, rows=rows)


def _scores(study: StudySpecification, cells: Sequence[CellSummary]) -> Chart:
    means = sorted(interquartile_means(over_tasks(study, cells)).items(), key=lambda item: -item[1][0])
    mean, low, high = np.array([values for _, values in means]).T
    rows = [", ".join(key) for key, _ in means]
    y = np.arange(len(rows))
    series = (Series("interquartile mean, 95 % interval", mean, y, low, high, style="across", colour=0),)
    summary = "Interquartile mean of scaled returns over all tasks and seeds, with 95 % bootstrap intervals."
    return Chart("scores-chart", "score", "", series, summary, vertical=True, rows=rows)


def _origin(results: StudyTable) -> Markup:
    provenance = dict(results.provenance)
    versions = provenance.pop("versions", {})
    pairs: list[tuple[object, object]] = [*provenance.items()]
    if isinstance(versions, dict):
        pairs.append(("versions", ", ".join(f"{name} {version}" for name, version in versions.items())))
    return section("provenance", "Provenance", definitions(pairs), element("pre", results.specification))
