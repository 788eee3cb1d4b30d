"""``neurosim-rl submit``: submit to Slurm: a run, an array of runs over seeds and settings, or a study."""

from __future__ import annotations

import argparse
from pathlib import Path
from shlex import quote
from typing import Any

from neurosim_rl.cli.arguments import print_output
from neurosim_rl.cli.messages import working
from neurosim_rl.cli.run_options import add_learner, add_settings, add_track, requested
from neurosim_rl.cli.study import refuse_trackers, run_arguments
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.layers import read_text
from neurosim_rl.settings.plugins import options_to_repeat
from neurosim_rl.training.naming import folder_name, free_folder, run_name

_PROFILE_KEYS = (
    "partition",
    "account",
    "qos",
    "time",
    "nodes",
    "workers_per_node",
    "cpus_per_worker",
    "memory",
    "execution",
    "interface",
    "max_parallel",
    "chain",
)
"""Options of a cluster profile that are options of the command line, too."""

_RUN_KEYS = (
    "task",
    "config",
    "start_from",
    "set",
    "generations",
    "stop_when_solved",
    "max_hours",
    "population",
    "seed",
    "model",
    "optimizer",
    "simulator",
    "timeout_s",
    "seeds",
    "grid",
)
"""Options of a run that a study sets in its file; ``--study`` refuses them."""


def submit_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``submit``: those of ``evolve``, and those of a cluster profile."""
    from neurosim_rl.settings.options import default_of, option_fields
    from neurosim_rl.submission.profile import ClusterProfile

    add_settings(parser, needs_task=False)
    add_learner(parser, None)
    add_track(parser)
    group = parser.add_argument_group("cluster")
    group.add_argument("--profile", metavar="NAME", help="cluster profile: F.toml, or a name in ~/.config/neurosim-rl")
    for name, field in option_fields(ClusterProfile).items():
        if name in _PROFILE_KEYS and name != "execution":  # evolve has it
            kind, help_text = type(default_of(field)), field.metadata["help"].replace("%", "%%")
            group.add_argument(f"--{name.replace('_', '-')}", type=kind, help=help_text, metavar=name.upper())
    group = parser.add_argument_group("arrays")
    group.add_argument("--seeds", metavar="1-10", help="one run for each of these seeds, such as 1-10 or 1,2,5")
    group.add_argument(
        "--grid",
        action="append",
        default=[],
        metavar="KEY=V1,V2",
        help="one run for each of these values; repeat the option for each combination",
    )
    group = parser.add_argument_group("studies")
    group.add_argument("--study", type=Path, metavar="FILE.toml", help="study to run instead of TASK")
    run_arguments(group)
    parser.add_argument("--dry-run", action="store_true", help="print the job script; create and submit nothing")


def submit_command(options: argparse.Namespace) -> int:
    """Submit to Slurm: a run, an array of runs over seeds and settings, or a study."""
    from neurosim_rl.submission import require_sbatch

    if not options.dry_run:
        require_sbatch()
    with working("check of the settings"):
        plan = _plan(options)
    if options.dry_run:
        print_output(plan.text().removesuffix("\n"))
        return 0
    plan.make()
    job, *comparison = plan.submit()
    if options.study is not None:
        submitted = "a study"
    elif len(plan.runs) == 1:
        submitted = "1 run"
    else:
        submitted = f"{len(plan.runs)} runs"
    print_output(f"Job {job}: {submitted} -> {plan.out}")
    if comparison:
        print_output(
            f"Job {comparison[0]} compares the runs at the end; before: neurosim-rl compare {quote(str(plan.out))}"
        )
    print_output(f"Follow the progress: neurosim-rl status {quote(str(plan.out))}")
    return 0


def _plan(options: argparse.Namespace) -> Any:
    from neurosim_rl.submission import parse_grid, parse_seeds
    from neurosim_rl.submission.plan import plan_array, plan_run
    from neurosim_rl.training.check import check

    if options.study is not None:
        return _study_plan(options)
    if options.discard_runs or options.together is not None:
        raise ConfigurationError("--discard-runs and --together apply to studies only. Add --study FILE.toml.")
    if options.task is None:
        raise ConfigurationError("submit: expected a TASK (see neurosim-rl list), or --study FILE.toml.")
    profile, settings = _profile(options), parse_grid(options.grid)
    if not (options.seeds or options.grid):
        config = check(requested(options))
        path = options.out or free_folder(Path("runs") / run_name(config))
        figures = [f"--no-{name}" for name in ("figures", "report") if getattr(options, f"no_{name}")]
        return plan_run(config, path, profile, [*_plugins(), *_trackers(options), *figures])
    if options.seeds and options.seed is not None:
        raise ConfigurationError("--seed and --seeds: expected one of them. Put all seeds in --seeds.")
    seeds = parse_seeds(options.seeds) if options.seeds else None
    configs = {setting: check(requested(options, *setting.layers())) for setting in settings}
    seeds = seeds or (next(iter(configs.values())).seed,)
    out = options.out or free_folder(Path("runs") / folder_name(f"{options.task}-array"))
    return plan_array(configs, seeds, out, profile, [*_plugins(), *_trackers(options), "--no-figures"])


def _plugins() -> list[str]:
    """Return the options that allow the same plugins in a job, which may run in another folder."""
    return options_to_repeat(with_project=True)


def _trackers(options: argparse.Namespace) -> list[str]:
    """Return the options of the job for the trackers that are wanted, which must be installed here."""
    from neurosim_rl.reports.tracking import check_trackers

    words: list[str] = []
    for name in check_trackers(options.track):
        words += ["--track", name]
    return words


def _study_plan(options: argparse.Namespace) -> Any:
    from neurosim_rl.studies import parse_study
    from neurosim_rl.submission.plan import plan_study
    from neurosim_rl.training.check import check

    for key in _RUN_KEYS:
        if getattr(options, key) not in (None, []):
            name = "TASK" if key == "task" else f"--{key.replace('_', '-')}"
            raise ConfigurationError(
                f"{name} with --study: the settings of a study are in {options.study}. Omit {name}."
            )
    refuse_trackers(options)
    profile, text = _profile(options), read_text(options.study)
    study = parse_study(text, options.study)
    configs = [check(study.configuration(cell)) for cell in study.cells()]
    out = options.out or free_folder(Path("runs") / study.name)
    arguments = _plugins()
    if options.together is not None:
        arguments += ["--together", str(options.together)]
    if options.discard_runs:
        arguments.append("--discard-runs")
    if options.no_figures:
        arguments.append("--no-figures")
    return plan_study(text, out, profile, arguments, configs)


def _profile(options: argparse.Namespace) -> Any:
    from neurosim_rl.submission import load_profile

    given = {key: getattr(options, key) for key in _PROFILE_KEYS if getattr(options, key) is not None}
    profile = load_profile(options.profile, given)
    if options.workers is None:
        return profile
    if options.workers < 1 or options.workers % profile.nodes or "workers_per_node" in given:
        raise ConfigurationError(
            f"--workers {options.workers} on {profile.nodes} nodes: expected a multiple of the nodes, without "
            "--workers-per-node. Use --nodes and --workers-per-node instead."
        )
    return load_profile(options.profile, {**given, "workers_per_node": options.workers // profile.nodes})
