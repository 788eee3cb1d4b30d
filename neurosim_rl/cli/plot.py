"""``neurosim-rl plot``: draw the figures of a run or champion."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from neurosim_rl.cli.arguments import add_episode, add_run, add_time_range, print_output
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
    parser.add_argument("--format", default="png", metavar="F", help="png, pdf or svg (default: png)")
    add_episode(parser)
    add_time_range(parser)
    parser.add_argument(
        "--variable",
        action="append",
        default=[],
        metavar="NAME",
        help="observed variable to show, by name or by number from 0; can be repeated",
    )
    parser.add_argument(
        "--neuron",
        action="append",
        default=[],
        metavar="N",
        help="neurons to show, with their membranes: a population, some of its neurons (output[0:2]), or numbers "
        "(0:8); can be repeated",
    )


def plot_command(options: argparse.Namespace) -> int:
    """Draw the figures of a run or champion."""
    from neurosim_rl.reports.figures import draw_figures
    from neurosim_rl.reports.subject import Subject
    from neurosim_rl.reports.view import View
    from neurosim_rl.runs import RunFolder

    if options.out is None and not Path(options.run).is_dir():
        raise ConfigurationError(f"{options.run} is not a run folder. Add --out DIR, the folder for the figures.")
    out = options.out or RunFolder.open(options.run).figures_path
    view = View(options.episode, options.time_range, tuple(options.variable), tuple(options.neuron))
    subject = replace(Subject.of(options.run), view=view)
    with working("figures"):
        files, left_out = draw_figures(subject, out, options.figure, file_format=options.format)
    for path in files:
        print_output(str(path))
    if options.figure is not None:
        for name, reason in left_out.items():
            print_note(f"neurosim-rl: no {name}.{options.format}: {reason}")
    return 0
