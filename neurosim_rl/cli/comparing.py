"""The command that looks at many runs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from neurosim_rl.cli.arguments import add_json, print_result


def compare_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``compare``."""
    parser.add_argument("runs", metavar="DIR", nargs="+", type=Path, help="a folder of runs, or run folders")
    add_json(parser)
    parser.add_argument("--csv", type=Path, metavar="F", help="write a row for each run to this file")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for compare.png (default: DIR)")


def compare_command(options: argparse.Namespace) -> int:
    """Compare runs over seeds and settings: a table and a figure."""
    from neurosim_rl.comparison.figures import write_figure
    from neurosim_rl.comparison.groups import compare
    from neurosim_rl.comparison.tables import comparison_json, comparison_text, write_csv

    groups = compare(options.runs)
    if options.csv is not None:
        write_csv(groups, options.csv)
    out = options.out or (options.runs[0] if len(options.runs) == 1 else Path())
    figure = write_figure(groups, out, title=options.runs[0].resolve().name if len(options.runs) == 1 else "")
    print_result(comparison_json(groups) if options.json else comparison_text(groups))
    if figure is not None:
        print(figure, file=sys.stderr)
    return 0
