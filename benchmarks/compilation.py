"""What compiling costs: the first window with an empty cache, with a filled one, and the second window."""

from __future__ import annotations

import tempfile
import time
from statistics import median
from typing import Any

from benchmarks.processes import in_fresh_process
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.training.configure import configure

REPETITIONS = 3


def run() -> dict[str, Any]:
    """Measure in fresh processes: once with an empty cache, then with the one that it left."""
    rows = []
    for repetition in range(REPETITIONS):
        with tempfile.TemporaryDirectory() as cache:
            first = in_fresh_process("compilation", "first_episodes_s()", NUMBA_CACHE_DIR=cache)
            later = in_fresh_process("compilation", "first_episodes_s()", NUMBA_CACHE_DIR=cache)
        rows.append(
            {
                "repetition": repetition + 1,
                "first_episode_compiling_s": first[0],
                "first_episode_from_cache_s": later[0],
                "second_episode_s": later[1],
            }
        )
    gain = median(row["first_episode_compiling_s"] for row in rows)
    return {
        "about": "mountain-car-yegenoglu2022: one episode of one network",
        "rows": rows,
        "summary": f"compiling costs {gain:.1f} s, once for each machine and version",
    }


def first_episodes_s() -> tuple[float, float]:
    """Return the seconds of the first and of the second episode in this process."""
    optimizee = create_optimizee(configure("mountain-car-yegenoglu2022", {"simulator": "compiled"}))
    vector = optimizee.parameters.to_vector(optimizee.create_individual())
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        optimizee.play([vector], optimizee.training_elements(0, [0]))
        seconds.append(time.perf_counter() - start)
    return seconds[0], seconds[1]
