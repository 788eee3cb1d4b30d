"""A script as L2L's users write it: a function optimizee in which some individuals fail, each in a way of its own.

``python faulty.py DIR JSON`` runs it; the JSON object says how, see `Setup`. Its last line is what came out, as JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from l2l.optimizees.functions.function_generator import AckleyParameters, FunctionGenerator
from l2l.optimizees.functions.optimizee import FunctionGeneratorOptimizee
from l2l.optimizers.evolution import GeneticAlgorithmOptimizer, GeneticAlgorithmParameters
from l2l.utils import runner
from l2l.utils.experiment import Experiment

from neurosim_rl.errors import NeurosimError
from neurosim_rl.l2l_experiments import fast_runner, guarded_runner
from neurosim_rl.optimizees import TASKS
from neurosim_rl.training.configure import configure

NAP_S = 0.1
"""How long L2L's runner and its workers sleep in these tests between two looks at each other; by themselves 5 s."""


@dataclass
class Setup:
    """How to run."""

    runner: str = "guarded"
    task: str = ""
    """One of our tasks; empty: the function."""
    faults: dict[str, str] = field(default_factory=dict)
    """What the individual of an index does."""
    generations: int = 1
    population: int = 4
    workers: int = 2
    weight: float = -0.1
    interpreter: str = sys.executable
    srun: str = ""
    stop_run: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    """Of `fast_runner` or `guarded_runner`."""


class Faulty(FunctionGeneratorOptimizee):
    """Ackley's function; an individual may have a fault."""

    def __init__(self, trajectory: Any, faults: dict[str, str], folder: Path) -> None:
        super().__init__(trajectory, FunctionGenerator([AckleyParameters()], dims=2), seed=100)
        self.faults = faults
        self.folder = folder

    def simulate(self, traj: Any) -> Any:
        individual = traj.individual
        fault = self.faults.get(str(individual.ind_idx), "")
        (self.folder / f"pid-{individual.generation}-{individual.ind_idx}").write_text(str(os.getpid()))
        if fault.endswith("once"):
            mark = self.folder / f"failed-{individual.ind_idx}"
            fault = "" if mark.exists() else fault
            mark.touch()
        return getattr(self, fault.replace(" ", "_"))() if fault else super().simulate(traj)

    def raise_an_error(self) -> None:
        raise ValueError("boom")

    raise_an_error_once = raise_an_error

    def return_nan(self) -> float:
        return float("nan")

    def call_sys_exit(self) -> None:
        sys.exit(0)

    def exit_with_0_once(self) -> None:
        os._exit(0)

    def abort(self) -> None:
        signal.signal(signal.SIGABRT, signal.SIG_DFL)
        os.abort()

    def sleep(self) -> None:
        time.sleep(600)

    def hang(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
        time.sleep(600)

    def kill_itself_once(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def draw_from_the_global_generators(self) -> float:
        return random.random() + np.random.rand()  # noqa: NPY002


@contextmanager
def short_naps() -> Iterator[None]:
    """Let L2L's runner and the workers that it starts look at each other every `NAP_S`."""
    prepare_run_file, its_time = runner.Runner.prepare_run_file, runner.time

    def prepare(self: runner.Runner) -> None:
        prepare_run_file(self)
        path = Path(self.path) / "run_optimizee.py"
        code = path.read_text()
        assert "time.sleep(5)" in code, "L2L's worker does not sleep as it did"
        path.write_text(code.replace("time.sleep(5)", f"time.sleep({NAP_S})"))

    runner.Runner.prepare_run_file = prepare
    runner.time = SimpleNamespace(sleep=lambda _: time.sleep(NAP_S))
    try:
        yield
    finally:
        runner.Runner.prepare_run_file, runner.time = prepare_run_file, its_time


def run(folder: Path, setup: Setup) -> list[tuple[int, int, list[float], float]]:
    """Run the experiment; return (generation, index, coordinates, fitness) of each evaluation."""
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    experiment = Experiment(root_dir_path=str(folder))
    runner_params = {"exec": setup.interpreter, "max_workers": setup.workers, "srun": setup.srun}
    trajectory, _ = experiment.prepare_experiment(name="L2L", runner_params=runner_params, stop_run=setup.stop_run)
    if setup.task:
        optimizee = TASKS[setup.task](trajectory, configure(setup.task, {"simulator": "nest"}))
    else:
        optimizee = Faulty(trajectory, setup.faults, folder)
    parameters = GeneticAlgorithmParameters(
        seed=1, pop_size=setup.population, cx_prob=0.7, mut_prob=0.7, n_iteration=setup.generations,
        ind_prob=0.45, tourn_size=2, mate_par=0.5, mut_par=1.0,
    )  # fmt: skip
    optimizer = GeneticAlgorithmOptimizer(
        trajectory,
        optimizee_create_individual=optimizee.create_individual,
        optimizee_fitness_weights=(setup.weight,),
        parameters=parameters,
        optimizee_bounding_func=optimizee.bounding_func,
    )
    contexts: dict[str, Any] = {"guarded": guarded_runner, "fast": fast_runner, "stock": lambda **_: nullcontext()}
    with short_naps(), contexts[setup.runner](**setup.options):
        experiment.run_experiment(optimizer=optimizer, optimizee=optimizee)
    experiment.end_experiment(optimizer)
    return [
        (g, index, coordinates(trajectory.individuals[g][index]), fitness[0])
        for g in range(setup.generations)
        for index, fitness in trajectory.results.all_results[g]
    ]


def coordinates(individual: Any) -> list[float]:
    """Return all parameters of an individual."""
    return np.concatenate([individual.params[name] for name in sorted(individual.params)]).tolist()


if __name__ == "__main__":
    try:
        setup = Setup(**json.loads(sys.argv[2]))
        if setup.runner == "stock":  # its workers cannot import what stands in the user's script
            from tests.l2l_experiments.faulty import run
        print(json.dumps(run(Path(sys.argv[1]), setup)))
    except NeurosimError as error:
        sys.exit(f"{type(error).__name__}: {error}")
