"""``neurosim-rl export``: export a champion as a NIR file or a PyNEST script, or its episodes as Neo or CSV."""

from __future__ import annotations

import argparse
from pathlib import Path

from neurosim_rl.cli.arguments import add_run, print_output
from neurosim_rl.cli.messages import working
from neurosim_rl.errors import ConfigurationError


def export_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``export``."""
    add_run(parser)
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--nir", type=Path, metavar="F", help="write the network (model lif) to this NIR file")
    target.add_argument(
        "--pynest",
        type=Path,
        metavar="F",
        help="write network and closed loop to this script, which needs nest, numpy and gymnasium only",
    )
    target.add_argument(
        "--neo",
        type=Path,
        metavar="F",
        help="write spikes, membranes, observations, actions and rewards of the recorded episodes to this file of Neo "
        "(F.nix or F.nwb)",
    )
    target.add_argument(
        "--csv", type=Path, metavar="DIR", help="write steps and spikes of the recorded episodes to CSV files in DIR"
    )
    parser.add_argument(
        "--episode", type=int, metavar="N", help="--neo and --csv: only this recorded episode, from 1 (default: all)"
    )
    parser.add_argument(
        "--no-membranes",
        action="store_true",
        help="--neo: no membranes, which need another play of the episodes",
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
    """Export a champion: a NIR file (model lif), a PyNEST script, or its recorded episodes as Neo or CSV."""
    if options.nir is None and (options.dt is not None or options.outputs != "li"):
        raise ConfigurationError(f"--dt and --outputs concern NIR files. Leave them out with {_target(options)}.")
    recorded = options.neo is not None or options.csv is not None
    if options.episode is not None and not recorded:
        raise ConfigurationError(f"--episode concerns --neo and --csv. Leave it out with {_target(options)}.")
    if options.no_membranes and options.neo is None:
        raise ConfigurationError(f"--no-membranes concerns --neo. Leave it out with {_target(options)}.")
    write = _write_episodes if recorded else _write_network if options.pynest is None else _write_script
    with working("export"):
        paths = write(options)
    for path in paths:
        print_output(str(path))
    return 0


def _target(options: argparse.Namespace) -> str:
    """Return the option that names the file or folder."""
    return next(f"--{name}" for name in ("nir", "pynest", "neo", "csv") if getattr(options, name) is not None)


def _write_episodes(options: argparse.Namespace) -> list[Path]:
    from neurosim_rl.runs.champion import read_champion

    champion = read_champion(options.run)
    if options.neo is not None:
        from neurosim_rl.api.neo_file import write_neo

        membranes = not options.no_membranes
        return [write_neo(champion, options.neo, episode=options.episode, membranes=membranes)]
    from neurosim_rl.api.csv_files import write_episode_tables

    return list(write_episode_tables(champion, options.csv, episode=options.episode))


def _write_network(options: argparse.Namespace) -> list[Path]:
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
    return [options.nir]


def _write_script(options: argparse.Namespace) -> list[Path]:
    from neurosim_rl.exchange.pynest import write_pynest
    from neurosim_rl.runs.champion import read_champion

    write_pynest(read_champion(options.run), options.pynest)
    return [options.pynest]
