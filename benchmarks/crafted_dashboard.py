"""What a browser asks a dashboard about one run folder: the row of the table, curves, failures, the report."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from neurosim_rl.dashboard.application import Answers, dashboard_application
from neurosim_rl.dashboard.catalogue import Catalogue


def dashboard(path: str) -> int:
    """Read a run as the dashboard does, and write its answers; return 0.

    Reports are of the folder's owner, and shown without rights: only whether there is one is written.
    """
    catalogue = Catalogue(Path(path))
    catalogue.look()
    while catalogue.read_next():
        pass
    answers = Answers(catalogue)
    answers.access = dashboard_application(catalogue)
    listed = answers.runs(_request())
    sys.stdout.buffer.write(listed.body + b"\n")
    for identifier in [row["id"] for row in catalogue.changes(0)["rows"]]:
        request = _request(identifier)
        for answer in (answers.curves(request), answers.failures(request)):
            sys.stdout.buffer.write(answer.body + b"\n")
        print("report", answers.report(request).status_code)
    return 0


def _request(identifier: str = "") -> Any:
    query = SimpleNamespace(get=lambda name, default: default, getlist=lambda name: [identifier])
    return SimpleNamespace(query_params=query, path_params={"run": identifier})
