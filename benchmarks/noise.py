"""Does noise depend on run and episode, and on nothing else? The cost of a network with noise."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import numpy as np

from benchmarks.noisy_networks import NOISES, element, noisy_models, noisy_task
from neurosim_rl.optimizees import ClosedLoop, Element

N_GENOMES = 5
N_ELEMENTS = 32
REPETITIONS = 5


def run() -> dict[str, Any]:
    """Compare spikes of every random model: batch against alone, one episode twice, two episodes, two seeds."""
    with noisy_models():
        rows = [_row(noise) for noise in NOISES]
        ratio = _cost()
    return {
        "about": f"random models of NEST, {N_GENOMES} genomes each: cases with differing spikes, of {N_GENOMES}",
        "rows": rows,
        "summary": f"{N_ELEMENTS} episodes with a poisson_generator, one after the other, take {ratio:.1f} times as "
        f"long as {N_ELEMENTS} episodes with background spikes of the package, in one batch of NEST.",
        "ratio": ratio,
    }


def _row(noise: str) -> dict[str, Any]:
    optimizee = noisy_task(noise)
    row: dict[str, Any] = {"model": noise, "spikes": 0, "batch_and_alone": 0, "episode_twice": 0}
    row |= {"two_episodes": 0, "two_seeds": 0}
    for seed in range(N_GENOMES):
        vector = optimizee.parameters.sample(np.random.default_rng(seed))
        batch = _spikes(optimizee, vector, element(episode=1), element(), element(seed=2))
        (alone,), (again,) = (_spikes(optimizee, vector, element()) for _ in range(2))
        row["spikes"] += len(alone)
        row["batch_and_alone"] += alone != batch[1]
        row["episode_twice"] += alone != again
        row["two_episodes"] += alone != batch[0]
        row["two_seeds"] += alone != batch[2]
    return row


def _spikes(optimizee: ClosedLoop, vector: np.ndarray, *elements: Element) -> list[list[tuple[int, int]]]:
    """Return neuron and step of the spikes of each element."""
    spikes = optimizee.play([vector], elements, record=True).spikes
    assert spikes is not None
    found = []
    for row in range(len(elements)):
        mine = spikes.of(row)
        found.append(list(zip(mine.step.tolist(), mine.neuron.tolist(), strict=True)))
    return found


def _cost() -> float:
    """Return how much longer a window takes with noise of NEST than with a background of the package, in NEST."""
    background = {"name": "poisson", "rate_hz": 900.0, "weight_pa": 800.0, "into": ["hidden_1"]}
    model = {"name": "feed-forward"}
    tasks = noisy_task("poisson_generator"), noisy_task("", model=model, background=background, simulator="nest")
    elements = [element(episode=k) for k in range(N_ELEMENTS)]
    ratios = []
    for _ in range(REPETITIONS):
        seconds = []
        for optimizee in tasks:
            vector = optimizee.parameters.sample(np.random.default_rng(0))
            start = time.perf_counter()
            episodes = optimizee.play([vector], elements).episodes
            seconds.append((time.perf_counter() - start) / int(episodes.lengths.sum()))
        ratios.append(seconds[0] / seconds[1])
    return median(ratios)
