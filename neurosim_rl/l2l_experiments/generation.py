"""Evaluation of one generation on an executor's workers, until each individual has a fitness or no tries left."""

from __future__ import annotations

import logging
import pickle
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import Any

from l2l.utils.trajectory import Trajectory

from neurosim_rl.errors import ExecutionError
from neurosim_rl.execution import Executor, WorkerLostError
from neurosim_rl.l2l_experiments.attempt import Fault, attempt, fault_of
from neurosim_rl.l2l_experiments.policy import FaultPolicy

logger = logging.getLogger("utils.runner")
"""L2L's own logger of runners: its handlers write to L2L's log files."""

QUEUED = 2
"""Evaluations submitted for each worker: one that it evaluates and one that waits, so that no worker is idle."""


@dataclass
class Generation:
    """Evaluates the individuals of a generation.

    The outcome of an individual does not depend on the individuals evaluated beside it.

    Parameters
    ----------
    optimizee : bytes
        The pickled optimizee. Each evaluation unpickles it again, as L2L's workers do, so that no state of an
        optimizee passes from one individual to another.
    trajectory : l2l.utils.trajectory.Trajectory
    individuals : sequence of l2l.utils.individual.Individual
    executor : Executor
    policy : FaultPolicy
    """

    optimizee: bytes
    trajectory: Any
    individuals: Sequence[Any]
    executor: Executor
    policy: FaultPolicy
    fitness: dict[int, Any] = field(default_factory=dict)
    """The results of ``simulate_``, by index of the individual."""
    faults: dict[int, Fault] = field(default_factory=dict)
    """The last fault of each individual that used up its tries, by index."""
    _tries: Counter[int] = field(default_factory=Counter)

    def evaluate(self, indices: Sequence[int]) -> None:
        """Evaluate individuals in parallel; repeat those that were lost with a worker.

        A pool of processes loses all tasks under way when one worker dies, and does not tell which task was the cause.
        The lost individuals are therefore evaluated again in two halves, then in quarters, and so on. An individual
        that was alone when its worker died was the cause, and this counts as one of its tries.

        Raises
        ------
        ExecutionError
            When the executor itself has failed.
        """
        lost = self._side_by_side(indices)
        if lost and len(indices) == 1:
            if not self._may_try_again(lost[0], Fault("its worker ended while it was evaluated alone")):
                return
            self.evaluate(lost)
        elif lost:
            middle = len(lost) // 2
            for half in (lost[:middle], lost[middle:]):
                self.evaluate(half)

    def _side_by_side(self, indices: Sequence[int]) -> list[int]:
        """Evaluate individuals in parallel; return those that were lost with a worker."""
        waiting = list(reversed(indices))  # taken from the end
        running: dict[Future, int] = {}
        lost = []
        try:
            while waiting or running:
                while waiting and len(running) < QUEUED * max(self.executor.n_workers, 1):
                    index = waiting.pop()
                    running[self._submit(index)] = index
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    index = running.pop(future)
                    outcome = _outcome(future)
                    if outcome is None:
                        lost.append(index)
                    elif not isinstance(outcome, Fault):
                        self.fitness[index] = outcome.fitness
                    elif self._may_try_again(index, outcome):
                        waiting.append(index)
        finally:
            for future in running:  # after an exception
                future.cancel()
        return sorted(lost)

    def _may_try_again(self, index: int, fault: Fault) -> bool:
        """Count a failed try; return False, and keep the fault, if it was the last."""
        self._tries[index] += 1
        where = f"generation {self.individuals[index].generation}, individual {index}"
        logger.warning("%s, try %d: %s\n%s", where, self._tries[index], fault.reason, fault.trace)
        if self._tries[index] < self.policy.tries:
            return True
        self.faults[index] = fault
        return False

    def _submit(self, index: int) -> Future:
        # Only this individual travels; the others' places are empty, but the indices stay the same.
        slots: list[Any] = [None] * len(self.individuals)
        slots[index] = self.individuals[index]
        sent = (slots, index, self.trajectory.retry, self.trajectory.inner_params)
        return self.executor.submit(_evaluated, self.optimizee, *sent, self.policy, self.executor.has_processes)


@dataclass(frozen=True)
class Evaluated:
    """The result of ``simulate_``: wrapped, because it may be anything, None too."""

    fitness: Any


def _outcome(future: Future) -> Evaluated | Fault | None:
    """Return the outcome of an evaluation; None: its worker was lost."""
    try:
        return future.result()
    except WorkerLostError:
        return None
    except ExecutionError:
        raise
    except Exception as error:  # the fitness, for instance, cannot be pickled
        return fault_of(error)


def _evaluated(
    optimizee: bytes, slots: list[Any], index: int, retry: int, inner_params: int, policy: FaultPolicy, expendable: bool
) -> Evaluated | Fault:
    """Evaluate an individual with the trajectory that L2L's workers use: one generation, and no parameters.

    The generation contains only the individual itself; the others are None.
    """
    trajectory = Trajectory()
    trajectory.retry, trajectory.inner_params = retry, inner_params
    trajectory.individual = slots[index]
    trajectory.individuals[slots[index].generation] = slots
    try:
        fresh = pickle.loads(optimizee)
    except Exception as error:
        return fault_of(error)
    fitness = attempt(fresh, trajectory, policy, expendable=expendable)
    if isinstance(fitness, Fault):
        return fitness
    return Evaluated(fitness)
