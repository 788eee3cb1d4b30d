"""``neurosim-rl resume``: resume an interrupted run."""

from __future__ import annotations

import argparse
import warnings
from typing import Any

from neurosim_rl.cli.arguments import add_run
from neurosim_rl.cli.evolve import run_with_bar, wanted
from neurosim_rl.cli.messages import print_problem
from neurosim_rl.cli.run_options import add_no_figures, add_track, add_workers, worker_layer
from neurosim_rl.errors import ConfigurationError, ResumedElsewhereWarning
from neurosim_rl.settings.layers import parse_setting
from neurosim_rl.training.own_workers import resumed
from neurosim_rl.training.run import FREE_KEYS


def resume_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``resume``."""
    add_run(parser, champions=False)
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help=f"a setting of {', '.join(FREE_KEYS)}"
    )
    add_workers(parser)
    add_track(parser)
    add_no_figures(parser)


def resume_command(options: argparse.Namespace) -> int:
    """Resume an interrupted run."""
    from neurosim_rl.runs import RunFolder

    folder = RunFolder.open(options.run)
    layers = [parse_setting(setting) for setting in options.set]
    for key in {key for layer in layers for key in layer} - set(FREE_KEYS):
        raise ConfigurationError(
            f"--set {key}: a run keeps the settings that it began with, except {', '.join(FREE_KEYS)}."
        )
    config = resumed(folder, *layers, worker_layer(options))
    with warnings.catch_warnings():
        warnings.simplefilter("always", ResumedElsewhereWarning)
        warnings.showwarning = _one_line  # type: ignore[assignment]
        return run_with_bar(config, folder, None, drawn=wanted(options), track=options.track)


def _one_line(message: Warning | str, category: type[Warning], *place: Any) -> None:
    print_problem(f"neurosim-rl: {message}")
