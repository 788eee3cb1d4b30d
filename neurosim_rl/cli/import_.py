"""``neurosim-rl import``: import a network from a NIR file as a champion file."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from neurosim_rl.cli.arguments import print_output
from neurosim_rl.cli.messages import print_problem, working
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.layers import combine, parse_setting
from neurosim_rl.settings.plugins import allow_named


def import_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``import``."""
    parser.add_argument("file", type=Path, metavar="F.nir", help="NIR file to read")
    parser.add_argument("--task", metavar="NAME", help="task of the network (default: the task named in the file)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting; can be repeated")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="F.h5", help="champion file to write; must not exist"
    )
    parser.add_argument(
        "--dt",
        type=float,
        metavar="S",
        help="time step, in s, of the software that wrote the file (default: the step named in the file, else 0.0001)",
    )
    parser.add_argument(
        "--reset",
        metavar="KIND",
        help="what its neurons do after a spike: zero, subtract (the threshold), or subtract-next, in the next step, "
        "as snnTorch's by default (default: as the file says, else zero)",
    )


def import_command(options: argparse.Namespace) -> int:
    """Import a network from a NIR file: evaluate it, replay it in NEST, write a champion file."""
    from neurosim_rl.exchange.nir import read_nir
    from neurosim_rl.execution import SerialExecutor
    from neurosim_rl.reports.champion import champion_page
    from neurosim_rl.runs.candidate import Candidate
    from neurosim_rl.training.champion import assess
    from neurosim_rl.training.check import check_playing

    if options.out.exists():
        raise ConfigurationError(f"{options.out} exists already. Choose another name with --out, or move it away.")
    layer = combine(*(parse_setting(setting) for setting in options.set))
    allow_named(layer)
    optimizee, vector = read_nir(options.file, options.task, layer, dt_s=options.dt, reset=options.reset, warn=_warn)
    with working("one trial as a check"):
        check_playing(optimizee, vector)
    with working("unseen starts, and the replay in NEST"):
        champion = assess(optimizee, Candidate(vector, 0, 0, math.nan, math.nan), SerialExecutor())
    champion.write(options.out)
    print_output(champion_page(champion))
    return 0 if champion.verification.identical else 1


def _warn(message: str) -> None:
    print_problem(f"neurosim-rl: {message}")
