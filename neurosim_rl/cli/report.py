"""``neurosim-rl report``: write a run, champion, study, comparison or results of all tasks as one page of HTML."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim_rl.cli.arguments import add_json, print_output
from neurosim_rl.cli.messages import print_note, working
from neurosim_rl.cli.signals import raise_if_interrupted
from neurosim_rl.errors import ConfigurationError, RunFolderError

if TYPE_CHECKING:
    from neurosim_rl.analysis.page.document import Page

NAME = "report.html"
"""File of the page in a run folder, study or folder of runs."""
PAUSE_S = 5.0
"""Time between two looks at a run that is under way, in s."""


def report_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``report``."""
    parser.add_argument(
        "runs",
        metavar="RUN",
        nargs="+",
        help="run folder, champion file, champion:NAME, folder of a study, of runs or of results; several are compared",
    )
    parser.add_argument("--out", type=Path, metavar="F.html", help=f"file to write (default: RUN/{NAME})")
    parser.add_argument(
        "--variables",
        metavar="A,B,...",
        help="observed variables of the response maps, by name (default: the task's two, and the first others)",
    )
    parser.add_argument("--no-film", action="store_true", help="do not draw the environment")
    parser.add_argument("--watch", action="store_true", help="write the page again after each generation, to the end")
    add_json(parser)


def report_command(options: argparse.Namespace) -> int:
    """Write a run, champion, study, comparison or results as one page of HTML, which needs no network."""
    out = _out(options)
    if options.watch:
        _watch(options, out)
    else:
        with working("the report"):
            _page(options).write(out)
    print_output({"path": str(out), "bytes": out.stat().st_size} if options.json else str(out))
    return 0


def _out(options: argparse.Namespace) -> Path:
    """Return the path of the page."""
    if options.out is None:
        _check_existence(options.runs)
        if len(options.runs) > 1 or not Path(options.runs[0]).is_dir():
            raise ConfigurationError(
                f"{' '.join(options.runs)} is not one folder. Add --out F.html, the file to write."
            )
        return Path(options.runs[0]) / NAME
    if options.out.suffix.lower() not in (".html", ".htm"):
        raise ConfigurationError(f"--out {options.out}: expected a name that ends with .html.")
    return Path(options.out)


def _check_existence(runs: Sequence[str]) -> None:
    from neurosim_rl.settings.named_modules import CHAMPION

    for run in runs:
        if not run.startswith(CHAMPION) and not os.path.exists(run):
            raise RunFolderError(f"{run} does not exist. Name a run folder, a champion's file or {CHAMPION}NAME.")


def _page(options: argparse.Namespace) -> Page:
    """Return the page of what the targets are."""
    from neurosim_rl.runs.run_list import is_study

    paths = list(map(Path, options.runs))
    is_one_run = len(paths) == 1 and not (paths[0].is_dir() and not (paths[0] / "config.toml").is_file())
    if is_one_run:
        from neurosim_rl.reports.run_page.page import run_page

        names = None if options.variables is None else [name.strip() for name in options.variables.split(",")]
        return run_page(options.runs[0], variables=names, film=not options.no_film)
    if options.variables is not None:
        raise ConfigurationError("--variables is for one run or champion. Omit it for studies and comparisons.")
    from neurosim_rl.reports.results_file import holds_results, read_results

    if len(paths) == 1 and holds_results(paths[0]):
        from neurosim_rl.reports.all_tasks_report import results_report

        return results_report(read_results(paths[0]))
    if len(paths) == 1 and is_study(paths[0]):
        from neurosim_rl.studies.page import read_study_page

        return read_study_page(paths[0])
    from neurosim_rl.comparison.groups import group_runs
    from neurosim_rl.comparison.page import comparison_page

    title = paths[0].resolve().name if len(paths) == 1 else f"{len(paths)} folders compared"
    return comparison_page(group_runs(paths), title)


def _watch(options: argparse.Namespace, out: Path) -> None:
    """Write the page after each generation, until nobody works on the run any more."""
    from neurosim_rl.runs import RunFolder

    if len(options.runs) > 1:
        raise ConfigurationError("--watch is for one run folder. Omit it for comparisons.")
    folder = RunFolder.open(options.runs[0])
    print_note(f"neurosim-rl: writing {out} after each generation; Ctrl-C ends this, not the run.")
    written = None
    while True:
        # The holder is asked first: what it does before it ends is in the page that follows.
        is_under_way = folder.holder() is not None
        history = folder.history()
        state = None if history is None else (history.n_generations, folder.champion_path.exists(), is_under_way)
        if state != written or not is_under_way:
            with working("the report"):
                _page(options).write(out)
            written = state
        if not is_under_way:
            return
        with working("waiting for the next generation"):
            time.sleep(PAUSE_S)
        raise_if_interrupted()
