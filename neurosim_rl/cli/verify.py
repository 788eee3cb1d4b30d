"""``neurosim-rl verify``: replay a champion's recorded episodes in NEST."""

from __future__ import annotations

import argparse
import importlib.util

from neurosim_rl.cli.arguments import add_json, add_run, print_output
from neurosim_rl.cli.messages import working
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.seeds import DEFAULT_FIRST_SEED


def verify_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``verify``."""
    add_run(parser)
    parser.add_argument(
        "--episodes",
        type=int,
        metavar="N",
        help="record N episodes on unseen starts and replay them (default: replay the recorded episodes)",
    )
    add_json(parser)


def verify_command(options: argparse.Namespace) -> int:
    """Replay a champion's recorded episodes in NEST and compare each spike (without neurons: each action)."""
    from neurosim_rl.analysis.text_page import TextPage
    from neurosim_rl.evaluation.replay import record, verify
    from neurosim_rl.reports.champion import pytorch_text, verification_json, verification_text
    from neurosim_rl.runs.champion import read_champion

    champion = read_champion(options.run)
    optimizee = champion.optimizee()
    if options.episodes is None:
        recording = champion.recorded()
    else:
        if options.episodes < 1:
            raise ConfigurationError(f"--episodes {options.episodes}: expected at least 1.")
        seeds = range(DEFAULT_FIRST_SEED, DEFAULT_FIRST_SEED + options.episodes)
        with working(f"{options.episodes} episodes"):
            recording = record(optimizee, champion.vector, seeds)
    with working("replay in NEST"):
        verification = verify(optimizee, champion.vector, recording)
    as_json, lines = verification_json(verification), [verification_text(verification, optimizee)]
    is_identical = verification.identical
    # Without PyTorch, which is an extra, the trained network cannot be rebuilt; the replay in NEST needs none of it.
    if optimizee.learning.trains and importlib.util.find_spec("torch") is not None:
        from neurosim_rl.gradient.pytorch_comparison import compare_with_pytorch

        comparison = compare_with_pytorch(optimizee, champion.vector, recording)
        as_json["trained_network"] = vars(comparison)
        lines.append(pytorch_text(comparison))
        is_identical = is_identical and not comparison.actions_differing
    print_output(as_json if options.json else TextPage(tuple(lines)))
    return 0 if is_identical else 1
