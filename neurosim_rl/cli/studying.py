"""The command that runs and shows a study."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from neurosim_rl.cli.arguments import add_json, print_result
from neurosim_rl.cli.signals import raise_if_interrupted
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.layers import combine, parse_setting

TOGETHER = 10
"""Seeds of a setting that share batches: with more, what is saved gets less, and more is lost with a worker."""


def study_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``study``."""
    parser.add_argument("file", metavar="FILE.toml", type=Path, help="what the study is")
    parser.add_argument("--out", type=Path, metavar="DIR", help="its folder (default: runs/NAME)")
    parser.add_argument("--workers", type=int, default=0, metavar="N", help="runs at a time (0: one for each core)")
    parser.add_argument("--execution", metavar="NAME", help="where workers run (see neurosim-rl list)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="execution.KEY=VALUE", help="an option of --execution"
    )
    parser.add_argument("--table", type=Path, metavar="F.h5", help="show this table of results; run nothing")
    parser.add_argument("--format", choices=("text", "rst", "csv"), default="text", help="form of the printed table")
    parser.add_argument(
        "--config-of", metavar="RUN", help="print the configuration of a run, for evolve --config; run nothing"
    )
    run_arguments(parser)
    parser.add_argument("--no-figures", action="store_true", help="do not draw figures")
    add_json(parser)


def run_arguments(parser: Any) -> None:
    """Add the options that ``study`` and ``submit --study`` share: how runs are made."""
    parser.add_argument(
        "--together",
        type=int,
        metavar="N",
        help=f"most seeds of a setting that a worker runs at a time, in shared batches (default: {TOGETHER}; 1: each "
        "by itself). Does not change results",
    )
    parser.add_argument("--discard-runs", action="store_true", help="remove run folders whose results are in the table")


def study_command(options: argparse.Namespace) -> int:
    """Run a grid of settings with many seeds, or what is left of it; a table and figures."""
    from neurosim_rl.studies import StudyTable, read_study
    from neurosim_rl.studies.text import study_csv, study_json, study_rst, study_text

    study = read_study(options.file)
    if options.config_of is not None:
        print_result(study.configuration_of(options.config_of).to_toml().rstrip())
        return 0
    out = options.out or (Path("runs") / study.name if options.table is None else options.table.parent)
    table = StudyTable.read(options.table) if options.table is not None else _run(options, study, out)
    if table is None:
        return 130
    if options.json:
        print_result(study_json(study, table))
    else:
        forms = {"text": lambda: study_text(study, table), "rst": lambda: study_rst(study, table)}
        print_result(forms.get(options.format, lambda: study_csv(table))())
    if not options.no_figures:
        _draw(study, table, out)
    n_failed = sum(bool(row.problem) for row in table.rows)
    if n_failed:
        print(f"{n_failed} of {len(table.rows)} runs failed. The same command tries them again.", file=sys.stderr)
    return 1 if n_failed else 0


def _run(options: argparse.Namespace, study: Any, out: Path) -> Any:
    from neurosim_rl.execution import create_executor
    from neurosim_rl.studies import run_study

    execution = _execution(options)
    print(f"{study.name}: {len(study.cells())} settings, {len(study.seeds)} seeds -> {out}", file=sys.stderr)
    with (
        tqdm(total=study.n_runs, unit="run", dynamic_ncols=True) as bar,
        create_executor(options.workers, execution) as executor,
    ):

        def show(row: Any, done: int, total: int) -> None:
            bar.update(done - bar.n)
            bar.set_postfix_str(f"{row.name}: {row.problem or format(row.mean_return, '.4g')}")
            raise_if_interrupted()

        try:
            text = options.file.read_text(encoding="utf-8")
            return run_study(
                study,
                out,
                executor,
                specification=text,
                keep_runs=not options.discard_runs,
                together=TOGETHER if options.together is None else options.together,
                on_row=show,
                on_progress=_heed_signals,
            )
        except KeyboardInterrupt:
            bar.close()
            print(f"Interrupted. The same command goes on: neurosim-rl study {options.file} --out {out}")
            return None


def _execution(options: argparse.Namespace) -> dict[str, Any]:
    """Return the table of where workers run."""
    layers = [parse_setting(setting) for setting in options.set]
    for layer in layers:
        for key, value in layer.items():
            if key != "execution" or not isinstance(value, dict):
                raise ConfigurationError(
                    f"--set {key}: expected an option of execution, such as --set execution.interface=ib0. "
                    f"Settings of runs stand in {options.file}."
                )
    named: list[dict[str, Any]] = [] if options.execution is None else [{"execution": {"name": options.execution}}]
    return combine({"execution": {"name": "processes"}}, *layers, *named)["execution"]


def _heed_signals(progress: Any) -> None:
    """Let a run that is made in this very process end by a signal, even if Python dropped the exception."""
    raise_if_interrupted()


def _draw(study: Any, table: Any, out: Path) -> None:
    from neurosim_rl.studies.drawing import draw_study

    for path in draw_study(study, table, out):
        print(path, file=sys.stderr)
