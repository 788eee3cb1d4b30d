"""``neurosim-rl export``: export a champion's network as a NIR file."""

from __future__ import annotations

import argparse
from pathlib import Path

from neurosim_rl.cli.arguments import add_run, print_output


def export_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``export``."""
    add_run(parser)
    parser.add_argument("--nir", type=Path, required=True, metavar="F.nir", help="file to write")
    parser.add_argument(
        "--outputs",
        choices=("li", "lif"),
        default="li",
        help="output neurons: leaky integrators (li), or LIF with an unreachable threshold, for snnTorch (lif); "
        "default: li",
    )
    parser.add_argument(
        "--dt",
        type=float,
        metavar="S",
        help="time step, in s, of the software that will read the file (default: 0.0001, as in snnTorch)",
    )


def export_command(options: argparse.Namespace) -> int:
    """Export a champion's network (model lif) in the Neuromorphic Intermediate Representation (NIR)."""
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
    print_output(str(options.nir))
    return 0
