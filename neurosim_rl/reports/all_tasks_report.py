"""The results of all tasks as one page of HTML: returns under the pointer, and the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase

import numpy as np

from neurosim_rl.analysis.page.chart import Chart, Series
from neurosim_rl.analysis.page.document import Page
from neurosim_rl.analysis.page.markup import Markup, definitions, element, joined, paragraph, section, table
from neurosim_rl.analysis.text_table import TextTable
from neurosim_rl.optimizees import solved_return
from neurosim_rl.reports.all_tasks_tables import ABOUT, ABOUT_ALL, between, overview_table, task_table, verdict
from neurosim_rl.reports.measures import sources_text
from neurosim_rl.reports.results_figure import MARKS, shown_kind
from neurosim_rl.reports.table_row import OURS, PUBLISHED, TableRow


@dataclass(frozen=True)
class Results:
    """Returns of all tasks, as ``results.json`` holds them.

    Parameters
    ----------
    rows : mapping of str to sequence of TableRow
        By task.
    episodes : int
        Number of unseen starts.
    command : str
        Command that measures the same.
    versions : mapping of str to str
        Of the packages that played.
    """

    rows: Mapping[str, Sequence[TableRow]]
    episodes: int
    command: str
    versions: Mapping[str, str]


def results_report(results: Results) -> Page:
    """Return the page: a table over all tasks, and for each task the return of every controller, as chart and table."""
    sections = [
        section("all-tasks", "All tasks", paragraph(ABOUT_ALL), _html(overview_table(results.rows), "Mean returns")),
        section("columns", "What the columns say", paragraph(_emphasised(ABOUT.format(episodes=results.episodes)))),
    ]
    charts = []
    for number, (task, rows) in enumerate(results.rows.items()):
        chart = returns_chart(f"returns-{number}", task, rows)
        charts.append(chart)
        identifier = f"task-{ascii_lowercase[number // 26 % 26]}{ascii_lowercase[number % 26]}"
        parts = [paragraph(verdict(task, rows)), chart.place(), _html(task_table(rows), f"Controllers of {task}")]
        sections.append(section(identifier, task, *parts, _sources(rows)))
    energies = [element("li", line) for line in sources_text().splitlines()]
    sections.append(section("energy", "Constants of energy", element("ul", *energies)))
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    facts = [("command", results.command), ("unseen starts", results.episodes), ("versions", versions)]
    sections.append(section("provenance", "Provenance", definitions(facts)))
    return Page("Results of all tasks", sections, charts)


def returns_chart(identifier: str, task: str, rows: Sequence[TableRow]) -> Chart:
    """Return mean return and 95 % interval of the controllers of one task, from top to bottom in their order.

    Controllers that play in another environment than the task's own are left out: their returns cannot be compared.
    A point without an interval has one of length 0.
    """
    shown = [row for row in rows if row.own_environment]
    series = []
    for colour, kind in enumerate(MARKS):
        places = [place for place, row in enumerate(shown) if shown_kind(row) == kind]
        if not places:
            continue
        mean = np.array([shown[place].mean for place in places])
        low, high = np.array([shown[place].interval or (shown[place].mean,) * 2 for place in places]).T
        texts = [_facts(shown[place]) for place in places]
        grey = None if kind == PUBLISHED else colour
        series.append(Series(kind, mean, np.array(places), low, high, style="across", colour=grey, texts=texts))
    solved = solved_return(task)
    return Chart(
        identifier,
        "mean return (sum of rewards)",
        "",
        series,
        f"{task}: mean return on unseen starts of every controller, with its 95 % interval.",
        levels=() if solved is None else (("solved", solved),),
        vertical=True,
        rows=[_short(row) for row in shown],
    )


def _short(row: TableRow) -> str:
    """Return the name of a champion without its kind, which the pointer shows; other controllers as they are called."""
    return row.controller.rpartition(", ")[2] if row.kind == OURS else row.controller


def _facts(row: TableRow) -> str:
    """Return what is known of a controller in one line, for the pointer."""
    facts = [row.controller]
    if row.interval is not None:
        facts.append(f"95 % interval {between(row.interval)}")
    if row.spikes is not None:
        facts.append(f"{row.spikes:.3g} spikes a step")
    return ", ".join(facts)


def _emphasised(text: str) -> Markup:
    """Return text with ``*words*`` of reStructuredText emphasised."""
    parts = text.split("*")
    return joined([element("em", part) if number % 2 else part for number, part in enumerate(parts)], "")


def _html(made: TextTable, caption: str) -> Markup:
    return table(list(made.header), made.rows, caption=caption)


def _sources(rows: Sequence[TableRow]) -> Markup:
    return element("ul", *[element("li", f"{row.controller}: {row.source}.") for row in rows if row.source])
