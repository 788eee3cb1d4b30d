"""``neurosim-rl export``: export a champion as a NIR file or a PyNEST script."""

from __future__ import annotations

import argparse
from pathlib import Path

from neurosim_rl.cli.arguments import add_run, print_output
from neurosim_rl.errors import ConfigurationError


def export_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``export``."""
    add_run(parser)
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--nir", type=Path, metavar="F.nir", help="write the network (model lif) to this NIR file")
    target.add_argument(
        "--pynest",
        type=Path,
        metavar="F.py",
        help="write network and closed loop to this script, which needs nest, numpy and gymnasium only",
    )
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
    """Export a champion: its network as a NIR file (model lif), or the closed loop as a PyNEST script."""
    from neurosim_rl.runs.champion import read_champion

    if options.pynest is not None:
        _write_script(options)
        return 0
    from neurosim_rl.exchange.nir import DT_S, write_nir

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


def _write_script(options: argparse.Namespace) -> None:
    from neurosim_rl.exchange.pynest import write_pynest
    from neurosim_rl.runs.champion import read_champion

    if options.dt is not None or options.outputs != "li":
        raise ConfigurationError("--dt and --outputs concern NIR files. Leave them out with --pynest.")
    write_pynest(read_champion(options.run), options.pynest)
    print_output(str(options.pynest))
