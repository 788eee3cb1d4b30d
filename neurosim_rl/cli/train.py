"""``neurosim-rl train``: train a controller by a learning rule."""

from __future__ import annotations

import argparse

from neurosim_rl.cli.evolve import begin, wanted
from neurosim_rl.cli.run_options import add_learner, add_settings, add_track, requested

DEFAULT_LEARNER = "r-stdp"


def train_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``train``."""
    add_settings(parser)
    add_learner(parser, DEFAULT_LEARNER)
    add_track(parser)


def train_command(options: argparse.Namespace) -> int:
    """Train a controller for a task by a learning rule: reward-modulated STDP, or gradients."""
    return begin(requested(options), options.out, drawn=wanted(options), track=options.track)
