"""Guards around L2L's own ``Experiment`` and runner: it never hangs, no worker is left, one seed gives one result.

A user of L2L changes two lines of a script::

    from neurosim_rl.l2l_experiments import guarded_runner

    with guarded_runner(seed=1, timeout_s=600):
        experiment.run_experiment(optimizer=optimizer, optimizee=optimizee)
"""

from __future__ import annotations

import math
import os
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from neurosim_rl.errors import ExecutionError
from neurosim_rl.l2l_experiments.fault_folder import FaultFolder
from neurosim_rl.l2l_experiments.guarded_optimizee import GuardedOptimizee
from neurosim_rl.l2l_experiments.policy import FaultPolicy
from neurosim_rl.l2l_experiments.seam import experiments_run_in, fitness_weights, runner_replaced
from neurosim_rl.l2l_experiments.watched_runner import WatchedRunner
from neurosim_rl.l2l_experiments.worker_processes import end_workers
from neurosim_rl.optimizees import Configuration

START_LIMIT_S = 40.0
"""Longest start of a worker, in s. L2L looks every 5 s, so a failed start is reported within a minute."""


@contextmanager
def guarded_runner(
    *,
    tries: int = 3,
    timeout_s: float = 0.0,
    penalty_fitness: float = Configuration.penalty_fitness,
    seed: int | None = None,
    start_limit_s: float | None = None,
) -> Iterator[None]:
    """Guard L2L's experiments in the ``with`` block; they use L2L's own runner.

    An individual gets the penalty if it raises, has fitness NaN, exceeds the time limit, or ends its worker ``tries``
    times. If workers cannot start, the experiment ends with an error. No worker is left at the end, after an error too.

    Parameters
    ----------
    tries, timeout_s, penalty_fitness
        See `FaultPolicy`.
    seed : int or None
        Seeds Python's and NumPy's global generators at once. L2L's optimizers draw from them, so create the optimizer
        inside the ``with`` block. None: the generators stay as they are.
    start_limit_s : float or None
        Longest start of a worker, in s; None: `START_LIMIT_S`, and no limit where ``srun`` may have to wait in the
        queue for an allocation.

    Raises
    ------
    ConfigurationError
        For a value out of range.
    ExecutionError
        When workers cannot start, or cannot import the optimizee's modules.
    EvaluationError
        When all individuals of the first generation fail, or, with L2L's ``stop_run``, when one individual fails.
    """
    policy = FaultPolicy(tries, timeout_s, penalty_fitness, 0 if seed is None else seed)
    if seed is not None:
        seed_libraries(seed)

    @contextmanager
    def around(experiment: Any, optimizer: Any, optimizee: Any) -> Iterator[Any]:
        paths = experiment.paths
        srun = experiment.traj.parameters["runner_params"].params["srun"]
        weights = fitness_weights(optimizer)
        name = f"l2l-{os.getpid()}-{id(experiment):x}"  # unique: its Slurm steps are found and cancelled by it
        make = partial(
            WatchedRunner,
            policy=policy,
            weights=weights,
            step_name=name,
            start_limit_s=_start_limit_s(srun) if start_limit_s is None else start_limit_s,
        )
        try:
            with runner_replaced(make), _importable_in_workers():
                yield GuardedOptimizee(optimizee, policy, weights, FaultFolder.of(paths))
        except NotImplementedError as error:  # L2L's way to report it
            raise ExecutionError(
                "more than 20 workers ended in one generation; L2L starts no more than 20 again. "
                f"Individuals evaluated before that are in {paths.simulation_path}."
            ) from error
        finally:
            end_workers(str(Path(paths.simulation_path) / "run_optimizee.py"), name if srun else None)

    with experiments_run_in(around):
        yield


def seed_libraries(seed: int) -> None:
    """Seed Python's and NumPy's global generators: L2L and DEAP draw from them, whatever seed they are given."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - it is their generator


def _start_limit_s(srun: str) -> float:
    if srun and "SLURM_JOB_ID" not in os.environ:
        return math.inf  # outside an allocation, srun waits in the queue for one
    return START_LIMIT_S


@contextmanager
def _importable_in_workers() -> Iterator[None]:
    """Let workers import the modules beside the user's script, as the script itself does."""
    before = os.environ.get("PYTHONPATH")
    parts = [sys.path[0] or os.getcwd()]
    if before:
        parts.append(before)
    os.environ["PYTHONPATH"] = os.pathsep.join(parts)
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
