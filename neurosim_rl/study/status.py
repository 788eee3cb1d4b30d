"""Where a study stands, seen from another terminal."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.run_list import STUDY_FILE, STUDY_TABLE
from neurosim_rl.runs.status import closing_lines, job_of, last_event
from neurosim_rl.study.specification import parse_study, read_study
from neurosim_rl.study.summary import by_cell
from neurosim_rl.study.table import StudyTable


def study_status_json(path: Path | str) -> dict[str, Any]:
    """Return where a study stands.

    ``state`` is as of :func:`neurosim_rl.runs.status.status_json`; a study with runs that failed is no more than
    "stopped", for they can be tried again. ``runs_done`` and ``runs_failed`` count what is in its table.

    Raises
    ------
    RunFolderError, ConfigurationError
        When its table or its ``study.toml`` is damaged.
    """
    root = Path(path)
    folder, table = RunFolder(root), root / STUDY_TABLE
    rows = StudyTable.read(table) if table.is_file() else StudyTable()
    file = root / STUDY_FILE
    study = read_study(file) if file.is_file() else parse_study(rows.specification, table)
    cells = by_cell(study, rows)
    done = sum(len(cell.rows) for cell in cells)
    busy, job = folder.holder(), job_of(folder)
    state = "running" if busy else "finished" if done == study.n_runs else "queued" if job else "stopped"
    return {
        "study": str(path),
        "name": study.name,
        "state": state,
        "runs": study.n_runs,
        "runs_done": done,
        "runs_failed": sum(cell.n_failed for cell in cells),
        "holder": None if busy is None else asdict(busy),
        "job": job,
        "last_event": last_event(folder),
    }


def study_status_text(status: dict[str, Any]) -> str:
    """Return the same on a few lines."""
    path = Path(status["study"])
    failed = f", {status['runs_failed']} failed" if status["runs_failed"] else ""
    lines = [
        f"study {status['name']}: {status['state']}",
        f"{status['runs_done']} of {status['runs']} runs are in its table{failed}",
    ]
    file = path / STUDY_FILE if (path / STUDY_FILE).is_file() else "FILE.toml"
    return "\n".join([*lines, *closing_lines(status, f"neurosim-rl study {file} --out {path}")])
