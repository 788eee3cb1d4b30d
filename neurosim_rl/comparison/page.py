"""The report of a comparison as one page: tables of runs and settings, learning curves, and champions' returns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from neurosim_rl.analysis.page.chart import Chart, Series
from neurosim_rl.analysis.page.document import Page
from neurosim_rl.analysis.page.markup import Markup, section, table
from neurosim_rl.comparison.curves import learning_curve
from neurosim_rl.comparison.groups import Group
from neurosim_rl.comparison.run_summary import RUNNING, RunSummary

RUN_COLUMNS = (
    "setting",
    "seed",
    "state",
    "generations",
    "evaluations",
    "fitness",
    "mean return",
    "95 % interval",
    "success",
)
SETTING_COLUMNS = ("setting", "runs", "finished", "median return", "quartiles", "solved")
NO_TASK = "unreadable runs"


def comparison_page(groups: Sequence[Group], title: str) -> Page:
    """Return the report of runs in groups: one part for each task, since returns of different tasks do not compare.

    Parameters
    ----------
    groups : sequence of Group
    title : str
    """
    sections = [section("settings", "Settings", _settings(groups))]
    charts: list[Chart] = []
    for number, (task, members) in enumerate(by_task(groups).items()):
        drawn = task_charts(f"task-{number}", task, members)
        charts += drawn
        if drawn:
            sections.append(section(f"task-{chr(97 + number % 26)}", task, *[chart.place() for chart in drawn]))
    sections.append(section("runs", "Runs", _runs(groups)))
    is_under_way = any(run.state == RUNNING for group in groups for run in group.runs)
    return Page(title, sections, charts, is_under_way=is_under_way)


def by_task(groups: Iterable[Group]) -> dict[str, list[Group]]:
    """Return the groups of each task; unreadable runs have none."""
    found: dict[str, list[Group]] = {}
    for group in groups:
        tasks = {run.config.task for run in group.runs if run.config is not None}
        found.setdefault(min(tasks, default=NO_TASK), []).append(group)
    return found


def task_charts(identifier: str, task: str, groups: Sequence[Group]) -> list[Chart]:
    """Return learning curves of a task's settings, and returns of their champions, where there are any."""
    charts = []
    with_history = [group for group in groups if group.histories]
    if with_history:
        charts.append(_curves(identifier, task, with_history))
    if any(len(group.returns) for group in groups):
        charts.append(_champions(identifier, task, groups))
    return charts


def _name(group: Group) -> str:
    return group.setting or "all runs"


def _curves(identifier: str, task: str, groups: Sequence[Group]) -> Chart:
    validated = not any(np.isnan(h.validation_return).any() for group in groups for h in group.histories)
    series = []
    for number, group in enumerate(groups):
        curves = [(h.n_evaluated, h.validation_return if validated else h.best_fitness) for h in group.histories]
        x, low, median, high = learning_curve(curves, extend=False)
        series.append(Series(_name(group), x, median, low, high, colour=number))
    y = "validation return (sum of rewards)" if validated else "best fitness"
    summary = f"{task}: best individual of each generation, median and quartiles over the runs of each setting."
    return Chart(f"{identifier}-curves", "individuals evaluated", y, series, summary)


def _champions(identifier: str, task: str, groups: Sequence[Group]) -> Chart:
    series = []
    for number, group in enumerate(groups):
        finished = [run for run in group.runs if run.mean_return is not None and run.ci95 is not None]
        if not finished:
            continue
        low, high = np.array([run.ci95 for run in finished]).T
        y = number + 0.5 * ((np.arange(len(finished)) + 0.5) / len(finished) - 0.5)
        texts = [f"seed {run.seed}" for run in finished]
        means = np.array([run.mean_return for run in finished])
        series.append(Series(_name(group), means, y, low, high, style="across", colour=number, texts=texts))
    solved = {run.solved_return for group in groups for run in group.runs if run.config is not None}
    threshold = solved.pop() if len(solved) == 1 else None
    return Chart(
        f"{identifier}-champions",
        "mean return on unseen starts (sum of rewards)",
        "",
        series,
        f"{task}: the champion of each run on unseen starts, with its 95 % interval.",
        levels=() if threshold is None else (("solved", threshold),),
        vertical=True,
        rows=list(map(_name, groups)),
    )


def _settings(groups: Sequence[Group]) -> Markup:
    rows = []
    for group in groups:
        values = group.table()
        low, high = values["quartiles"]
        rows.append(
            [
                _name(group),
                str(values["n_seeds"]),
                str(values["n_finished"]),
                _number(values["median_return"]),
                "-" if low is None else f"{low:.1f} to {high:.1f}",
                "-" if group.n_solved is None else f"{group.n_solved} of {values['n_finished']}",
            ]
        )
    return table(SETTING_COLUMNS, rows, caption="Returns on unseen starts, over the runs of each setting")


def _runs(groups: Sequence[Group]) -> Markup:
    rows = []
    for group in groups:
        rows += [_run_row(group, run) for run in group.runs]
    return table(RUN_COLUMNS, rows, caption="Every run", numbers=3)


def _run_row(group: Group, run: RunSummary) -> list[str]:
    wanted = "?" if run.config is None else run.config.generations
    return [
        _name(group),
        "-" if run.seed is None else str(run.seed),
        f"{run.state}: {run.problem}" if run.problem else run.state,
        f"{run.n_generations} of {wanted}",
        str(run.n_evaluations),
        _number(run.fitness),
        _number(run.mean_return),
        "-" if run.ci95 is None else f"{run.ci95[0]:.1f} to {run.ci95[1]:.1f}",
        "-" if run.success_rate is None else f"{run.success_rate:.0%}",
    ]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
