"""Options that the commands evolve, train, resume and submit share, and the configuration that they ask for."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from neurosim_rl.optimizees import Configuration
from neurosim_rl.settings.layers import combine, parse_setting


def add_settings(parser: argparse.ArgumentParser, *, needs_task: bool = True) -> None:
    """Add the options that say which run is wanted."""
    help_text = "name of a task (see neurosim-rl list tasks), or id of a Gymnasium environment, such as LunarLander-v3"
    parser.add_argument("task", metavar="TASK", nargs=None if needs_task else "?", help=help_text)
    _add_choices(parser.add_argument_group("what is trained"))
    _add_length(parser.add_argument_group("how long"))
    place = parser.add_argument_group("where it is played")
    place.add_argument("--simulator", metavar="NAME", help="name of a simulator")
    add_workers(place)
    place.add_argument("--timeout-s", type=float, metavar="S", help="time limit for one individual's evaluation, in s")
    output = parser.add_argument_group("output")
    output.add_argument("--out", type=Path, metavar="DIR", help="run folder to make (default: under runs/)")
    add_no_figures(output)


def _add_choices(group: argparse._ArgumentGroup) -> None:
    """Add the options that choose network, search and settings."""
    group.add_argument("--model", metavar="NAME", help="name of a model; dense and linear have no neurons")
    group.add_argument("--optimizer", metavar="NAME", help="name of an optimizer")
    group.add_argument("--seed", type=int, metavar="N", help="seed of everything random")
    group.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a setting (see neurosim-rl list KIND NAME); can be repeated",
    )
    group.add_argument("--config", type=Path, metavar="F.toml", help="TOML file with settings")
    group.add_argument(
        "--start-from",
        metavar="RUN",
        help="start from the champion of a run folder or file, or champion:NAME, with the settings of its network",
    )


def _add_length(group: argparse._ArgumentGroup) -> None:
    """Add the options that say how long a run lasts."""
    group.add_argument("--generations", type=int, metavar="N", help="number of generations")
    group.add_argument("--population", type=int, metavar="N", help="individuals in each generation")
    group.add_argument(
        "--stop-when-solved", action="store_true", default=None, help="end when a validation return solves the task"
    )
    group.add_argument("--max-hours", type=float, metavar="H", help="begin no generation after this time, in h")


def add_learner(parser: argparse.ArgumentParser, default: str | None) -> None:
    """Add the options of training by a learning rule."""
    parser.add_argument(
        "--learner", metavar="NAME", default=default, help="learning rule: r-stdp, ppo, distil, or a rule of your own"
    )
    parser.add_argument("--network", metavar="NAME", help="network for ppo and distil: snn (spiking, default) or ann")
    parser.add_argument(
        "--teacher",
        metavar="T",
        help="teacher for distil: RUN, champion:NAME, module:function, or a file: .zip (Stable-Baselines3), .onnx, .pt "
        "(TorchScript), .hdf5 (Minari)",
    )


def add_workers(parser: argparse._ActionsContainer) -> None:
    """Add the options that say where a run is played."""
    parser.add_argument("--workers", type=int, metavar="N", help="number of workers (0: one for each core)")
    parser.add_argument("--execution", metavar="NAME", help="kind of workers (see neurosim-rl list execution)")


def add_track(parser: argparse.ArgumentParser) -> None:
    """Add the option --track."""
    parser.add_argument(
        "--track",
        action="append",
        default=[],
        metavar="NAME",
        help="record the run in tensorboard, mlflow or wandb, too; can be repeated",
    )


def add_no_figures(parser: argparse._ActionsContainer) -> None:
    """Add the options --no-figures and --no-report."""
    parser.add_argument("--no-figures", action="store_true", help="draw no figures at the end, and write no report")
    parser.add_argument("--no-report", action="store_true", help="do not write the report (report.html) at the end")


def _absolute(teacher: str) -> str:
    """Return a teacher's name; a path becomes absolute, since the run may be continued from another folder."""
    return str(Path(teacher).absolute()) if Path(teacher).exists() else teacher


def worker_layer(options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings of `add_workers` that were given."""
    layer: dict[str, Any] = {}
    if options.workers is not None:
        layer["workers"] = options.workers
    if options.execution is not None:
        layer["execution"] = {"name": options.execution}
    return layer


def requested(options: argparse.Namespace, *above: dict[str, Any]) -> Configuration:
    """Return the configuration that the options of `add_settings` ask for, under layers that win over them."""
    from neurosim_rl.training.configure import configure

    return configure(options.task, given_settings(options, *above), **sources(options))


def sources(options: argparse.Namespace) -> dict[str, Any]:
    """Return where settings come from besides `given_settings`: file, learner, network, champion to start from."""
    return {
        "files": [] if options.config is None else [options.config],
        "learner": getattr(options, "learner", None),
        "network": getattr(options, "network", None),
        "start_from": options.start_from,
    }


def given_settings(options: argparse.Namespace, *above: dict[str, Any]) -> dict[str, Any]:
    """Return the layer of the settings that the command line names, under layers that win over them."""
    layers: list[dict[str, Any]] = []
    if options.model is not None:
        layers.append({"model": {"name": options.model}})
    layers += [parse_setting(setting) for setting in options.set]
    if options.optimizer is not None:
        layers.append({"optimizer": {"name": options.optimizer}})
    if options.population is not None:
        layers.append({"optimizer": {"population": options.population}})
    if getattr(options, "teacher", None) is not None:
        layers.append({"learning": {"teacher": _absolute(options.teacher)}})
    for key in ("generations", "stop_when_solved", "max_hours", "seed", "simulator", "timeout_s"):
        if getattr(options, key) is not None:
            layers.append({key: getattr(options, key)})
    return combine(*layers, worker_layer(options), *above)  # a component's name drops none of the options beside it
