"""Robots in MuJoCo: environment steps a second by Gymnasium alone, and with networks in the loop."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import numpy as np

from neurosim_rl.environments import create_batch
from neurosim_rl.optimizees import ClosedLoop, configure, create_optimizee

TASKS: tuple[str, ...] = ("swimmer", "half-cheetah", "ant")
POPULATION = 32
N_STEPS = 100
ROUNDS = 5
PUBLISHED: dict[str, Any] = {"window_ms": 64.0, "normalisation": {"name": "bounds", "gain": 2.5}}
"""As Vasilache et al. 2025: 64 steps of 1 ms for each action."""
CASES: dict[str, dict[str, Any]] = {
    "single-layer, 10 ms": {},
    "spatial, 8 x 8, 64 ms": {**PUBLISHED, "model": {"name": "spatial"}},
    "spatial, 16 x 16, 64 ms": {**PUBLISHED, "model": {"name": "spatial", "grid": [16, 16]}},
}


def run() -> dict[str, Any]:
    """Time each task and network, and Gymnasium by itself, in turn."""
    return {
        "about": f"{POPULATION} individuals, {N_STEPS} steps each, environment steps a second in one process",
        "rows": [_row(task) for task in TASKS],
    }


def _row(task: str) -> dict[str, Any]:
    optimizees = {label: _optimizee(task, layer) for label, layer in CASES.items()}
    alone = optimizees[next(iter(CASES))]
    times: dict[str, list[float]] = {label: [] for label in ("Gymnasium alone", *CASES)}
    for _ in range(ROUNDS + 1):  # the first is for compiling and for making environments
        times["Gymnasium alone"].append(gymnasium_steps_per_s(alone))
        for label, optimizee in optimizees.items():
            times[label].append(steps_per_s(optimizee))
    return {"task": task, **{label: median(found[1:]) for label, found in times.items()}}


def _optimizee(task: str, layer: dict[str, Any]) -> ClosedLoop:
    return create_optimizee(configure(task, {"environment": {"max_steps": N_STEPS}}, layer))


def gymnasium_steps_per_s(optimizee: ClosedLoop) -> float:
    """Return environment steps a second with actions that are drawn at random before."""
    space, active = optimizee.environment.action_space, np.arange(POPULATION)
    assert space.shape is not None
    actions = np.random.default_rng(1).uniform(-1.0, 1.0, (N_STEPS, POPULATION, *space.shape))
    with create_batch(optimizee.environment, POPULATION, training=True) as environments:
        start = time.perf_counter()
        environments.reset(range(POPULATION))
        for action in actions:
            environments.step(active, action)
        return N_STEPS * POPULATION / (time.perf_counter() - start)


def steps_per_s(optimizee: ClosedLoop) -> float:
    """Return environment steps a second of a generation of new individuals, building their networks included."""
    rng = np.random.default_rng(1)
    vectors = [optimizee.parameters.sample(rng) for _ in range(POPULATION)]
    elements = optimizee.training_elements(0, range(POPULATION))
    start = time.perf_counter()
    lengths = optimizee.play(vectors, elements).episodes.lengths
    return float(lengths.sum() / (time.perf_counter() - start))
