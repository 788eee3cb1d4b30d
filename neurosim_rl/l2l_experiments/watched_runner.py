"""L2L's own runner with a watchdog: the experiment does not wait for ever for a worker that died or is stuck."""

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
"""Number of workers that end in a row before they begin with an individual; then the experiment ends."""
STUCK = re.compile(r"INFO:Optimizee:(?P<why>[^\n]*)\nINFO:Optimizee:Params received in except: [^\n]")
"""Log lines of an L2L worker after an error outside of ``simulate_``; the worker then waits for ever."""


class WatchedRunner(Runner):
    """L2L's runner, with a check for dead and stuck workers each time that it looks at its workers.

    L2L's own runner waits for ever for a worker that is stuck, takes any death with exit code 0 for success, and ends
    an experiment without the reason. The overridden methods below are all called by L2L's runner itself.

    Parameters
    ----------
    trajectory : l2l.utils.trajectory.Trajectory
    iterations : int
    policy : FaultPolicy
        An individual that has ended ``tries`` workers gets the penalty.
    weights : tuple of float
        The optimizer's ``optimizee_fitness_weights``.
    step_name : str
        Name of the workers' Slurm jobs and steps.
    start_limit_s : float
        Longest start of a worker, in s.
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
            When all individuals so far have failed, or, with L2L's ``stop_run``, when one has failed.
        ExecutionError
            When workers cannot start, or cannot import the optimizee's modules.
        """
        self._faults.forget(generation)
        results = super().run(trajectory, generation)
        n_may_fail = n_allowed_faults(len(results), self._any_success, self.stop_run)
        self._any_success |= self._faults.assess(generation, len(results), n_may_fail)
        return results

    def produce_run_command(self, idx: int) -> tuple[list[str], dict[str, str]]:
        """Return L2L's command of a worker; a command of ``srun`` gets a job name."""
        command, log_files = super().produce_run_command(idx)
        if self.srun_command:
            command = [word for word in command if word != "&"]  # no shell reads it: srun would hand it to Python
            programs = [Path(word).name for word in command]
            if "srun" in programs:
                command.insert(programs.index("srun") + 1, f"--job-name={self._step_name}")
        return command, log_files

    def launch_worker(self, w_id: int) -> None:
        """Start a worker as L2L does, and watch it."""
        log = Path(self.work_paths["individual_logs"]) / f"workers_{w_id}.wlog"
        start = log.stat().st_size if log.exists() else 0
        super().launch_worker(w_id)
        self.idle_workers[w_id] = WatchedWorker(self.idle_workers[w_id], self.outputpipes[w_id], log, start)

    def simulate_generation(self, gen: int, n_inds: int) -> list[int]:
        """Return the exit code of each individual; 0 also after a penalty, so that L2L reads its result file."""
        self._deaths.clear()
        self._penalized.clear()
        codes = super().simulate_generation(gen, n_inds)
        return [0 if index in self._penalized else code for index, code in enumerate(codes)]

    def populate_free_workers(self, gen: int) -> None:
        """Check the workers, then hand out individuals. L2L calls this method every five seconds.

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
                f"{where} is stuck: {stuck['why']}. Its Python must find the same modules as this process; "
                f"see runner_params['exec'] and PYTHONPATH."
            )
        if not worker.started and worker.age_s > self._start_limit_s:
            raise ExecutionError(
                f"{where} has not started within {self._start_limit_s:.0f} s: {shlex.join(worker.args)}. "
                "Inside a Slurm allocation each worker needs its share: srun -N 1 -n 1 -c 1 --exact --mem=0, "
                "and max_workers no more than the allocation's tasks."
            )

    def restart_worker(self, w_id: int) -> None:
        """Start a worker again after its end."""
        self._ended = self.running_workers[w_id]  # for the messages of `restart_individual`, which L2L calls next
        super().restart_worker(w_id)

    def restart_individual(self, gen: int, idx: int) -> None:
        """Repeat an individual after the end of its worker, or give it the penalty after too many deaths.

        Raises
        ------
        ExecutionError
            When workers end again and again before they begin with an individual.
        """
        # The worker's mark tells whether it died while it simulated this individual or before (see `FaultFolder`).
        if not self._faults.ended_under_way(gen, idx):
            self._failed_starts += 1
            if self._failed_starts >= FAILED_STARTS:
                raise ExecutionError(
                    f"{FAILED_STARTS} workers ended before they began with an individual; the last with {self._ended}. "
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
        fault = Fault(f"it ended its worker {self._deaths[idx]} times, at last with {self._ended}")
        self._faults.record(self.trajectory.individuals[gen][idx], fault)
        # L2L reads the result of each individual from such a file, written by the worker.
        path = Path(self.work_paths["results"]) / f"results_{gen}_{idx}.bin"
        path.write_bytes(pickle.dumps(self._policy.penalty(self._weights, self.trajectory.inner_params)))
