"""The plastic CartPole loop, window by window: reward-modulated STDP with the compiled simulator and with NEST.

The network of Hasegan et al. 2022 (200 neurons, 80 inputs) learns CartPole in windows of 50 ms on a grid of 0.5 ms; the
rule, the critic, the bridge and the environment are the same code in both, and so are all spikes and weights. Both run
in turn in fresh processes.
"""

from __future__ import annotations

import time
from statistics import median
from typing import Any

from benchmarks.processes import in_fresh_process

BATCHES = (1, 16, 32)
EPISODES = 6
REPETITIONS = 3


def run() -> dict[str, Any]:
    """Measure both in turn, several times."""
    rows, lines = [], []
    for batch in BATCHES:
        nest, compiled = [], []
        for _ in range(REPETITIONS):
            nest.append(in_fresh_process("plastic_loop", f"[*window_ms('nest', {batch})]"))
            compiled.append(in_fresh_process("plastic_loop", f"[*window_ms('compiled', {batch})]"))
        assert nest[0][1] == compiled[0][1], "both must play the same windows"
        ratios = [a[0] / b[0] for a, b in zip(nest, compiled, strict=True)]
        rows += [_row(f"NEST, batch of {batch}", nest), _row(f"compiled, batch of {batch}", compiled)]
        lines.append(f"  batch of {batch}: median {median(ratios):.1f}, {min(ratios):.1f} to {max(ratios):.1f}")
    return {
        "about": f"ms for each network and window of 50 ms, {EPISODES} episodes a network, {REPETITIONS} repetitions",
        "rows": rows,
        "summary": "NEST / compiled, repetition by repetition:\n" + "\n".join(lines),
    }


def _row(what: str, measured: list[list[float]]) -> dict[str, Any]:
    return {"loop": what, "ms": round(median(m[0] for m in measured), 3), "windows": int(measured[0][1])}


def window_ms(simulator: str, batch: int) -> tuple[float, int]:
    """Return the time of one network's window in ms, building and compiling excluded, and how many were played."""
    import numpy as np

    from neurosim_rl.optimizees import create_optimizee, learner_settings
    from neurosim_rl.seeds import Purpose, generator
    from neurosim_rl.training.configure import configure

    task = "cart-pole-hasegan2022"

    def play(episodes: int) -> tuple[float, int]:
        learning = {"learning": {"episodes": episodes}, "simulator": simulator}
        optimizee = create_optimizee(configure(task, learner_settings(task, "r-stdp"), learning))
        vectors = [optimizee.parameters.sample(generator(1, Purpose.OPTIMIZER, k)) for k in range(batch)]
        elements = optimizee.training_elements(0, range(batch))[:: optimizee.config.episodes]
        start = time.perf_counter()
        played = optimizee.play(vectors, elements)
        return time.perf_counter() - start, int(np.sum(played.episodes.lengths))

    play(1)  # compiles
    short_s, n_short = play(1)
    long_s, n_long = play(1 + EPISODES)
    return (long_s - short_s) / (n_long - n_short) * 1e3, n_long - n_short
