"""A task in L2L's own ``Experiment``: with L2L's runner, locally or by srun, and guards around it; or with our runner.

    python -m neurosim_rl.l2l_experiments cart-pole --out results --generations 3 --population 8 --workers 2
    python -m neurosim_rl.l2l_experiments cart-pole --out results --srun "srun -N 1 -n 1 -c 1 --exact --mem=0"
    python -m neurosim_rl.l2l_experiments cart-pole --out results --runner neurosim-rl

`run` is what a script of your own copies.
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
from neurosim_rl.training.configure import configure


def run(config: Configuration, folder: Path, runner: AbstractContextManager[None], srun: str) -> Any:
    """Run L2L's experiment; return its trajectory.

    Parameters
    ----------
    config : Configuration
    folder : path
        L2L makes a folder named after the task in it.
    runner : context manager
        `guarded_runner` or `fast_runner`.
    srun : str
        Command that starts each worker of L2L's runner on Slurm; empty: they are local processes.
    """
    experiment = Experiment(root_dir_path=str(folder))
    trajectory, _ = experiment.prepare_experiment(
        name=config.task,
        log_stdout=False,
        runner_params={
            "srun": srun,
            "exec": shlex.quote(sys.executable),  # L2L's default is whichever python3 comes first
            "max_workers": config.workers or n_cores(),
        },
    )
    with runner:
        optimizee = create_optimizee(config)
        parameters: Any = config.optimizer.create(seed=config.seed, n_iteration=config.generations)
        optimizer_class = GeneticOptimizer if isinstance(parameters, GeneticParameters) else L2LGeneticOptimizer
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
    """Run the command line; return its exit code: 0 fine, 2 the user's mistake, 130 interrupted."""
    options = _parser().parse_args(arguments)
    try:
        config = _configuration(options)
        runner = _runner(options, config)
        folder = _new_folder(options.out)
        print(f"L2L's own messages go to {folder / 'l2l.out'}", file=sys.stderr)
        with (folder / "l2l.out").open("w", buffering=1) as out, contextlib.redirect_stdout(out):
            trajectory = run(config, folder, runner, options.srun)
    except KeyboardInterrupt:
        print("neurosim_rl.l2l_experiments: interrupted; no worker is left.", file=sys.stderr)
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
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to make")
    parser.add_argument("--generations", type=int, metavar="N", help="generations to evolve")
    parser.add_argument("--population", type=int, metavar="N", help="individuals in each generation")
    parser.add_argument("--workers", type=int, metavar="N", help="number of workers (0: one for each core)")
    parser.add_argument("--seed", type=int, metavar="N", help="everything random descends from this")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting; can be repeated")
    parser.add_argument("--runner", choices=("l2l", "neurosim-rl"), default="l2l", help="whose runner (default: l2l)")
    parser.add_argument("--srun", default="", metavar="COMMAND", help="starts each worker of L2L's runner on Slurm")
    return parser


def _configuration(options: argparse.Namespace) -> Configuration:
    layers: list[dict[str, Any]] = [*map(parse_setting, options.set)]
    if options.population is not None:
        layers.append({"optimizer": {"population": options.population}})
    given = {key: getattr(options, key) for key in ("generations", "workers", "seed")}
    layers.append({key: value for key, value in given.items() if value is not None})
    return configure(options.task, {"optimizer": {"name": "l2l-genetic"}}, combine(*layers))


def _new_folder(path: Path) -> Path:
    if path.exists():
        raise ConfigurationError(f"--out {path} exists already; expected a folder to make. Choose another name.")
    try:
        path.mkdir(parents=True)
    except OSError as error:
        raise ConfigurationError(f"--out {path} cannot be made: {error}. Choose another place.") from error
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
                f"--srun {options.srun!r}: expected a command on PATH such as srun. Leave it out without Slurm."
            )
        return guarded_runner(**policy)
    if options.srun:
        raise ConfigurationError(
            f"--srun {options.srun!r} is for --runner l2l; our runner's workers are those of the table [execution]. "
            "Leave it out, or choose with --set execution.name=NAME (see neurosim-rl list)."
        )
    return fast_runner(config.workers, execution=config.execution.table(), **policy)


def report(trajectory: Any) -> str:
    """Return each generation's fitness as a table, and the best individual."""
    results = trajectory.results.all_results
    fitness = {generation: [values[0] for _, values in results[generation]] for generation in results}
    lines = ["generation  evaluations  best fitness  mean fitness"]
    lines += [f"{g:10}{len(f):13}{max(f):14.6g}{np.mean(f):14.6g}" for g, f in fitness.items()]
    best = max(fitness, key=lambda generation: max(fitness[generation]))
    index = int(np.argmax(fitness[best]))
    lines.append(f"Best: individual {index} of generation {best}, fitness {fitness[best][index]:g}")
    with np.printoptions(precision=4, threshold=8, edgeitems=3):
        lines += [
            f"  {k.removeprefix('individual.')} = {v}" for k, v in trajectory.individuals[best][index].params.items()
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
