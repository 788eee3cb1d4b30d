"""Commands that hand runs to a cluster."""

from __future__ import annotations

import argparse
from pathlib import Path
from shlex import quote
from typing import Any

from neurosim_rl.cli.run_options import add_learner, add_settings, free_folder, requested, run_name
from neurosim_rl.cli.studying import run_arguments
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.layers import read_text

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
"""Options of a profile that the command line has too."""

_RUN_KEYS = (
    "task",
    "config",
    "start_from",
    "set",
    "generations",
    "population",
    "seed",
    "model",
    "optimizer",
    "simulator",
    "timeout_s",
    "seeds",
    "grid",
)
"""What a study says in its file."""


def submit_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``submit``: those of ``evolve``, and the cluster's."""
    from neurosim_rl.settings.options import default_of, option_fields
    from neurosim_rl.submission.profile import ClusterProfile

    add_settings(parser, needs_task=False)
    add_learner(parser, None)
    group = parser.add_argument_group("cluster")
    group.add_argument(
        "--profile", metavar="NAME", help="a profile: F.toml, or the name of one in ~/.config/neurosim-rl"
    )
    for name, field in option_fields(ClusterProfile).items():
        if name in _PROFILE_KEYS and name != "execution":  # evolve has it
            kind, help_text = type(default_of(field)), field.metadata["help"].replace("%", "%%")
            group.add_argument(f"--{name.replace('_', '-')}", type=kind, help=help_text, metavar=name.upper())
    group = parser.add_argument_group("arrays")
    group.add_argument("--seeds", metavar="1-10", help="a run for each of these seeds, such as 1-10 or 1,2,5")
    group.add_argument(
        "--grid",
        action="append",
        default=[],
        metavar="KEY=V1,V2",
        help="a run for each of these values; repeated: for each combination",
    )
    group = parser.add_argument_group("studies")
    group.add_argument("--study", type=Path, metavar="FILE.toml", help="a whole study instead of TASK")
    run_arguments(group)
    parser.add_argument("--dry-run", action="store_true", help="print the job script; make and submit nothing")


def submit_command(options: argparse.Namespace) -> int:
    """Evolve as a Slurm job, or as an array of jobs over seeds and settings; or run a study as a job."""
    from neurosim_rl.submission import require_sbatch

    if not options.dry_run:
        require_sbatch()
    plan = _plan(options)
    if options.dry_run:
        print(plan.text(), end="")
        return 0
    plan.make()
    job, *comparison = plan.submit()
    runs = f"{len(plan.runs)} run{'s' if len(plan.runs) > 1 else ''}" if options.study is None else "a study"
    print(f"Job {job}: {runs} -> {plan.out}")
    if comparison:
        print(f"Job {comparison[0]} compares them at the end; at any time: neurosim-rl compare {quote(str(plan.out))}")
    print(f"Follow with: neurosim-rl status {quote(str(plan.out))}")
    return 0


def _plan(options: argparse.Namespace) -> Any:
    from neurosim_rl.submission import parse_grid, parse_seeds
    from neurosim_rl.submission.plan import plan_array, plan_run
    from neurosim_rl.training.check import check

    if options.study is not None:
        return _study_plan(options)
    if options.discard_runs or options.together is not None:
        raise ConfigurationError("--discard-runs and --together are for a study: expected --study FILE.toml.")
    if options.task is None:
        raise ConfigurationError("submit: expected a TASK (see neurosim-rl list), or --study FILE.toml.")
    profile, settings = _profile(options), parse_grid(options.grid)
    if not (options.seeds or options.grid):
        config = check(requested(options))
        path = options.out or free_folder(Path("runs") / run_name(config))
        return plan_run(config, path, profile, ["--no-figures"] if options.no_figures else [])
    if options.seeds and options.seed is not None:
        raise ConfigurationError("--seed and --seeds: expected one of them. Put all seeds into --seeds.")
    seeds = parse_seeds(options.seeds) if options.seeds else None
    configs = {setting: check(requested(options, *setting.layers())) for setting in settings}
    seeds = seeds or (next(iter(configs.values())).seed,)
    out = options.out or free_folder(Path("runs") / f"{options.task}-array")
    return plan_array(configs, seeds, out, profile, ["--no-figures"])


def _study_plan(options: argparse.Namespace) -> Any:
    from neurosim_rl.studies import parse_study
    from neurosim_rl.submission.plan import plan_study
    from neurosim_rl.training.check import check

    for key in _RUN_KEYS:
        if getattr(options, key) not in (None, []):
            name = "TASK" if key == "task" else f"--{key.replace('_', '-')}"
            raise ConfigurationError(f"{name} beside --study: what a study runs stands in {options.study}.")
    profile, text = _profile(options), read_text(options.study)
    study = parse_study(text, options.study)
    for cell in study.cells():
        check(study.configuration(cell))
    out = options.out or free_folder(Path("runs") / study.name)
    flags = {"--discard-runs": options.discard_runs, "--no-figures": options.no_figures}
    together = [] if options.together is None else ["--together", str(options.together)]
    return plan_study(text, out, profile, [*together, *(flag for flag, is_given in flags.items() if is_given)])


def _profile(options: argparse.Namespace) -> Any:
    from neurosim_rl.submission import load_profile

    given = {key: getattr(options, key) for key in _PROFILE_KEYS if getattr(options, key) is not None}
    profile = load_profile(options.profile, given)
    if options.workers is None:
        return profile
    if options.workers < 1 or options.workers % profile.nodes or "workers_per_node" in given:
        raise ConfigurationError(
            f"--workers {options.workers} on {profile.nodes} nodes: expected a multiple of the nodes and no "
            "--workers-per-node beside it. Say --nodes and --workers-per-node instead."
        )
    return load_profile(options.profile, {**given, "workers_per_node": options.workers // profile.nodes})
