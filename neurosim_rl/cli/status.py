"""``neurosim-rl status``: print the state of runs or of a study: running, queued, stopped or finished, and progress."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim_rl.cli.arguments import add_json, print_output

if TYPE_CHECKING:
    from neurosim_rl.analysis.text_table import TextTable


def status_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``status``."""
    parser.add_argument("run", metavar="RUN", help="run folder, folder of run folders, or folder of a study")
    add_json(parser)


def status_command(options: argparse.Namespace) -> int:
    """Print the state of runs or of a study: running, queued, stopped or finished, and progress."""
    from neurosim_rl.analysis.text_page import TextPage
    from neurosim_rl.runs.run_list import is_study
    from neurosim_rl.runs.status import status_text, statuses
    from neurosim_rl.studies.status import study_status_json, study_status_text

    if is_study(Path(options.run)):
        study = study_status_json(options.run)
        print_output(study if options.json else TextPage((study_status_text(study),)))
        return 0
    found = statuses(options.run)
    if not options.json:
        print_output(TextPage((_runs_table(found) if len(found) > 1 else status_text(found),)))
    else:
        print_output(found[0] if len(found) == 1 else found)
    return 0


def _runs_table(found: Sequence[dict[str, Any]]) -> TextTable:
    """Return a table with a row for each run."""
    from neurosim_rl.analysis.text_table import TextTable

    rows = []
    for status in found:
        if status["state"] == "damaged":
            rows.append([status["run"], "damaged", "", "", status["last_event"]])
            continue
        best = "-" if status["best_fitness"] is None else f"{status['best_fitness']:.6g}"
        failed = f"{status['failed']} individuals failed" if status["failed"] else ""
        generations = f"{status['generations']} of {status['generations_wanted']}"
        rows.append([status["run"], status["state"], generations, best, failed])
    header = ["run", "state", "generations", "best fitness", "problem"]
    if not any(row[-1] for row in rows):
        header.pop()
        rows = [row[:-1] for row in rows]
    return TextTable(header, rows, header[2:4])
