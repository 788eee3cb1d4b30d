"""The published genetic run (32 individuals) in L2L's own ``Experiment`` and runner, and as ``neurosim-rl evolve``.

Both evaluate the same optimizee with the same simulator. L2L's runner starts a process for each individual and
generation, as its users run it; ours is the whole command, from the start of Python to the written champion, its
replay in NEST included.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.processes import in_fresh_process
from neurosim_rl.optimizees import TASKS
from neurosim_rl.training.configure import configure

TASK = "mountain-car-yegenoglu2022"
POPULATION = 32
L2L_GENERATIONS = 2
OUR_GENERATIONS = 400


def run() -> dict[str, Any]:
    """Time both, per generation."""
    theirs = in_fresh_process("l2l_runner", "l2l_seconds()")[0] / L2L_GENERATIONS
    ours = our_seconds() / OUR_GENERATIONS
    rows = [
        {"what": "L2L's Experiment and runner", "generations": L2L_GENERATIONS, "seconds_per_generation": theirs},
        {"what": "neurosim-rl evolve, whole command", "generations": OUR_GENERATIONS, "seconds_per_generation": ours},
    ]
    ratio = theirs / ours
    return {
        "about": f"{TASK}, {POPULATION} individuals, {os.cpu_count()} cores",
        "rows": rows,
        "ratio": ratio,
        "summary": f"ratio: {ratio:.0f}",
    }


def our_seconds() -> float:
    """Return the seconds of the whole command."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "neurosim_rl.cli", "evolve", TASK, "--generations", str(OUR_GENERATIONS)]
        start = time.perf_counter()
        subprocess.run([*command, "--out", str(Path(scratch) / "run")], check=True, capture_output=True)
        return time.perf_counter() - start


def l2l_seconds() -> tuple[float]:
    """Return the seconds that L2L's experiment takes."""
    from l2l.optimizers.evolution import GeneticAlgorithmOptimizer, GeneticAlgorithmParameters
    from l2l.utils.experiment import Experiment

    parameters = GeneticAlgorithmParameters(
        seed=1, pop_size=POPULATION, cx_prob=0.7, mut_prob=0.7, n_iteration=L2L_GENERATIONS,
        ind_prob=0.45, tourn_size=4, mate_par=0.5, mut_par=1.0,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as scratch:
        experiment = Experiment(root_dir_path=scratch)
        trajectory, _ = experiment.prepare_experiment(
            name="L2L", log_stdout=False, runner_params={"exec": sys.executable, "max_workers": os.cpu_count()}
        )
        optimizee = TASKS[TASK](trajectory, configure(TASK))
        optimizer = GeneticAlgorithmOptimizer(
            trajectory,
            optimizee_create_individual=optimizee.create_individual,
            optimizee_fitness_weights=(1.0,),
            parameters=parameters,
            optimizee_bounding_func=optimizee.bounding_func,
        )
        start = time.perf_counter()
        experiment.run_experiment(optimizer=optimizer, optimizee=optimizee)
        seconds = time.perf_counter() - start
        for process in psutil.Process().children(recursive=True):  # L2L's runner leaves its workers behind
            process.kill()
    return (seconds,)
