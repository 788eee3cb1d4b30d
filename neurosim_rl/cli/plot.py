"""``neurosim-rl plot``: draw the figures of a run or champion."""

from __future__ import annotations

import argparse
from pathlib import Path

from neurosim_rl.cli.arguments import add_run, print_output
from neurosim_rl.cli.messages import print_note, working
from neurosim_rl.errors import ConfigurationError


def plot_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``plot``."""
    add_run(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for the figures (default: RUN/figures)")
    parser.add_argument(
        "--figure",
        action="append",
        metavar="NAME",
        help="draw only this figure (see neurosim-rl list figures); can be repeated",
    )


def plot_command(options: argparse.Namespace) -> int:
    """Draw the figures of a run or champion."""
    from neurosim_rl.reports.figures import draw_figures
    from neurosim_rl.reports.subject import Subject
    from neurosim_rl.runs import RunFolder

    if options.out is None and not Path(options.run).is_dir():
        raise ConfigurationError(f"{options.run} is not a run folder. Add --out DIR, the folder for the figures.")
    out = options.out or RunFolder.open(options.run).figures_path
    if options.figure is None:
        with working("figures"):
            files, _ = draw_figures(Subject.of(options.run), out)
        left_out: dict[str, str] = {}  # not each figure applies to each run
    else:
        with working("figures"):
            files, left_out = draw_figures(Subject.of(options.run), out, options.figure)
    for path in files:
        print_output(str(path))
    for name, reason in left_out.items():
        print_note(f"neurosim-rl: no {name}.png: {reason}")
    return 0
