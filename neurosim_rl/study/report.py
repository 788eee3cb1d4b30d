"""A study as text, RST, CSV and JSON."""

from __future__ import annotations

import csv
import io
from typing import Any

from neurosim_rl.study.specification import Study
from neurosim_rl.study.summary import CellSummary, by_cell, interquartile_means, over_tasks
from neurosim_rl.study.table import StudyTable
from neurosim_rl.tables import TextTable

_COUNTS = {"genes": "n_parameters", "evaluations": "n_evaluations", "episodes": "n_episodes", "steps": "n_steps"}
_COLUMNS = ("seeds", "median return", "quartiles", "solved", "95 % interval", *_COUNTS)


def study_json(study: Study, table: StudyTable) -> dict[str, Any]:
    """Return the study, cell by cell, and over tasks."""
    cells = by_cell(study, table)
    return {
        "study": study.name,
        "runs": study.n_runs,
        "runs_done": sum(len(cell.rows) + cell.n_failed for cell in cells),
        "cells": [_cell_json(cell) for cell in cells],
        "interquartile_means": [
            {"setting": list(key), "mean": mean, "ci95": [low, high]}
            for key, (mean, low, high) in interquartile_means(over_tasks(study, cells)).items()
        ],
        "failed": [{"run": row.name, "problem": row.problem} for row in table.rows if row.problem],
    }


def _cell_json(cell: CellSummary) -> dict[str, Any]:
    low, median, high = cell.quartiles or (None, None, None)
    return {
        **cell.values,
        "seeds": len(cell.rows),
        "failed": cell.n_failed,
        "median_return": median,
        "quartiles": [low, high] if cell.rows else None,
        "solved": cell.n_solved,
        "solved_ci95": cell.solved_interval,
        **{key: cell.mean(key) if cell.rows else None for key in _COUNTS.values()},
    }


def study_text(study: Study, table: StudyTable) -> str:
    """Return a table of all cells, and one over tasks."""
    parts = [_table(study, table).ruled()]
    overall = _overall(study, table)
    if overall is not None:
        parts.append("Over all tasks, interquartile mean of scaled returns:\n" + overall.ruled())
    failed = [f"{row.name}: {row.problem}" for row in table.rows if row.problem]
    if failed:
        parts.append("Failed:\n" + "\n".join(failed))
    return "\n\n".join(parts)


def study_rst(study: Study, table: StudyTable) -> str:
    """Return the same as simple RST tables."""
    tables = [_table(study, table), _overall(study, table)]
    return "\n\n".join(found.rst() for found in tables if found is not None)


def study_csv(table: StudyTable) -> str:
    """Return a row for each run."""
    columns = (
        "seed",
        "n_parameters",
        "n_evaluations",
        "n_episodes",
        "n_steps",
        "seconds",
        "mean_return",
        "success_rate",
    )
    text = io.StringIO()
    writer = csv.writer(text)
    keys = list(table.rows[0].values) if table.rows else []
    writer.writerow(["run", *keys, *columns, "champion_sha256", "problem"])
    for row in table.rows:
        values = [getattr(row, column) for column in columns]
        writer.writerow([row.name, *row.values.values(), *values, row.sha256, row.problem])
    return text.getvalue()


def _table(study: Study, table: StudyTable) -> TextTable:
    header = [key.removesuffix(".name") for key in study.grid] + list(_COLUMNS)
    return TextTable(header, [_cells_of(study, cell) for cell in by_cell(study, table)])


def _cells_of(study: Study, cell: CellSummary) -> list[str]:
    names = [cell.values[key] for key in study.grid]
    if cell.quartiles is None:
        return [*names, "0", *["-"] * (len(_COLUMNS) - 1)]
    low, median, high = cell.quartiles
    interval = cell.solved_interval
    return [
        *names,
        str(len(cell.rows)) + (f" ({cell.n_failed} failed)" if cell.n_failed else ""),
        f"{median:.1f}",
        f"{low:.1f} to {high:.1f}",
        "-" if cell.n_solved is None else str(cell.n_solved),
        "-" if interval is None else f"{interval[0]:.0%} to {interval[1]:.0%}",
        *(f"{cell.mean(column):.0f}" for column in _COUNTS.values()),
    ]


def _overall(study: Study, table: StudyTable) -> TextTable | None:
    means = interquartile_means(over_tasks(study, by_cell(study, table)))
    if not means:
        return None
    header = [key.removesuffix(".name") for key in study.grid if key != "task"] + ["score", "95 % interval"]
    ranked = sorted(means.items(), key=lambda item: -item[1][0])
    rows = [[*key, f"{mean:.3f}", f"{low:.3f} to {high:.3f}"] for key, (mean, low, high) in ranked]
    return TextTable(header, rows)
