"""A wrapper of an L2L optimizee that never raises and never returns NaN, for L2L's own workers."""

from __future__ import annotations

import logging
import pickle
from typing import Any

import cloudpickle

from neurosim_rl.execution.processes import end_with_parent
from neurosim_rl.l2l_experiments.attempt import Fault, attempt
from neurosim_rl.l2l_experiments.fault_folder import FaultFolder
from neurosim_rl.l2l_experiments.policy import FaultPolicy

logger = logging.getLogger("Optimizee")
"""L2L's own logger of workers: it writes to ``individual_logs/workers_*.wlog``."""


class GuardedOptimizee:
    """Wraps an L2L optimizee; gives the penalty instead of an error, of NaN, and of a run over the time limit.

    L2L's worker waits for ever after an individual that raises, and L2L's optimizers select individuals with fitness
    NaN. The optimizee is pickled by value, so that its class may be defined in the user's script: workers cannot
    import a script.

    Parameters
    ----------
    optimizee : l2l.optimizees.optimizee.Optimizee
    policy : FaultPolicy
        ``tries`` applies to individuals that end their worker; an individual that raises is not tried again.
    weights : tuple of float
        The optimizer's ``optimizee_fitness_weights``, for the sign of the penalty.
    folder : FaultFolder
        Folder for the tracebacks.
    """

    def __init__(self, optimizee: Any, policy: FaultPolicy, weights: tuple[float, ...], folder: FaultFolder) -> None:
        self._optimizee = optimizee
        self._policy = policy
        self._weights = weights
        self._folder = folder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._optimizee, name)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the optimizee by value; a worker that unpickles it ends with L2L's main process from then on."""
        return _unpickled, (cloudpickle.dumps(self._optimizee), self._policy, self._weights, self._folder)

    def simulate_(self, traj: Any) -> Any:
        """Return the individual's fitness, or the penalty if it raises, has fitness NaN or exceeds the time limit."""
        individual = traj.individual
        with self._folder.under_way(individual.generation, individual.ind_idx):
            fitness = attempt(self._optimizee, traj, self._policy, expendable=True)
        if not isinstance(fitness, Fault):
            return fitness
        self._folder.record(individual, fitness)
        logger.warning("Individual %s: %s\n%s", individual.ind_idx, fitness.reason, fitness.trace)
        return self._policy.penalty(self._weights, traj.inner_params)


_ends_with_parent = False


def _unpickled(blob: bytes, policy: FaultPolicy, weights: tuple[float, ...], folder: FaultFolder) -> GuardedOptimizee:
    global _ends_with_parent
    if not _ends_with_parent:  # one thread is enough, and a worker unpickles the optimizee for each individual
        end_with_parent()
        _ends_with_parent = True
    return GuardedOptimizee(pickle.loads(blob), policy, weights, folder)
