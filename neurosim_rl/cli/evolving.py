"""Commands that make or continue a run."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from neurosim_rl.cli.arguments import add_run, draw_and_print
from neurosim_rl.cli.signals import raise_if_interrupted
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.configuration import Configuration, combine, parse_setting, read_toml

DEFAULT_LEARNER = "r-stdp"
"""Of ``train``."""


def evolve_arguments(parser: argparse.ArgumentParser, *, needs_task: bool = True) -> None:
    """Add the options of ``evolve``."""
    help_text = "name of a task (see neurosim-rl list)"
    parser.add_argument("task", metavar="TASK", nargs=None if needs_task else "?", help=help_text)
    parser.add_argument("--config", type=Path, metavar="F.toml", help="a TOML file with settings")
    parser.add_argument(
        "--start-from",
        metavar="RUN",
        help="go on from the champion of a run folder or file, or champion:NAME, with the settings of its network",
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting; can be repeated")
    parser.add_argument("--generations", type=int, metavar="N", help="generations to evolve")
    parser.add_argument("--population", type=int, metavar="N", help="individuals in each generation")
    parser.add_argument("--seed", type=int, metavar="N", help="everything random descends from this")
    parser.add_argument("--model", metavar="NAME", help="name of a model; dense and linear have no neurons")
    parser.add_argument("--optimizer", metavar="NAME", help="name of an optimizer")
    parser.add_argument("--learner", metavar="NAME", help="learn by this rule instead of evolving: r-stdp or ppo")
    parser.add_argument("--network", metavar="NAME", help="what gradients train: snn (spiking, default) or ann")
    parser.add_argument("--simulator", metavar="NAME", help="name of a simulator")
    _add_workers(parser)
    parser.add_argument(
        "--timeout-s", type=float, metavar="S", help="longest that one individual may be evaluated, in s"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="run folder to make (default: under runs/)")
    parser.add_argument("--no-figures", action="store_true", help="do not draw figures at the end")


def _add_workers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workers", type=int, metavar="N", help="number of workers (0: one for each core)")
    parser.add_argument("--execution", metavar="NAME", help="where workers run (see neurosim-rl list)")


def _worker_layers(options: argparse.Namespace) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = [] if options.workers is None else [{"workers": options.workers}]
    return layers if options.execution is None else [*layers, {"execution": {"name": options.execution}}]


def evolve_command(options: argparse.Namespace) -> int:
    """Evolve a controller for a task."""
    from neurosim_rl.execution import create_executor
    from neurosim_rl.training.ancestor import begin_run
    from neurosim_rl.training.preparation import prepare

    config = prepare(configuration(options))
    path = options.out or free_folder(Path("runs") / run_name(config))
    with create_executor(config.workers, config.execution) as executor:  # without workers, no folder is made
        return _run(config, begin_run(path, config), executor, not options.no_figures)


def train_command(options: argparse.Namespace) -> int:
    """Train a controller for a task: it learns within trials, and goes on from what it learned."""
    options.learner = options.learner or DEFAULT_LEARNER
    return evolve_command(options)


def configuration(options: argparse.Namespace, *above: dict[str, Any]) -> Configuration:
    """Return what the options of ``evolve`` ask for, under layers that win over them."""
    from neurosim_rl.optimizees import configure, learner_settings
    from neurosim_rl.training.ancestor import settings_from

    file = {} if options.config is None else read_toml(options.config)
    if file.get("task", options.task) != options.task:
        raise ConfigurationError(f"{options.config} is for task {file['task']!r}, not {options.task!r}.")
    layers = [{} if options.model is None else {"model": {"name": options.model}}]
    layers += [parse_setting(setting) for setting in options.set]
    if options.optimizer is not None:
        layers.append({"optimizer": {"name": options.optimizer}})
    if options.population is not None:
        layers.append({"optimizer": {"population": options.population}})
    for key in ("generations", "seed", "simulator", "timeout_s"):
        if getattr(options, key) is not None:
            layers.append({key: getattr(options, key)})
    network = _network(options)
    learner = {} if options.learner is None else learner_settings(options.task, options.learner, network)
    champion = {} if options.start_from is None else settings_from(options.start_from, options.task)
    return configure(options.task, learner, champion, file, combine(*layers, *_worker_layers(options), *above))


def _network(options: argparse.Namespace) -> str:
    """Return what gradients shall train.

    Raises
    ------
    ConfigurationError
        When nothing is trained by gradients.
    """
    if options.network is not None and options.learner != "ppo":
        raise ConfigurationError(f"--network {options.network}: only --learner ppo trains one. Give both, or neither.")
    return options.network or "snn"


def run_name(config: Configuration) -> str:
    """Return TASK-seedN, or TASK-MODEL-seedN where the model is not the task's own."""
    from neurosim_rl.optimizees import configure

    own = configure(config.task).model["name"]
    name = config.task if config.model["name"] == own else f"{config.task}-{config.model['name']}"
    return f"{name}-seed{config.seed}"


def free_folder(base: Path) -> Path:
    """Return the first free folder BASE, BASE-2, ..."""
    candidates = (base if k == 1 else base.with_name(f"{base.name}-{k}") for k in range(1, 100_000))
    return next(path for path in candidates if not path.exists())


FREE_KEYS = ("batch_size", "execution", "timeout_s", "workers")
"""Keys that a resumed run may change: no result depends on them."""


def resume_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``resume``."""
    add_run(parser, champions=False)
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help=f"a setting of {', '.join(FREE_KEYS)}"
    )
    _add_workers(parser)
    parser.add_argument("--no-figures", action="store_true", help="do not draw figures at the end")


def resume_command(options: argparse.Namespace) -> int:
    """Go on with an interrupted run."""
    from neurosim_rl.runs import RunFolder

    folder = RunFolder.open(options.run)
    layers = [parse_setting(setting) for setting in options.set]
    for key in {key for layer in layers for key in layer} - set(FREE_KEYS):
        raise ConfigurationError(
            f"--set {key}: a run goes on with the settings that it began with, except {', '.join(FREE_KEYS)}."
        )
    config = Configuration.from_layers(vars(folder.config()), *layers, *_worker_layers(options))
    return _run(config, folder, None, not options.no_figures)


def _run(config: Configuration, folder: Any, executor: Any, figures: bool) -> int:
    from neurosim_rl.reports.champion import champion_text
    from neurosim_rl.training.run import Progress, run_to_end

    print(f"{config.task}, seed {config.seed}, {config.generations} generations -> {folder.path}", file=sys.stderr)
    with tqdm(total=config.generations, unit="gen", dynamic_ncols=True) as bar:

        def show(progress: Progress) -> None:
            bar.update(progress.n_done - bar.n)
            unseen = progress.candidate.validation_return
            unseen_text = "" if not math.isfinite(unseen) else f", held-out {unseen:.4g}"
            failed = f", {progress.n_failed} failed" if progress.n_failed else ""
            fitness = f"best {progress.best_fitness:.4g}, mean {progress.mean_fitness:.4g}"
            bar.set_postfix_str(f"{fitness}{unseen_text}{failed}")
            raise_if_interrupted()

        try:
            champion = run_to_end(config, folder, executor=executor, on_progress=show)
        except KeyboardInterrupt:
            bar.close()
            folder.log("interrupted")
            print(f"Interrupted. Finished generations are safe; go on with: neurosim-rl resume {folder.path}")
            return 130
    print(champion_text(champion))
    if figures:
        draw_and_print(str(folder.path), folder.figures_path)
    return 0 if champion.verification.identical else 1
