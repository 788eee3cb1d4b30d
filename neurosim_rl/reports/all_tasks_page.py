"""The page of results, as reStructuredText, JSON and HTML: one table over all tasks, and one table for each task."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import fill

from neurosim_rl.analysis.saving import save_figure
from neurosim_rl.optimizees import solved_return
from neurosim_rl.reports.all_tasks import results_json
from neurosim_rl.reports.all_tasks_report import Results, results_report
from neurosim_rl.reports.all_tasks_tables import ABOUT, ABOUT_ALL, overview_table, task_table, verdict
from neurosim_rl.reports.measures import sources_text
from neurosim_rl.reports.results_figure import draw_results
from neurosim_rl.reports.table_row import TableRow
from neurosim_rl.runs.files import make_folder, writing
from neurosim_rl.runs.provenance import provenance

NAME = "results"
WIDTH = 120


def write_page(found: Mapping[str, list[TableRow]], out: Path, *, episodes: int, command: str) -> list[Path]:
    """Write ``results.rst``, ``.json``, ``.html`` and ``.png``, each whole or not at all; return their paths.

    Parameters
    ----------
    found : mapping of str to list of TableRow
        By task.
    out : path
        Folder for the files; it is made if need be.
    episodes : int
        Number of unseen starts.
    command : str
        Command that makes the same page.

    Raises
    ------
    RunFolderError
        When the folder cannot be made or written.
    """
    make_folder(out)
    versions = provenance()["versions"]
    record = {"episodes": episodes, "command": command, "versions": versions, "tasks": results_json(found)}
    texts = {
        f"{NAME}.rst": page(found, episodes=episodes, command=command, versions=versions),
        f"{NAME}.json": json.dumps(record, indent=2) + "\n",
    }
    for name, text in texts.items():
        with writing(out / name) as temporary:
            temporary.write_text(text, encoding="utf-8")
    results_report(Results(found, episodes, command, versions)).write(out / f"{NAME}.html")
    figure = draw_results(found, {task: solved_return(task) for task in found})
    return [*(out / name for name in texts), out / f"{NAME}.html", save_figure(figure, out / f"{NAME}.png")]


def page(found: Mapping[str, list[TableRow]], *, episodes: int, command: str, versions: Mapping[str, str]) -> str:
    """Return the page."""
    made_with = ", ".join(f"{name} {version}" for name, version in versions.items())
    sections = [_section(task, rows) for task, rows in found.items()]
    sources = [f"* {line}" for line in sources_text().splitlines()]
    parts = [
        _heading("Results", "="),
        fill(ABOUT.format(episodes=episodes), WIDTH),
        fill(f"Made by ``{command}`` with {made_with}.", WIDTH, break_on_hyphens=False, break_long_words=False),
        _heading("All tasks", "-"),
        fill(ABOUT_ALL, WIDTH),
        f".. image:: {NAME}.png\n   :alt: mean return and 95 % interval of every controller, a panel for each task",
        overview_table(found).rst(),
        *sections,
        _heading("Constants of energy", "-"),
        "\n".join(sources),
    ]
    return "\n\n".join(parts) + "\n"


def _section(task: str, rows: Sequence[TableRow]) -> str:
    """Return the heading, table and sources of one task."""
    sources = [f"* {row.controller}: {row.source}." for row in rows if row.source]
    parts = [_heading(task, "-"), verdict(task, rows), task_table(rows).rst()]
    if sources:
        parts.append("\n".join(sources))
    return "\n\n".join(parts)


def _heading(text: str, mark: str) -> str:
    return f"{text}\n{mark * len(text)}"
