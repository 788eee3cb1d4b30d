"""A comparison as text, JSON and CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neurosim_rl.comparison.groups import Group
from neurosim_rl.comparison.results import FINISHED, Result
from neurosim_rl.runs.files import writing

_SHORT_STATE = 40
"""Characters of a problem in the table; --json tells all."""


def comparison_json(groups: Sequence[Group]) -> dict[str, Any]:
    """Return all runs and all settings."""
    return {
        "runs": [result.table() for group in groups for result in group.results],
        "settings": [group.table() for group in groups],
    }


def comparison_text(groups: Sequence[Group]) -> str:
    """Return a table of all runs, and one of all settings."""
    width = max(7, *(len(group.setting) for group in groups)) + 1
    head = f"{'setting':{width}}{'seed':>5}{'generations':>13}{'evaluations':>13}{'fitness':>10}"
    head += f"{'unseen return':>15}{'95 % interval':>20}{'success':>9}  state"
    rows = [_run_row(result, width) for group in groups for result in group.results]
    summary = f"{'setting':{width}}{'seeds':>6}{'finished':>10}{'median return':>15}{'quartiles':>22}{'solved':>9}"
    return "\n".join([head, *rows, "", summary, *(_group_row(group, width) for group in groups)])


def _run_row(result: Result, width: int) -> str:
    wanted = "?" if result.config is None else result.config.generations
    interval = "-" if result.ci95 is None else "{:.1f} to {:.1f}".format(*result.ci95)
    state = result.state if not result.problem else f"{result.state}: {_shortened(result)}"
    return (
        f"{result.setting or '-':{width}}{_or_dash(result.seed):>5}{f'{result.n_generations}/{wanted}':>13}"
        f"{result.n_evaluations:>13}{_or_dash(result.fitness, '.2f'):>10}{_or_dash(result.mean_return, '.2f'):>15}"
        f"{interval:>20}{_or_dash(result.success_rate, '.0%'):>9}  {state}"
    )


def _shortened(result: Result) -> str:
    """Return a problem without the path, which only its end tells apart."""
    text = result.problem.replace(f"{result.path}/", "").replace(str(result.path), result.path.name)
    return text if len(text) <= _SHORT_STATE else text[: _SHORT_STATE - 3] + "..."


def _group_row(group: Group, width: int) -> str:
    low, median, high = group.quartiles or (None, None, None)
    quartiles = "-" if low is None else f"{low:.1f} to {high:.1f}"
    finished = sum(result.state == FINISHED for result in group.results)
    solved = "-" if group.n_solved is None else f"{group.n_solved} of {finished}"
    return (
        f"{group.setting or '-':{width}}{len(group.results):>6}{finished:>10}{_or_dash(median, '.2f'):>15}"
        f"{quartiles:>22}{solved:>9}"
    )


def _or_dash(value: float | None, form: str = "") -> str:
    return "-" if value is None else format(value, form)


def write_csv(groups: Sequence[Group], path: Path) -> None:
    """Write a row for each run.

    Raises
    ------
    RunFolderError
        When it cannot be written.
    """
    rows = comparison_json(groups)["runs"]
    with writing(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
