"""Tables of a study as text, RST, CSV and JSON."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from typing import Any

from neurosim_rl.analysis.text_page import TextPage
from neurosim_rl.analysis.text_table import TextTable
from neurosim_rl.studies.depth import Depths, by_depth
from neurosim_rl.studies.specification import StudySpecification
from neurosim_rl.studies.summary import CellSummary, by_cell, interquartile_means, over_tasks
from neurosim_rl.studies.table import StudyTable

_COUNTS = {"genes": "n_parameters", "evaluations": "n_evaluations", "episodes": "n_episodes", "steps": "n_steps"}
LAYERS = (
    "Hidden layers, over networks of the same widths: interquartile mean of a measure, and the probability that a run "
    "is better than one with fewer layers (95 % bootstrap intervals)"
)
"""Title of the table of hidden layers."""
SPIKES = "spikes an action"
"""Title of the column with the mean of ``spikes_per_action``; tables of policies, and older ones, have none."""
_COLUMNS = ("seeds", "median return", "quartiles", "solved", "95 % interval", *_COUNTS)


def study_json(study: StudySpecification, table: StudyTable) -> dict[str, Any]:
    """Return the study for JSON: each cell, and the comparisons over tasks and over numbers of layers."""
    cells = by_cell(study, table)
    n_done = 0
    for cell in cells:
        n_done += len(cell.rows) + cell.n_failed
    means = []
    for key, (mean, low, high) in interquartile_means(over_tasks(study, cells)).items():
        means.append({"setting": list(key), "mean": mean, "ci95": [low, high]})
    return {
        "study": study.name,
        "runs": study.n_runs,
        "runs_done": n_done,
        "cells": list(map(_cell_json, cells)),
        "interquartile_means": means,
        "layers": list(map(_layers_json, by_depth(study, cells))),
        "failed": [{"run": row.name, "problem": row.problem} for row in table.rows if row.problem],
    }


def _cell_json(cell: CellSummary) -> dict[str, Any]:
    low, median, high = cell.quartiles or (None, None, None)
    summary = {
        **cell.values,
        "seeds": len(cell.rows),
        "failed": cell.n_failed,
        "median_return": median,
        "quartiles": [low, high] if cell.rows else None,
        "solved": cell.n_solved,
        "solved_ci95": cell.solved_interval,
    }
    for column in _COUNTS.values():
        summary[column] = cell.mean(column) if cell.rows else None
    spikes = cell.mean("spikes_per_action")
    summary["spikes_per_action"] = None if math.isnan(spikes) else spikes
    return summary


def _layers_json(depths: Depths) -> dict[str, Any]:
    means = []
    for n, (mean, low, high) in depths.means.items():
        means.append({"layers": n, "seeds": len(depths.returns[n]), "mean": mean, "ci95": [low, high]})
    improvements = []
    for (more, fewer), (probability, low, high) in depths.improvements.items():
        improvements.append({"layers": more, "against": fewer, "probability": probability, "ci95": [low, high]})
    return {
        **depths.setting,
        "measure": depths.measure,
        "widths": list(depths.widths),
        "interquartile_means": means,
        "improvements": improvements,
    }


def study_summary(study: StudySpecification, table: StudyTable) -> TextPage:
    """Return a table of all cells, one over tasks, one of numbers of layers, and a list of failed runs."""
    parts: list[str | TextTable] = [settings_table(study, table)]
    overall = overall_table(study, table)
    if overall is not None:
        parts += ["", "Over all tasks, interquartile mean of scaled returns:", overall]
    layers = _layers(study, table)
    if layers is not None:
        parts += ["", f"{LAYERS}:", layers]
    failed = [f"{row.name}: {row.problem}" for row in table.rows if row.problem]
    if failed:
        parts += ["", "Failed:", *failed]
    return TextPage(tuple(parts))


def study_rst(study: StudySpecification, table: StudyTable) -> str:
    """Return the tables of `study_summary` as simple RST tables."""
    tables = [settings_table(study, table), overall_table(study, table), _layers(study, table)]
    return "\n\n".join([each.rst() for each in tables if each is not None])


def study_csv(table: StudyTable) -> str:
    """Return CSV with a row for each run."""
    columns = ["seed", "n_parameters", "n_evaluations", "n_episodes", "n_steps", "seconds"]
    columns += ["mean_return", "success_rate", "spikes_per_action"]
    text = io.StringIO()
    writer = csv.writer(text)
    keys = list(table.rows[0].values) if table.rows else []
    writer.writerow(["run", *keys, *columns, "champion_sha256", "problem"])
    for row in table.rows:
        values = [getattr(row, column) for column in columns]
        writer.writerow([row.name, *row.values.values(), *values, row.sha256, row.problem])
    return text.getvalue()


def _short(keys: Iterable[str]) -> list[str]:
    """Return keys of a configuration as column titles: ``decoder`` for ``decoder.name``."""
    return [key.removesuffix(".name") for key in keys]


def settings_table(study: StudySpecification, table: StudyTable) -> TextTable:
    """Return the table of all cells of the grid."""
    cells = by_cell(study, table)
    rows = [_cells_of(study, cell) for cell in cells]
    spikes = [cell.mean("spikes_per_action") for cell in cells]
    if not any(number > 0 for number in spikes):
        return TextTable([*_short(study.grid), *_COLUMNS], rows, _COLUMNS, rule=True, keys=len(study.grid))
    for row, number in zip(rows, spikes, strict=True):
        row.append("-" if math.isnan(number) else f"{number:.1f}")
    columns = (*_COLUMNS, SPIKES)
    return TextTable([*_short(study.grid), *columns], rows, columns, rule=True, keys=len(study.grid))


def _cells_of(study: StudySpecification, cell: CellSummary) -> list[str]:
    names = [cell.values[key] for key in study.grid]
    if cell.quartiles is None:
        return [*names, "0", *["-"] * (len(_COLUMNS) - 1)]
    low, median, high = cell.quartiles
    n_seeds = str(len(cell.rows))
    if cell.n_failed:
        n_seeds += f" ({cell.n_failed} failed)"
    interval = cell.solved_interval
    texts = [
        *names,
        n_seeds,
        f"{median:.1f}",
        f"{low:.1f} to {high:.1f}",
        "-" if cell.n_solved is None else str(cell.n_solved),
        "-" if interval is None else f"{interval[0]:.0%} to {interval[1]:.0%}",
    ]
    return texts + [f"{cell.mean(column):.0f}" for column in _COUNTS.values()]


def overall_table(study: StudySpecification, table: StudyTable) -> TextTable | None:
    """Return the table of scores over all tasks; None where the study has no scale of returns, or one task."""
    means = interquartile_means(over_tasks(study, by_cell(study, table)))
    if not means:
        return None
    keys = list(study.grid)
    keys.remove("task")
    header = [*_short(keys), "score", "95 % interval"]
    ranked = sorted(means.items(), key=lambda item: -item[1][0])
    rows = [[*key, f"{mean:.3f}", f"{low:.3f} to {high:.3f}"] for key, (mean, low, high) in ranked]
    return TextTable(header, rows, header[-2:], rule=True, keys=len(keys))


def _layers(study: StudySpecification, table: StudyTable) -> TextTable | None:
    found = by_depth(study, by_cell(study, table))
    if not found:
        return None
    header = [*_short(found[0].setting), "measure", "layers", "widths", "seeds"]
    header += ["mean", "95 % interval", "better than", "probability", "95 % interval"]
    rows = []
    for depths in found:
        rows += _rows_of(depths)
    n_keys = header.index("layers") + 1
    return TextTable(header, rows, header[n_keys - 1 :], rule=True, keys=n_keys)


def _rows_of(depths: Depths) -> list[list[str]]:
    """Return a row for each number of layers and each smaller number of layers."""
    widths = " ".join(map(str, depths.widths))
    rows = []
    for n, (mean, low, high) in depths.means.items():
        own = [*depths.setting.values(), depths.measure, str(n), widths, str(len(depths.returns[n]))]
        own += [f"{mean:.1f}", f"{low:.1f} to {high:.1f}"]
        n_compared = 0
        for (more, fewer), (probability, lower, upper) in depths.improvements.items():
            if more == n:
                rows.append([*own, str(fewer), f"{probability:.2f}", f"{lower:.2f} to {upper:.2f}"])
                n_compared += 1
        if not n_compared:
            rows.append([*own, "-", "-", "-"])
    return rows
