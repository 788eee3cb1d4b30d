"""``neurosim-rl list``: list tasks, components with their options, simulators, figures and champions."""

from __future__ import annotations

import argparse

from neurosim_rl.cli.arguments import add_json, print_output


def list_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``list``."""
    add_json(parser)


def list_command(options: argparse.Namespace) -> int:
    """List tasks, models, encoders, decoders, optimizers, simulators, figures, champions, with options."""
    from neurosim_rl.cli.catalogue import catalogue, catalogue_text

    print_output(catalogue() if options.json else catalogue_text())
    return 0
