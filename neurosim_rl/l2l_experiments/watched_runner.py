"""L2L's own runner with a watchdog: a worker that dies or is stuck never leaves the experiment waiting for ever."""

from __future__ import annotations

import pickle
import re
import shlex
from collections import Counter
from pathlib import Path
from typing import Any

from l2l.utils.runner import Runner

from neurosim_rl.errors import ExecutionError
from neurosim_rl.l2l_experiments.attempt import Fault
from neurosim_rl.l2l_experiments.fault_folder import FaultFolder, n_allowed_faults
from neurosim_rl.l2l_experiments.policy import FaultPolicy
from neurosim_rl.l2l_experiments.watched_worker import WatchedWorker

FAILED_STARTS = 3
"""Workers that may end, one after the other, before they begin with an individual."""
STUCK = re.compile(r"INFO:Optimizee:(?P<why>[^\n]*)\nINFO:Optimizee:Params received in except: [^\n]")
"""What L2L's worker logs when something outside of ``simulate_`` raised; it then waits for ever."""


class WatchedRunner(Runner):
    """L2L's runner; between its looks at its workers it looks for those that L2L would wait for in vain.

    Parameters
    ----------
    trajectory : l2l.utils.trajectory.Trajectory
    iterations : int
    policy : FaultPolicy
        An individual that ended its worker so many times as ``tries`` says gets the penalty.
    weights : tuple of float
        The optimizer's ``optimizee_fitness_weights``.
    step_name : str
        Name that ``srun`` gives to the jobs and steps of the workers.
    start_limit_s : float
        Longest that a worker may take to start, in s.
    """

    def __init__(
        self,
        trajectory: Any,
        iterations: int,
        *,
        policy: FaultPolicy,
        weights: tuple[float, ...],
        step_name: str,
        start_limit_s: float,
    ) -> None:
        paths = trajectory.parameters["runner_params"].params["paths_obj"]
        self._faults = FaultFolder.of(paths)
        self._policy = policy
        self._weights = weights
        self._step_name = step_name
        self._start_limit_s = start_limit_s
        self._any_success = False
        self._failed_starts = 0
        self._deaths: Counter[int] = Counter()
        self._penalized: set[int] = set()
        super().__init__(trajectory, iterations)

    def run(self, trajectory: Any, generation: int) -> list[tuple[int, Any]]:
        """Evaluate a generation as L2L does.

        Raises
        ------
        EvaluationError
            When no individual could be evaluated yet, or, with L2L's ``stop_run``, when one could not.
        ExecutionError
            When workers cannot start, or start and cannot work.
        """
        self._faults.forget(generation)
        results = super().run(trajectory, generation)
        n_may_fail = n_allowed_faults(len(results), self._any_success, self.stop_run)
        self._any_success |= self._faults.assess(generation, len(results), n_may_fail)
        return results

    def produce_run_command(self, idx: int) -> tuple[list[str], dict[str, str]]:
        """Return L2L's command; one of ``srun`` without the ``&`` that no shell reads, and with a name."""
        command, log_files = super().produce_run_command(idx)
        if self.srun_command:
            command = [word for word in command if word != "&"]
            srun = next((k for k, word in enumerate(command) if Path(word).name == "srun"), None)
            if srun is not None:
                command.insert(srun + 1, f"--job-name={self._step_name}")
        return command, log_files

    def launch_worker(self, w_id: int) -> None:
        """Start a worker as L2L does, and watch it."""
        log = Path(self.work_paths["individual_logs"]) / f"workers_{w_id}.wlog"
        start = log.stat().st_size if log.exists() else 0
        super().launch_worker(w_id)
        self.idle_workers[w_id] = WatchedWorker(self.idle_workers[w_id], self.outputpipes[w_id], log, start)

    def simulate_generation(self, gen: int, n_inds: int) -> list[int]:
        """Return the exit code of each individual; 0 for those that got the penalty, too."""
        self._deaths.clear()
        self._penalized.clear()
        codes = super().simulate_generation(gen, n_inds)
        return [0 if index in self._penalized else code for index, code in enumerate(codes)]

    def populate_free_workers(self, gen: int) -> None:
        """Look at the workers; then hand out individuals. L2L calls this every five seconds.

        Raises
        ------
        ExecutionError
            When a worker is stuck.
        """
        for w_id, worker in self.running_workers.items():
            self._check(w_id, worker, gen)
        super().populate_free_workers(gen)

    def _check(self, w_id: int, worker: WatchedWorker, gen: int) -> None:
        text = worker.new_text()
        stuck = STUCK.search(text)
        where = f"worker {w_id} (individual {self.worker_to_individual_map[w_id]} of generation {gen})"
        if stuck:
            raise ExecutionError(
                f"{where} is stuck: {stuck['why']}. Its Python has to find every module that this one does; "
                f"see runner_params['exec'] and PYTHONPATH."
            )
        if not worker.started and worker.age_s > self._start_limit_s:
            raise ExecutionError(
                f"{where} has not started within {self._start_limit_s:.0f} s: {shlex.join(worker.args)}. "
                "Inside a Slurm allocation each worker needs its share: srun -N 1 -n 1 -c 1 --exact --mem=0, "
                "and max_workers no more than the allocation's tasks."
            )

    def restart_worker(self, w_id: int) -> None:
        """Start a worker again that ended; remember how it ended."""
        self._ended = self.running_workers[w_id]
        super().restart_worker(w_id)

    def restart_individual(self, gen: int, idx: int) -> None:
        """Try an individual again whose worker ended, or give it the penalty.

        Raises
        ------
        ExecutionError
            When workers end without having begun with an individual.
        """
        if not self._faults.ended_under_way(gen, idx):
            self._failed_starts += 1
            if self._failed_starts >= FAILED_STARTS:
                raise ExecutionError(
                    f"{FAILED_STARTS} workers ended before they began with an individual; the last by {self._ended}. "
                    f"Command: {shlex.join(self._ended.args)}."
                )
        else:
            self._failed_starts = 0
            self._deaths[idx] += 1
            if self._deaths[idx] >= self._policy.tries:
                self._penalize(gen, idx)
                return
        super().restart_individual(gen, idx)

    def _penalize(self, gen: int, idx: int) -> None:
        self._penalized.add(idx)
        fault = Fault(f"it ended its worker {self._deaths[idx]} times, at last by {self._ended}")
        self._faults.record(self.trajectory.individuals[gen][idx], fault)
        path = Path(self.work_paths["results"]) / f"results_{gen}_{idx}.bin"
        path.write_bytes(pickle.dumps(self._policy.penalty(self._weights, self.trajectory.inner_params)))
