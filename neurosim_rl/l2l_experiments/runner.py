"""A runner for L2L's experiments on our executors: the same results as with L2L's own runner, without its polling.

A user of L2L changes two lines of a script::

    from neurosim_rl.l2l_experiments import fast_runner

    with fast_runner(workers=4):
        experiment.run_experiment(optimizer=optimizer, optimizee=optimizee)
"""

from __future__ import annotations

import logging
import pickle
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import cloudpickle

from neurosim_rl.execution import Executor, create_executor
from neurosim_rl.l2l_experiments.fault_folder import FaultFolder, n_allowed_faults
from neurosim_rl.l2l_experiments.generation import Generation
from neurosim_rl.l2l_experiments.policy import FaultPolicy
from neurosim_rl.l2l_experiments.seam import ByValue, experiments_run_in, fitness_weights, runner_replaced
from neurosim_rl.optimizees import Configuration
from neurosim_rl.optimizers.library_random import kept_states
from neurosim_rl.runs.files import writing

logger = logging.getLogger("utils.runner")


@contextmanager
def fast_runner(
    workers: int = 0,
    *,
    execution: Mapping[str, Any] | str | None = None,
    executor: Executor | None = None,
    tries: int = 3,
    timeout_s: float = 0.0,
    penalty_fitness: float = Configuration.penalty_fitness,
    seed: int = 0,
) -> Iterator[None]:
    """Evaluate the individuals of L2L's experiments in the ``with`` block on our executors.

    Optimizee, optimizer and trajectory stay as they are, and the results are the same, bit for bit. Of L2L's
    ``runner_params`` only the paths are used.

    Parameters
    ----------
    workers : int
        0: one for each core. 1: no worker; individuals are evaluated in this process, so that an individual that
        ends its process ends the experiment.
    execution : mapping, str or None
        The table ``[execution]`` of a configuration, or the name of an execution with its defaults, such as ``"dask"``;
        None: local processes.
    executor : Executor or None
        An executor to use instead of a new one; it stays open at the end.
    tries, timeout_s, penalty_fitness, seed
        See `FaultPolicy`.

    Raises
    ------
    ConfigurationError
        For a value out of range.
    ExecutionError
        When the workers cannot be started or are all gone.
    EvaluationError
        When all individuals of the first generation fail, or, with L2L's ``stop_run``, when one individual fails.
    """
    if isinstance(execution, str):
        execution = {"name": execution}
    policy = FaultPolicy(tries, timeout_s, penalty_fitness, seed)
    opened: AbstractContextManager[Executor]
    opened = create_executor(workers, execution) if executor is None else nullcontext(executor)
    with ExitStack() as stack:
        # Libraries that start workers draw from the global generators: Dask does, when a connection waits. L2L's
        # optimizers draw from them, too, and would then give another result for another kind of workers.
        with kept_states():
            running = stack.enter_context(opened)

        @contextmanager
        def around(experiment: Any, optimizer: Any, optimizee: Any) -> Iterator[Any]:
            def make(trajectory: Any, iterations: int) -> Runner:
                weights = fitness_weights(optimizer)
                return Runner(trajectory, iterations, executor=running, policy=policy, weights=weights)

            with runner_replaced(make):
                yield ByValue(optimizee)

        with experiments_run_in(around):
            yield


class Runner:
    """A runner with the interface of ``l2l.utils.runner.Runner``.

    Parameters
    ----------
    trajectory : l2l.utils.trajectory.Trajectory
    iterations : int
        Number of generations (unused, as in L2L's runner).
    executor : Executor or None
        None: local processes, ``max_workers`` of ``runner_params``; `close_workers` ends them.
    policy : FaultPolicy
    weights : tuple of float
        The optimizer's ``optimizee_fitness_weights``, for the sign of the penalty.
    """

    def __init__(
        self,
        trajectory: Any,
        iterations: int,
        *,
        executor: Executor | None = None,
        policy: FaultPolicy | None = None,
        weights: tuple[float, ...] = (1.0,),
    ) -> None:
        parameters = trajectory.parameters["runner_params"].params
        self.trajectory = trajectory
        self.iterations = iterations
        self._folder = Path(parameters["paths_obj"].simulation_path)
        (self._folder / "trajectories").mkdir(parents=True, exist_ok=True)
        self._faults = FaultFolder.of(parameters["paths_obj"])
        self._policy = policy or FaultPolicy()
        self._weights = weights
        n_workers = min(len(trajectory.individuals[0]), parameters["max_workers"])
        self._own = create_executor(n_workers) if executor is None else None
        self._executor = executor or self._own
        # L2L has pickled the optimizee into this file. Pickled once more by cloudpickle it holds classes of the user's
        # script by value, so that workers need not import the script.
        self._optimizee = cloudpickle.dumps(pickle.loads((self._folder / "optimizee.bin").read_bytes()))
        self._any_success = False

    def run(self, trajectory: Any, generation: int) -> list[tuple[int, Any]]:
        """Evaluate a generation; return index and fitness (the result of ``simulate_``) of each individual, in order.

        Raises
        ------
        EvaluationError
            When all individuals so far have failed, or, with L2L's ``stop_run``, when one has failed.
        ExecutionError
            When all workers are lost.
        """
        individuals = trajectory.individuals[generation]
        trajectory.individual = individuals[0]  # L2L's file of the trajectory names the generation by it
        self.dump_traj(trajectory)
        self._faults.forget(generation)
        assert self._executor is not None
        work = Generation(self._optimizee, trajectory, individuals, self._executor, self._policy)
        with kept_states():
            work.evaluate(range(len(individuals)))
        for index, fault in sorted(work.faults.items()):
            self._faults.record(individuals[index], fault)
        n_may_fail = n_allowed_faults(len(individuals), self._any_success, self.trajectory.stop_run)
        self._any_success |= self._faults.assess(generation, len(individuals), n_may_fail)
        penalty = self._policy.penalty(self._weights, trajectory.inner_params)
        logger.info("Finished generation %s: %s individuals penalized", generation, len(work.faults))
        return [(individual.ind_idx, work.fitness.get(k, penalty)) for k, individual in enumerate(individuals)]

    def dump_traj(self, trajectory: Any) -> None:
        """Write the trajectory to the file that ``Experiment.load_trajectory`` reads, completely or not at all."""
        path = self._folder / "trajectories" / f"trajectory_{trajectory.individual.generation}.bin"
        with writing(path) as temporary:
            temporary.write_bytes(pickle.dumps(trajectory, pickle.HIGHEST_PROTOCOL))

    def close_workers(self) -> None:
        """End the workers that this runner has started itself."""
        if self._own is not None:
            self._own.shutdown()
