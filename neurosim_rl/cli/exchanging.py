"""Commands that exchange networks with other software."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from neurosim_rl.cli.arguments import add_run, print_result
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.layers import combine, parse_setting


def export_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``export``."""
    add_run(parser)
    parser.add_argument("--nir", type=Path, required=True, metavar="F.nir", help="file to write")
    parser.add_argument(
        "--outputs",
        choices=("li", "lif"),
        default="li",
        help="output neurons: leaky integrators, or LIF with a threshold out of reach, for snnTorch (default: li)",
    )

    _add_step(parser, "will read the file (default: 0.0001, snnTorch's)")


def _add_step(parser: argparse.ArgumentParser, who: str) -> None:
    parser.add_argument("--dt", type=float, metavar="S", help=f"step in s of the software that {who}")


def export_command(options: argparse.Namespace) -> int:
    """Write a champion's network (model lif) in the Neuromorphic Intermediate Representation."""
    from neurosim_rl.exchange.nir import DT_S, write_nir
    from neurosim_rl.runs.champion import read_champion

    champion = read_champion(options.run)
    write_nir(
        champion.optimizee(),
        champion.vector,
        options.nir,
        outputs=options.outputs,
        dt_s=DT_S if options.dt is None else options.dt,
    )
    print_result(str(options.nir))
    return 0


def import_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``import``."""
    parser.add_argument("file", type=Path, metavar="F.nir", help="a NIR file")
    parser.add_argument("--task", metavar="NAME", help="what its network controls (default: what the file says)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting; can be repeated")
    parser.add_argument("--out", type=Path, required=True, metavar="F.h5", help="champion file to write; a new one")
    _add_step(parser, "wrote the file (default: what it says, else 0.0001)")


def import_command(options: argparse.Namespace) -> int:
    """Take a network from a NIR file, judge it on unseen starts, replay it in NEST, and keep it as a champion file."""
    from neurosim_rl.exchange.nir import read_nir
    from neurosim_rl.execution import SerialExecutor
    from neurosim_rl.reports.champion import champion_text
    from neurosim_rl.runs.candidate import Candidate
    from neurosim_rl.training.champion import assess

    if options.out.exists():
        raise ConfigurationError(f"{options.out} exists already. Choose another name with --out, or move it away.")
    layer = combine(*(parse_setting(setting) for setting in options.set))
    optimizee, vector = read_nir(options.file, options.task, layer, dt_s=options.dt)
    champion = assess(optimizee, Candidate(vector, 0, 0, math.nan, math.nan), SerialExecutor())
    champion.write(options.out)
    print_result(champion_text(champion))
    return 0 if champion.verification.identical else 1
