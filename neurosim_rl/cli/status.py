"""``neurosim-rl status``: print the state of runs or of a study: running, queued, stopped or finished, and progress."""

from __future__ import annotations

import argparse
from pathlib import Path

from neurosim_rl.cli.arguments import add_json, print_output


def status_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``status``."""
    parser.add_argument("run", metavar="RUN", help="run folder, folder of run folders, or folder of a study")
    add_json(parser)


def status_command(options: argparse.Namespace) -> int:
    """Print the state of runs or of a study: running, queued, stopped or finished, and progress."""
    from neurosim_rl.runs.run_list import is_study
    from neurosim_rl.runs.status import status_text, statuses
    from neurosim_rl.studies.status import study_status_json, study_status_text

    if is_study(Path(options.run)):
        study = study_status_json(options.run)
        print_output(study if options.json else study_status_text(study))
        return 0
    found = statuses(options.run)
    if not options.json:
        print_output(status_text(found))
    else:
        print_output(found[0] if len(found) == 1 else found)
    return 0
