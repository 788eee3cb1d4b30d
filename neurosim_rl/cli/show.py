"""``neurosim-rl show``: summarize a run or champion on one screen."""

from __future__ import annotations

import argparse

from neurosim_rl.cli.arguments import add_json, add_run, print_output


def show_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``show``."""
    add_run(parser)
    parser.add_argument(
        "--provenance", action="store_true", help="print the packages, processor and commit that made the champion"
    )
    parser.add_argument("--failures", action="store_true", help="print the reason of each failure, with its traceback")
    add_json(parser)


def show_command(options: argparse.Namespace) -> int:
    """Summarize a run or champion on one screen."""
    from neurosim_rl.reports import run

    if options.provenance:
        print_output(run.provenance_json(options.run) if options.json else run.provenance_page(options.run))
    elif options.failures:
        print_output(run.failures_json(options.run) if options.json else run.failures_text(options.run))
    else:
        print_output(run.show_json(options.run) if options.json else run.show_page(options.run))
    return 0
