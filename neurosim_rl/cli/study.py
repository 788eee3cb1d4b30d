"""``neurosim-rl study``: run a study (a grid of settings with many seeds), or the rest of it: a table and figures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from neurosim_rl.cli.arguments import add_json, print_output
from neurosim_rl.cli.messages import is_quiet, print_note, print_problem, without_sign, working
from neurosim_rl.cli.signals import raise_if_interrupted
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.runs.run_list import STUDY_TABLE
from neurosim_rl.settings.command_line import command_line
from neurosim_rl.settings.layers import combine, parse_setting, read_text
from neurosim_rl.settings.printable import printable
from neurosim_rl.settings.project import with_project_options

TOGETHER = 10
"""Seeds of a setting that share batches. More seeds save little more time, and more are lost with a worker."""


def study_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``study``."""
    parser.add_argument("file", metavar="FILE.toml", type=Path, help="specification of the study")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the study (default: runs/NAME)")
    parser.add_argument("--workers", type=int, default=0, metavar="N", help="runs at a time (0 = one for each core)")
    parser.add_argument("--execution", metavar="NAME", help="where workers run (see neurosim-rl list execution)")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="execution.KEY=VALUE",
        help="an option of the execution; can be repeated",
    )
    parser.add_argument(
        "--table",
        type=Path,
        metavar="F.h5",
        help="print this table of a finished study; run nothing; draw only with --out",
    )
    parser.add_argument(
        "--format", choices=("text", "rst", "csv"), default="text", help="format of the printed table (default: text)"
    )
    parser.add_argument(
        "--config-of", metavar="RUN", help="print the configuration of this run, for evolve --config; run nothing"
    )
    run_arguments(parser)
    parser.add_argument("--track", action="append", default=[], help=argparse.SUPPRESS)
    parser.add_argument("--no-figures", action="store_true", help="draw no figures")
    add_json(parser)


def run_arguments(parser: Any) -> None:
    """Add the options of ``study`` that ``submit --study`` has, too."""
    parser.add_argument(
        "--together",
        type=int,
        metavar="N",
        help=f"most seeds of a setting that a worker runs at once, in shared batches (default: {TOGETHER}; 1 = no "
        "sharing); results do not depend on it",
    )
    parser.add_argument(
        "--discard-runs", action="store_true", help="remove each run folder once its result is in the table"
    )


def refuse_trackers(options: argparse.Namespace) -> None:
    """Raise if trackers are wanted.

    Raises
    ------
    ConfigurationError
    """
    if options.track:
        raise ConfigurationError(
            f"--track {options.track[0]} with a study: its runs share batches and workers, and are compared in its own "
            "table. Omit --track, or track single runs: neurosim-rl evolve or submit --seeds."
        )


def study_command(options: argparse.Namespace) -> int:
    """Run a study (a grid of settings with many seeds), or the rest of it: a table and figures."""
    refuse_trackers(options)
    from neurosim_rl.studies import StudyTable, read_study
    from neurosim_rl.studies.text import study_csv, study_json, study_rst, study_summary

    with working("read the study"):
        study = read_study(options.file)
    if options.config_of is not None:
        print_output(study.configuration_of(options.config_of).to_toml().rstrip())
        return 0
    if options.table is not None:
        out = options.out
        table = StudyTable.read(options.table)
    else:
        out = options.out or Path("runs") / study.name
        table = _run(options, study, out)
    if table is None:
        return 130
    if options.json:
        with working("intervals by bootstrap"):
            content = study_json(study, table)
        print_output(content)
    elif options.format == "text":
        with working("intervals by bootstrap"):
            page = study_summary(study, table)
        print_output(page)
    elif options.format == "rst":
        print_output(study_rst(study, table))
    else:
        print_output(study_csv(table))
    # A finished study's table is printed and nothing else, unless a folder for the figures is named.
    draws = options.table is None or options.out is not None
    if draws and not options.no_figures:
        _draw(study, table, out)
    if options.table is None:
        _note_next_steps(options.file, out)
    n_failed = sum(bool(row.problem) for row in table.rows)
    if n_failed:
        print_problem(f"{n_failed} of {len(table.rows)} runs failed. Repeat the command to run them again.")
    return 1 if n_failed else 0


def _run(options: argparse.Namespace, study: Any, out: Path) -> Any:
    """Run the study and return its table; None: the run was interrupted."""
    from neurosim_rl.execution import create_executor
    from neurosim_rl.reports.progress import study_bar
    from neurosim_rl.studies import run_study

    execution = _execution(options)
    headline = f"{study.name}: {len(study.cells())} settings, {len(study.seeds)} seeds -> {out}"
    print_note(headline)
    try:
        with (
            without_sign(),
            study_bar(study.n_runs, shown=not is_quiet()) as bar,
            create_executor(options.workers, execution) as executor,
        ):

            def show(row: Any, done: int, total: int) -> None:
                bar.row(done, printable(f"{row.name}: {row.problem or format(row.mean_return, '.4g')}"))
                raise_if_interrupted()

            return run_study(
                study,
                out,
                executor,
                specification=read_text(options.file),
                keep_runs=not options.discard_runs,
                together=TOGETHER if options.together is None else options.together,
                on_begin=bar.begin,
                on_row=show,
                on_progress=_heed_signals,
            )
    except KeyboardInterrupt:
        print_output(f"Interrupted. Continue the study: {command_line('study', options.file, '--out', out)}")
        return None


def _execution(options: argparse.Namespace) -> dict[str, Any]:
    """Return the table ``execution``."""
    layers = [parse_setting(setting) for setting in options.set]
    for layer in layers:
        for key, value in layer.items():
            if key != "execution" or not isinstance(value, dict):
                raise ConfigurationError(
                    f"--set {key}: expected an option of the execution, such as --set execution.interface=ib0. "
                    f"Change settings of runs in {options.file}."
                )
    named: list[dict[str, Any]] = [] if options.execution is None else [{"execution": {"name": options.execution}}]
    return with_project_options(combine({"execution": {"name": "processes"}}, *layers, *named)["execution"])


def _heed_signals(progress: Any) -> None:
    """End a run in this process after a signal, even if Python dropped the exception that the signal raised."""
    raise_if_interrupted()


def _draw(study: Any, table: Any, out: Path) -> None:
    from neurosim_rl.studies.drawing import draw_study

    with working("figures"):
        paths = draw_study(study, table, out)
    for path in paths:
        print_note(str(path))


def _note_next_steps(file: Path, out: Path) -> None:
    table = command_line("study", file, "--table", out / STUDY_TABLE, "--format", "csv")
    print_note("Next:")
    print_note(f"  {table}  (a row for each run)")
    print_note(f"  {command_line('compare', out / 'runs')}  (side by side; not with --discard-runs)")
