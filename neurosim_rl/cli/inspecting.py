"""Commands that look at runs and champions."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path

from neurosim_rl.cli.arguments import add_json, add_run, draw_figures, print_result
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.seeds import DEFAULT_FIRST_SEED, UNSEEN_END


def list_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``list``."""
    add_json(parser)


def list_everything(options: argparse.Namespace) -> int:
    """Show tasks, models, encoders, decoders, optimizers, simulators and champions."""
    from neurosim_rl.cli.catalogue import catalogue, catalogue_text

    print_result(catalogue() if options.json else catalogue_text())
    return 0


def evaluate_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``evaluate``."""
    add_run(parser)
    parser.add_argument("--episodes", type=int, default=100, metavar="N", help="unseen starts (default: 100)")
    parser.add_argument(
        "--first-seed",
        type=int,
        default=DEFAULT_FIRST_SEED,
        metavar="N",
        help=f"episode k starts from seed N + k (default: {DEFAULT_FIRST_SEED})",
    )
    parser.add_argument("--simulator", metavar="NAME", help="name of a simulator (default: the run's)")
    parser.add_argument("--workers", type=int, default=0, metavar="N", help="local processes (0: one for each core)")
    add_json(parser)


def evaluate_command(options: argparse.Namespace) -> int:
    """Evaluate a champion on unseen starts, beside the random policy and a simple rule."""
    from neurosim_rl.evaluation.unseen_starts import baselines, evaluate_unseen
    from neurosim_rl.execution import create_executor
    from neurosim_rl.optimizees import create_optimizee
    from neurosim_rl.reports.champion import evaluation_json, policy_table
    from neurosim_rl.runs.champion import read_champion

    if options.episodes < 1 or not 0 <= options.first_seed <= UNSEEN_END - options.episodes:
        raise ConfigurationError(
            f"--episodes {options.episodes} --first-seed {options.first_seed}: expected at least one episode, and "
            f"seeds from 0 to {UNSEEN_END - 1} (those above are trained on)."
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
    with create_executor(options.workers) as executor:
        result = evaluate_unseen(optimizee, champion.vector, executor, **unseen)
    if options.json:
        print_result(evaluation_json(config.task, config.simulator, result))
        return 0
    random, rule = baselines(optimizee, **unseen)
    rows = [("champion", result), ("random policy", random)]
    if rule is not None:
        rows.append((optimizee.rule_label, rule))
    print_result(policy_table(rows, optimizee.reward_part))
    return 0


def verify_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``verify``."""
    add_run(parser)
    parser.add_argument(
        "--episodes",
        type=int,
        metavar="N",
        help="record so many unseen episodes and compare those (default: the kept ones)",
    )
    add_json(parser)


def verify_command(options: argparse.Namespace) -> int:
    """Replay a champion's recorded episodes in NEST and compare spike by spike (without neurons: the actions)."""
    from neurosim_rl.evaluation.replay import record, verify
    from neurosim_rl.reports.champion import twin_text, verification_json, verification_text
    from neurosim_rl.runs.champion import read_champion

    champion = read_champion(options.run)
    optimizee, recording = champion.optimizee(), champion.recording
    if options.episodes is not None:
        if options.episodes < 1:
            raise ConfigurationError(f"--episodes {options.episodes}: expected at least one.")
        seeds = range(DEFAULT_FIRST_SEED, DEFAULT_FIRST_SEED + options.episodes)
        recording = record(optimizee, champion.vector, seeds)
    result = verify(optimizee, champion.vector, recording)
    twin = None
    if optimizee.learning.trains and importlib.util.find_spec("torch") is not None:
        from neurosim_rl.gradient.pytorch_comparison import compare_with_pytorch

        twin = compare_with_pytorch(optimizee, champion.vector, recording)
    if options.json:
        print_result({**verification_json(result), **({} if twin is None else {"trained_network": vars(twin)})})
    else:
        print_result("\n".join([verification_text(result, optimizee), *([] if twin is None else [twin_text(twin)])]))
    return 0 if result.identical and (twin is None or not twin.actions_differing) else 1


def plot_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``plot``."""
    add_run(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for the figures (default: RUN/figures)")


def plot_command(options: argparse.Namespace) -> int:
    """Draw a run's figures."""
    from neurosim_rl.runs import RunFolder

    if options.out is None and not Path(options.run).is_dir():
        raise ConfigurationError(f"{options.run} is not a run folder; say where the figures shall go with --out DIR.")
    draw_figures(options.run, options.out or RunFolder.open(options.run).figures_path)
    return 0


def status_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``status``."""
    parser.add_argument("run", metavar="RUN", help="a run folder, a folder of run folders, or a study's")
    add_json(parser)


def status_command(options: argparse.Namespace) -> int:
    """Tell where a run or a study stands: running, queued, stopped or finished, and how far."""
    from neurosim_rl.runs.run_list import is_study
    from neurosim_rl.runs.status import status_text, statuses
    from neurosim_rl.studies.status import study_status_json, study_status_text

    if is_study(Path(options.run)):
        study = study_status_json(options.run)
        print_result(study if options.json else study_status_text(study))
        return 0
    found = statuses(options.run)
    print_result((found[0] if len(found) == 1 else found) if options.json else status_text(found))
    return 0


def show_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``show``."""
    add_run(parser)
    parser.add_argument("--failures", action="store_true", help="print why individuals failed, with tracebacks")
    add_json(parser)


def show_command(options: argparse.Namespace) -> int:
    """Summarize a run or champion on one screen."""
    from neurosim_rl.reports.run import failures_json, failures_text, show_json, show_text

    if options.failures:
        print_result(failures_json(options.run) if options.json else failures_text(options.run))
    else:
        print_result(show_json(options.run) if options.json else show_text(options.run))
    return 0
