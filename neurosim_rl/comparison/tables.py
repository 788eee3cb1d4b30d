"""Tables of a comparison as text, JSON and CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neurosim_rl.analysis.text_page import TextPage
from neurosim_rl.analysis.text_table import TextTable
from neurosim_rl.comparison.groups import Group
from neurosim_rl.comparison.run_summary import FINISHED, RunSummary
from neurosim_rl.runs.files import writing

_RUN_COLUMNS = (
    "setting",
    "seed",
    "generations",
    "evaluations",
    "fitness",
    "unseen return",
    "95 % interval",
    "success",
    "state",
)
_GROUP_COLUMNS = ("setting", "seeds", "finished", "median return", "quartiles", "solved")

_SHORT_STATE = 40
"""Largest number of characters of a problem in the table; --json has the whole text."""


def comparison_json(groups: Sequence[Group]) -> dict[str, Any]:
    """Return all runs and all settings, for JSON."""
    return {
        "runs": list(map(RunSummary.table, _runs(groups))),
        "settings": list(map(Group.table, groups)),
    }


def _runs(groups: Sequence[Group]) -> list[RunSummary]:
    """Return the runs of all groups."""
    runs: list[RunSummary] = []
    for group in groups:
        runs += group.runs
    return runs


def comparison_summary(groups: Sequence[Group]) -> TextPage:
    """Return a table of all runs, and one of all settings."""
    runs = TextTable(_RUN_COLUMNS, list(map(_run_row, _runs(groups))), _RUN_COLUMNS[1:-1], keys=2)
    settings = TextTable(_GROUP_COLUMNS, list(map(_group_row, groups)), _GROUP_COLUMNS[1:])
    return TextPage((runs, "", settings))


def _run_row(result: RunSummary) -> list[str]:
    wanted = "?" if result.config is None else result.config.generations
    return [
        result.setting or "-",
        _or_dash(result.seed),
        f"{result.n_generations}/{wanted}",
        str(result.n_evaluations),
        _or_dash(result.fitness, ".2f"),
        _or_dash(result.mean_return, ".2f"),
        "-" if result.ci95 is None else "{:.1f} to {:.1f}".format(*result.ci95),
        _or_dash(result.success_rate, ".0%"),
        result.state if not result.problem else f"{result.state}: {_shortened(result)}",
    ]


def _shortened(result: RunSummary) -> str:
    """Return a problem without the path of the run, and cut to `_SHORT_STATE` characters."""
    text = result.problem.replace(f"{result.path}/", "").replace(str(result.path), result.path.name)
    if len(text) <= _SHORT_STATE:
        return text
    return text[: _SHORT_STATE - 3] + "..."


def _group_row(group: Group) -> list[str]:
    low, median, high = group.quartiles or (None, None, None)
    finished = sum(run.state == FINISHED for run in group.runs)
    return [
        group.setting or "-",
        str(len(group.runs)),
        str(finished),
        _or_dash(median, ".2f"),
        "-" if low is None else f"{low:.1f} to {high:.1f}",
        "-" if group.n_solved is None else f"{group.n_solved} of {finished}",
    ]


def _or_dash(value: float | None, form: str = "") -> str:
    return "-" if value is None else format(value, form)


def write_csv(groups: Sequence[Group], path: Path) -> None:
    """Write a row for each run.

    Raises
    ------
    RunFolderError
        When the file cannot be written.
    """
    rows = comparison_json(groups)["runs"]
    with writing(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
