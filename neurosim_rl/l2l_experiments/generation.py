"""The individuals of a generation, spread over an executor's workers until each has a fitness or no more tries."""

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
"""Evaluations sent out for each worker, so that none waits for its next."""


@dataclass
class Generation:
    """Evaluates individuals; what they come to does not depend on who shares their workers.

    Parameters
    ----------
    optimizee : bytes
        Pickled; unpickled anew for each evaluation, as L2L's workers do.
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
    """What ``simulate_`` gave, by index of the individual."""
    faults: dict[int, Fault] = field(default_factory=dict)
    """The last fault of each individual that used up its tries, by index."""
    _tries: Counter[int] = field(default_factory=Counter)

    def evaluate(self, indices: Sequence[int]) -> None:
        """Evaluate individuals, side by side; those that were lost with a worker again, ever fewer together.

        Only who is alone when a worker dies is to blame for it.

        Raises
        ------
        ExecutionError
            When the executor cannot go on.
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
        """Evaluate individuals; return those whose worker was lost."""
        waiting, flying = list(reversed(indices)), dict[Future, int]()
        lost = []
        try:
            while waiting or flying:
                while waiting and len(flying) < QUEUED * max(self.executor.n_workers, 1):
                    index = waiting.pop()
                    flying[self._submit(index)] = index
                for future in wait(flying, return_when=FIRST_COMPLETED).done:
                    index = flying.pop(future)
                    outcome = _outcome(future)
                    if outcome is None:
                        lost.append(index)
                    elif not isinstance(outcome, Fault):
                        self.fitness[index] = outcome.fitness
                    elif self._may_try_again(index, outcome):
                        waiting.append(index)
        finally:
            for future in flying:
                future.cancel()
        return sorted(lost)

    def _may_try_again(self, index: int, fault: Fault) -> bool:
        """Count a failed try; when it was the last, keep the fault."""
        self._tries[index] += 1
        where = f"generation {self.individuals[index].generation}, individual {index}"
        logger.warning("%s, try %d: %s\n%s", where, self._tries[index], fault.reason, fault.trace)
        if self._tries[index] < self.policy.tries:
            return True
        self.faults[index] = fault
        return False

    def _submit(self, index: int) -> Future:
        slots: list[Any] = [None] * len(self.individuals)
        slots[index] = self.individuals[index]
        sent = (slots, index, self.trajectory.retry, self.trajectory.inner_params)
        return self.executor.submit(_evaluated, self.optimizee, *sent, self.policy, self.executor.has_processes)


@dataclass(frozen=True)
class Evaluated:
    """What ``simulate_`` gave."""

    fitness: Any


def _outcome(future: Future) -> Evaluated | Fault | None:
    """Return what came of an evaluation; None: its worker was lost."""
    try:
        return future.result()
    except WorkerLostError:
        return None
    except ExecutionError:
        raise
    except Exception as error:  # what cannot be pickled on its way
        return fault_of(error)


def _evaluated(
    optimizee: bytes, slots: list[Any], index: int, retry: int, inner_params: int, policy: FaultPolicy, expendable: bool
) -> Evaluated | Fault:
    """Evaluate an individual with what L2L's workers have: a trajectory with one generation and no parameters.

    Of that generation only the individual itself is there; the others are None.
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
    return fitness if isinstance(fitness, Fault) else Evaluated(fitness)
