"""How time and memory grow with the population, what a second worker brings, and whether memory stays flat."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psutil

from benchmarks.processes import in_fresh_process
from neurosim_rl.evaluation.unseen_starts import evaluate
from neurosim_rl.execution import create_executor
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.runs import RunFolder
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end

POPULATIONS = (32, 128, 512, 2048, 4096)
WORKERS_BATCH = 256
REPETITIONS = 5
FLAT_GENERATIONS = 1000
FLAT_EVERY = 200


def growth() -> dict[str, Any]:
    """Time and memory of one generation for growing populations, each in a fresh process."""
    rows = []
    for population in POPULATIONS:
        seconds, megabytes = in_fresh_process("scaling", f"one_generation({population})")
        rows.append(
            {
                "population": population,
                "seconds": seconds,
                "ms_per_individual": seconds * 1e3 / population,
                "peak_memory_above_start_MB": megabytes,
                "kB_per_individual": megabytes * 1e3 / population,
            }
        )
    about = "one generation of the published MountainCar recipe (109 steps), one worker, one batch"
    return {"about": about, "rows": rows}


def one_generation(population: int) -> tuple[float, float]:
    """Return seconds, and the peak of memory above that before, in MB."""
    optimizee = create_optimizee(configure("mountain-car-yegenoglu2022", {"batch_size": population}))
    vectors = [optimizee.parameters.to_vector(optimizee.create_individual()) for _ in range(population)]
    elements = optimizee.training_elements(0, range(population))
    with create_executor(1) as executor:
        evaluate(optimizee, vectors[:1], elements[:1], executor)
        before = psutil.Process().memory_info().rss
        start = time.perf_counter()
        evaluate(optimizee, vectors, elements, executor)
        seconds = time.perf_counter() - start
    return seconds, max(_peak_bytes() - before, 0) / 1e6  # the kernel counts both only roughly


def _peak_bytes() -> int:
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if os.uname().sysname == "Darwin" else peak * 1024


def workers() -> dict[str, Any]:
    """Two workers against one on the same generation, in turn."""
    seconds: dict[int, list[float]] = {1: [], 2: []}
    optimizee = create_optimizee(configure("mountain-car-yegenoglu2022", {"batch_size": WORKERS_BATCH}))
    vectors = [optimizee.parameters.to_vector(optimizee.create_individual()) for _ in range(WORKERS_BATCH)]
    elements = optimizee.training_elements(0, range(WORKERS_BATCH))
    with create_executor(1) as one, create_executor(2) as two:
        for repetition in range(REPETITIONS + 1):
            for n, executor in ((1, one), (2, two)):
                start = time.perf_counter()
                evaluate(optimizee, vectors, elements, executor)
                if repetition:  # the first starts processes
                    seconds[n].append(time.perf_counter() - start)
    ratios = [a / b for a, b in zip(seconds[1], seconds[2], strict=True)]
    rows = [
        {"workers": n, "median_s": median(values), "min_s": min(values), "max_s": max(values)}
        for n, values in seconds.items()
    ]
    summary = f"1 worker / 2 workers: median {median(ratios):.2f}, {min(ratios):.2f} to {max(ratios):.2f}"
    return {"about": f"a generation of {WORKERS_BATCH} episodes", "rows": rows, "ratios": ratios, "summary": summary}


def memory() -> dict[str, Any]:
    """Memory of one process over many generations."""
    rows: list[dict[str, Any]] = []
    process = psutil.Process()
    short = {"generations": FLAT_GENERATIONS, "episodes": 1, "validation_episodes": 2, "workers": 1}
    config = check(configure("cart-pole", short, {"optimizer": {"population": 8}}))

    def note(progress: Any) -> None:
        if progress.n_done == 1 or progress.n_done % FLAT_EVERY == 0:
            rows.append({"generation": progress.n_done, "memory_MB": process.memory_info().rss / 1e6})

    with tempfile.TemporaryDirectory() as scratch:
        run_to_end(config, RunFolder.create(Path(scratch) / "run", config), on_progress=note)
    values = np.array([row["memory_MB"] for row in rows[1:]])
    summary = f"from generation {FLAT_EVERY} on: {values.min():.1f} to {values.max():.1f} MB"
    return {
        "about": f"cart-pole, population 8, {FLAT_GENERATIONS} generations, one process",
        "rows": rows,
        "summary": summary,
    }
