"""Run a task in L2L's own ``Experiment``, with L2L's runner (locally or by srun, guarded) or with our runner.

    python -m neurosim_rl.l2l_experiments cart-pole --out results --generations 3 --population 8 --workers 2
    python -m neurosim_rl.l2l_experiments cart-pole --out results --srun "srun -N 1 -n 1 -c 1 --exact --mem=0"
    python -m neurosim_rl.l2l_experiments cart-pole --out results --runner neurosim-rl

For a script of your own, copy `run_in_l2l`.
"""

from __future__ import annotations

import argparse
import contextlib
import shlex
import shutil
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
from l2l.utils.experiment import Experiment

from neurosim_rl.errors import ConfigurationError, NeurosimError
from neurosim_rl.execution import n_cores
from neurosim_rl.l2l_experiments.guards import guarded_runner
from neurosim_rl.l2l_experiments.runner import fast_runner
from neurosim_rl.optimizees import Configuration, create_optimizee
from neurosim_rl.optimizers import GeneticOptimizer, GeneticParameters, L2LGeneticOptimizer
from neurosim_rl.settings.layers import combine, parse_setting
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.naming import folder_name


def run_in_l2l(config: Configuration, folder: Path, runner: AbstractContextManager[None], srun: str) -> Any:
    """Run L2L's experiment; return its trajectory.

    Parameters
    ----------
    config : Configuration
    folder : path
        L2L creates a folder in it, named after the task.
    runner : context manager
        `guarded_runner` or `fast_runner`.
    srun : str
        Command that starts each worker of L2L's runner on Slurm; empty: workers are local processes.
    """
    experiment = Experiment(root_dir_path=str(folder))
    trajectory, _ = experiment.prepare_experiment(
        name=folder_name(config.task),
        log_stdout=False,
        runner_params={
            "srun": srun,
            "exec": shlex.quote(sys.executable),  # L2L's default is the first python3 on PATH
            "max_workers": config.workers or n_cores(),
        },
    )
    with runner:
        optimizee = create_optimizee(config)
        parameters: Any = config.optimizer.create(seed=config.seed, n_iteration=config.generations)
        optimizer_class: Any = L2LGeneticOptimizer
        if isinstance(parameters, GeneticParameters):
            optimizer_class = GeneticOptimizer
        optimizer = optimizer_class(
            trajectory,
            optimizee_create_individual=optimizee.create_individual,
            optimizee_fitness_weights=(1.0,),
            parameters=parameters,
            optimizee_bounding_func=optimizee.bounding_func,
        )
        experiment.run_experiment(optimizer=optimizer, optimizee=optimizee)
        experiment.end_experiment(optimizer)
    return trajectory


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code: 0 success, 2 a user's mistake, 130 interrupted."""
    options = _parser().parse_args(arguments)
    try:
        config = _configuration(options)
        runner = _runner(options, config)
        folder = _new_folder(options.out)
        print(f"L2L's own messages go to {folder / 'l2l.out'}", file=sys.stderr)
        with (folder / "l2l.out").open("w", buffering=1) as out, contextlib.redirect_stdout(out):
            trajectory = run_in_l2l(config, folder, runner, options.srun)
    except KeyboardInterrupt:
        print("neurosim_rl.l2l_experiments: interrupted; all workers have ended.", file=sys.stderr)
        return 130
    except NeurosimError as error:
        print(f"neurosim_rl.l2l_experiments: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    print(report(trajectory))
    return 0


def _parser() -> argparse.ArgumentParser:
    about, _, examples = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m neurosim_rl.l2l_experiments",
        description=about,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("task", metavar="TASK", help="name of a task (see neurosim-rl list)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="new folder for the results")
    parser.add_argument("--generations", type=int, metavar="N", help="generations to evolve")
    parser.add_argument("--population", type=int, metavar="N", help="individuals in each generation")
    parser.add_argument("--workers", type=int, metavar="N", help="number of workers (0: one for each core)")
    parser.add_argument("--seed", type=int, metavar="N", help="seed of all random numbers")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="set one option; can be repeated"
    )
    parser.add_argument(
        "--runner", choices=("l2l", "neurosim-rl"), default="l2l", help="L2L's runner or ours (default: l2l)"
    )
    parser.add_argument(
        "--srun", default="", metavar="COMMAND", help="command that starts each worker of L2L's runner on Slurm"
    )
    return parser


def _configuration(options: argparse.Namespace) -> Configuration:
    layers: list[dict[str, Any]] = [*map(parse_setting, options.set)]
    if options.population is not None:
        layers.append({"optimizer": {"population": options.population}})
    for key in ("generations", "workers", "seed"):
        value = getattr(options, key)
        if value is not None:
            layers.append({key: value})
    return check(configure(options.task, {"optimizer": {"name": "l2l-genetic"}}, combine(*layers)))


def _new_folder(path: Path) -> Path:
    if path.exists():
        raise ConfigurationError(
            f"--out {path} exists already; expected the name of a new folder. Choose another name."
        )
    try:
        path.mkdir(parents=True)
    except OSError as error:
        raise ConfigurationError(f"--out {path} cannot be created: {error}. Choose another place.") from error
    return path.resolve()


def _runner(options: argparse.Namespace, config: Configuration) -> AbstractContextManager[None]:
    policy: dict[str, Any] = {
        "timeout_s": config.timeout_s,
        "penalty_fitness": config.penalty_fitness,
        "seed": config.seed,
    }
    if options.runner == "l2l":
        if options.srun and shutil.which(shlex.split(options.srun)[0]) is None:
            raise ConfigurationError(
                f"--srun {options.srun!r}: expected a command on PATH, such as srun. Without Slurm, leave --srun out."
            )
        return guarded_runner(**policy)
    if options.srun:
        raise ConfigurationError(
            f"--srun {options.srun!r} applies to --runner l2l only; the table [execution] sets our runner's workers. "
            "Leave --srun out, or choose the workers with --set execution.name=NAME (see neurosim-rl list)."
        )
    return fast_runner(config.workers, execution=config.execution.table(), **policy)


def report(trajectory: Any) -> str:
    """Return a table of each generation's fitness, and the best individual, as text."""
    fitness: dict[int, list[float]] = {}
    results = trajectory.results.all_results
    for generation in results:  # L2L's own kind of dictionary, without items()
        fitness[generation] = [values[0] for _, values in results[generation]]
    lines = ["generation  evaluations  best fitness  mean fitness"]
    lines += [f"{g:10}{len(f):13}{max(f):14.6g}{np.mean(f):14.6g}" for g, f in fitness.items()]
    best = max(fitness, key=lambda generation: max(fitness[generation]))
    index = int(np.argmax(fitness[best]))
    lines.append(f"Best: individual {index} of generation {best}, fitness {fitness[best][index]:g}")
    with np.printoptions(precision=4, threshold=8, edgeitems=3):
        for name, value in trajectory.individuals[best][index].params.items():
            lines.append(f"  {name.removeprefix('individual.')} = {value}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
