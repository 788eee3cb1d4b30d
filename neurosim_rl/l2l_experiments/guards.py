"""Guards around L2L's own ``Experiment`` and runner: nothing hangs, nothing is left behind, one seed gives one result.

In a script of L2L's users two lines change::

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
"""How long a worker may take to start. With L2L's polling, a failure is told within a minute."""


@contextmanager
def guarded_runner(
    *,
    tries: int = 3,
    timeout_s: float = 0.0,
    penalty_fitness: float = Configuration.penalty_fitness,
    seed: int | None = None,
    start_limit_s: float | None = None,
) -> Iterator[None]:
    """Guard L2L's experiments in the ``with`` block, which run with L2L's own runner.

    An individual that raises, has fitness NaN or takes too long gets the penalty, and so does one that ends its
    worker ``tries`` times. Workers that cannot work end the experiment. However it ends, no worker is left.

    Parameters
    ----------
    tries, timeout_s, penalty_fitness
        See `FaultPolicy`.
    seed : int or None
        Seeds Python's and NumPy's global generators, now: make the optimizer in the ``with`` block or let it draw
        there. None: they stay as they are.
    start_limit_s : float or None
        Longest that a worker may take to start, in s; None: `START_LIMIT_S`, but for ever where ``srun`` may have to
        queue for an allocation.

    Raises
    ------
    ConfigurationError
        For a value out of range.
    ExecutionError
        When workers cannot start, or start and cannot work.
    EvaluationError
        When no individual of the first generation can be evaluated, or, with L2L's ``stop_run``, when one cannot.
    """
    policy = FaultPolicy(tries, timeout_s, penalty_fitness, 0 if seed is None else seed)
    if seed is not None:
        seed_libraries(seed)

    @contextmanager
    def around(experiment: Any, optimizer: Any, optimizee: Any) -> Iterator[Any]:
        paths = experiment.paths
        srun = experiment.traj.parameters["runner_params"].params["srun"]
        weights = fitness_weights(optimizer)
        name = f"l2l-{os.getpid()}-{id(experiment):x}"
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
        except NotImplementedError as error:
            raise ExecutionError(
                "more than 20 workers ended in one generation, which is as many as L2L starts again. "
                f"What was evaluated until then is in {paths.simulation_path}."
            ) from error
        finally:
            end_workers(str(Path(paths.simulation_path) / "run_optimizee.py"), name if srun else None)

    with experiments_run_in(around):
        yield


def seed_libraries(seed: int) -> None:
    """Seed Python's and NumPy's global generators, from which L2L and DEAP draw whatever seed they are given."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - it is their generator


def _start_limit_s(srun: str) -> float:
    return math.inf if srun and "SLURM_JOB_ID" not in os.environ else START_LIMIT_S


@contextmanager
def _importable_in_workers() -> Iterator[None]:
    """Let workers find the modules beside the user's script, as the script does."""
    before = os.environ.get("PYTHONPATH")
    parts = [sys.path[0] or os.getcwd(), *([before] if before else [])]
    os.environ["PYTHONPATH"] = os.pathsep.join(parts)
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
