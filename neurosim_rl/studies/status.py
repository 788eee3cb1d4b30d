"""Status of a study, for another terminal than the one of the study."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.run_list import STUDY_FILE, STUDY_TABLE
from neurosim_rl.runs.status import closing_lines, job_of, last_event
from neurosim_rl.settings.command_line import command_line
from neurosim_rl.studies.specification import parse_study, read_study
from neurosim_rl.studies.summary import by_cell
from neurosim_rl.studies.table import StudyTable


def study_status_json(path: Path | str) -> dict[str, Any]:
    """Return the status of a study.

    ``state`` has the values of :func:`neurosim_rl.runs.status.status_json`. A study with failed runs is "stopped" and
    never "finished", because they can be tried again. ``runs_done`` and ``runs_failed`` count rows of its table.

    Raises
    ------
    RunFolderError, ConfigurationError
        When the table or ``study.toml`` is damaged.
    """
    root = Path(path)
    folder, table = RunFolder(root), root / STUDY_TABLE
    folder.check_links()
    rows = StudyTable.read(table) if table.is_file() else StudyTable()
    file = root / STUDY_FILE
    study = read_study(file) if file.is_file() else parse_study(rows.specification, table)
    n_done = n_failed = 0
    for cell in by_cell(study, rows):
        n_done += len(cell.rows)
        n_failed += cell.n_failed
    holder, job = folder.holder(), job_of(folder)
    if holder:
        state = "running"
    elif n_done == study.n_runs:
        state = "finished"
    else:
        state = "queued" if job else "stopped"
    return {
        "study": str(path),
        "name": study.name,
        "state": state,
        "runs": study.n_runs,
        "runs_done": n_done,
        "runs_failed": n_failed,
        "holder": None if holder is None else asdict(holder),
        "job": job,
        "last_event": last_event(folder),
    }


def study_status_text(status: dict[str, Any]) -> str:
    """Return the status as a few lines of text."""
    path = Path(status["study"])
    failed = f", {status['runs_failed']} failed" if status["runs_failed"] else ""
    lines = [
        f"study {status['name']}: {status['state']}",
        f"{status['runs_done']} of {status['runs']} runs are in its table{failed}",
    ]
    file = str(path / STUDY_FILE)
    if not Path(file).is_file():
        file = "FILE.toml"  # the study began from a file in another place
    return "\n".join([*lines, *closing_lines(status, command_line("study", file, "--out", path))])
