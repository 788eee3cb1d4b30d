"""``neurosim-rl compare``: compare runs over seeds and settings: a table and a figure."""

from __future__ import annotations

import argparse
from pathlib import Path

from neurosim_rl.cli.arguments import add_json, print_output
from neurosim_rl.cli.messages import print_note, working


def compare_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``compare``."""
    parser.add_argument("runs", metavar="DIR", nargs="+", type=Path, help="folder of run folders, or run folders")
    add_json(parser)
    parser.add_argument("--csv", type=Path, metavar="F", help="file to write, with one row for each run")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for compare.png (default: DIR)")


def compare_command(options: argparse.Namespace) -> int:
    """Compare runs over seeds and settings: a table and a figure."""
    from neurosim_rl.comparison.figures import write_figure
    from neurosim_rl.comparison.groups import group_runs
    from neurosim_rl.comparison.tables import comparison_json, comparison_summary, write_csv

    with working("read the runs"):
        groups = group_runs(options.runs)
    if options.csv is not None:
        write_csv(groups, options.csv)
    # Several folders have no common place for the figure: it goes to the current folder, without a title.
    if len(options.runs) == 1:
        default_out, title = options.runs[0], options.runs[0].resolve().name
    else:
        default_out, title = Path(), ""
    with working("the figure"):
        figure = write_figure(groups, options.out or default_out, title=title)
    print_output(comparison_json(groups) if options.json else comparison_summary(groups))
    if figure is not None:
        print_note(str(figure))
    return 0
