"""What a generation costs beyond its slowest batch: sending tasks to workers and gathering what they return."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.processes import in_fresh_process
from neurosim_rl.evaluation.unseen_starts import evaluate
from neurosim_rl.execution import Executor, SerialExecutor, create_executor, dask_cluster, slurm_workers
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.training.configure import configure
from tests.slurm_cluster import SlurmCluster, missing_programs

WORKERS = 16
REPETITIONS = 20
REAL_REPETITIONS = 3
EPISODES = 32
NAP_S = 0.2
NODES = 2
"""Nodes of the test Slurm; both are this machine."""
EXECUTIONS = ("processes", "dask", "slurm")
PLAIN = " without TLS"
"""End of the name of an execution that is measured without certificates; users have no such choice."""
TARGET_MS = 50.0


def run() -> dict[str, Any]:
    """Overhead of a generation of small batches, for local processes, local Dask, and Dask in a Slurm allocation."""
    rows, skipped = [], ""
    for name in (*EXECUTIONS, *(f"{name}{PLAIN}" for name in EXECUTIONS[1:])):
        on_slurm = name.startswith("slurm")
        missing = missing_programs() if on_slurm else []
        if missing:
            skipped = f"; slurm was skipped: {', '.join(missing)} not installed"
            continue
        numbers = in_allocation(name) if on_slurm else in_fresh_process("executors", f"overheads_ms({name!r})")
        for task, (_, n) in TASKS.items():
            values, numbers = numbers[:n], numbers[n:]
            spread = {"median_ms": median(values), "min_ms": min(values), "max_ms": max(values)}
            rows.append({"execution": name, "task": task, **spread})
    about = (
        f"a generation of {WORKERS} tasks on {WORKERS} idle workers, wall time beyond the longest task's own, "
        f"{REPETITIONS} repetitions"
    )
    return {
        "about": about,
        "rows": rows,
        "summary": f"target: at most {TARGET_MS:g} ms beyond local processes{skipped}",
    }


def overheads_ms(name: str) -> list[float]:
    """Return overheads in ms, of each kind of task in turn; a first round of each is left out."""
    kind = name.removesuffix(PLAIN)
    options: dict[str, Any] = {"name": kind} if kind == "processes" else {"name": kind, "dashboard": ""}
    with _without_certificates() if kind != name else nullcontext(), create_executor(WORKERS, options) as executor:
        rounds = [[overhead_ms(executor, task) for _ in range(n + 1)] for task, n in TASKS.values()]
    return [value for values in rounds for value in values[1:]]


@contextmanager
def _without_certificates() -> Iterator[None]:
    """Start executors in the ``with`` block as if there were no TLS."""
    before = dask_cluster.protected
    for module in (dask_cluster, slurm_workers):
        module.protected = lambda folder: {}  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for module in (dask_cluster, slurm_workers):
            module.protected = before  # type: ignore[attr-defined]


def overhead_ms(executor: Executor, task: Callable[[int], float]) -> float:
    """Return how much longer a round of tasks takes than the longest of them says it took, in ms."""
    time.sleep(0.05)  # workers are idle between generations, while the optimizer works
    start = time.perf_counter()
    longest = max(executor.map(task, range(WORKERS)))
    return (time.perf_counter() - start - longest) * 1e3


def in_allocation(name: str) -> list[float]:
    """Return the same, measured inside an sbatch allocation of a Slurm on this machine."""
    with SlurmCluster(nodes=NODES, cpus=WORKERS // NODES) as slurm:
        code = f"from benchmarks.executors import *; print(*overheads_ms({name!r}))"
        script = f'cd {Path(__file__).parents[1]}\nexport SLURM_SUBMIT_DIR={slurm.folder}\n{sys.executable} -c "{code}"'
        job = slurm.submit(script, "-N", str(NODES), "-n", str(WORKERS))
        state = slurm.wait_for_job(job, limit_s=600)
        said = slurm.job_output(job)
    if state != "COMPLETED":
        raise RuntimeError(f"the job ended as {state}: {said[-2000:]}")
    return [float(word) for word in said.strip().splitlines()[-1].split()]


def _nothing(_: int) -> float:
    start = time.perf_counter()
    return time.perf_counter() - start


def _nap(_: int) -> float:
    start = time.perf_counter()
    time.sleep(NAP_S)
    return time.perf_counter() - start


def _episodes(number: int) -> float:
    """Play a batch of MountainCar; return its seconds."""
    optimizee, vector = _controller()
    start = time.perf_counter()
    evaluate(optimizee, [vector], optimizee.training_elements(number, [0]), SerialExecutor())
    return time.perf_counter() - start


@cache
def _controller() -> tuple[Any, Any]:
    optimizee = create_optimizee(configure("mountain-car", {"episodes": EPISODES}))
    return optimizee, optimizee.parameters.to_vector(optimizee.create_individual())


TASKS = {
    "nothing": (_nothing, REPETITIONS),
    f"sleep {NAP_S:g} s": (_nap, REPETITIONS),
    f"{EPISODES} MountainCar episodes": (_episodes, REAL_REPETITIONS),
}
"""Each returns its own seconds; and how often a round of it is repeated."""
