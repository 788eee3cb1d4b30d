"""``neurosim-rl evaluate``: evaluate a champion on unseen starts, beside the random policy and the task's rule."""

from __future__ import annotations

import argparse
import math

from neurosim_rl.cli.arguments import add_json, add_run, print_output
from neurosim_rl.cli.messages import working
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.seeds import DEFAULT_FIRST_SEED, UNSEEN_END


def evaluate_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``evaluate``."""
    add_run(parser)
    parser.add_argument("--episodes", type=int, default=100, metavar="N", help="number of unseen starts (default: 100)")
    parser.add_argument(
        "--first-seed",
        type=int,
        default=DEFAULT_FIRST_SEED,
        metavar="N",
        help=f"start seed of the first episode; episode k has seed N + k (default: {DEFAULT_FIRST_SEED})",
    )
    parser.add_argument("--simulator", metavar="NAME", help="name of a simulator (default: the run's)")
    parser.add_argument("--workers", type=int, default=0, metavar="N", help="local processes (0 = one for each core)")
    add_json(parser)


def evaluate_command(options: argparse.Namespace) -> int:
    """Evaluate a champion on unseen starts, beside the random policy and the task's rule."""
    from neurosim_rl.analysis.text_page import TextPage
    from neurosim_rl.evaluation.unseen_starts import baselines, evaluate_unseen
    from neurosim_rl.execution import create_executor
    from neurosim_rl.optimizees import create_optimizee
    from neurosim_rl.reports.champion import evaluation_json, policy_table
    from neurosim_rl.runs.champion import read_champion

    if options.episodes < 1 or not 0 <= options.first_seed <= UNSEEN_END - options.episodes:
        raise ConfigurationError(
            f"--episodes {options.episodes} --first-seed {options.first_seed}: expected at least one episode, and "
            f"seeds from 0 to {UNSEEN_END - 1} (higher seeds are trained on)."
        )
    champion = read_champion(options.run)
    trained = champion.config.generations * champion.config.episodes
    if champion.config.starts == "generation" and options.first_seed < trained:
        raise ConfigurationError(
            f"--first-seed {options.first_seed}: this run trained on seeds 0 to {trained - 1} (starts = 'generation'). "
            f"Choose {trained} or more."
        )
    config = champion.config if options.simulator is None else champion.config.replace(simulator=options.simulator)
    optimizee = create_optimizee(config)
    unseen = {"first_seed": options.first_seed, "episodes": options.episodes}
    with working(f"{options.episodes} unseen starts"), create_executor(options.workers) as executor:
        returns = evaluate_unseen(optimizee, champion.vector, executor, **unseen)
    if options.json:
        print_output(evaluation_json(config.task, config.simulator, returns))
        return int(math.isnan(returns.mean_return))
    with working("the random policy and the task's rule"):
        random, rule = baselines(optimizee, **unseen)
    rows = [("champion", returns), ("random policy", random)]
    if rule is not None:
        rows.append((optimizee.facts.rule_label, rule))
    failures = [f"Failed, {label}: {found.reason}" for label, found in rows if found.failure]
    print_output(TextPage((policy_table(rows, optimizee.facts.reward_part), *failures)))
    return int(math.isnan(returns.mean_return))
