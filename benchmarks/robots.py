"""Robots in MuJoCo: environment steps a second by an engine alone, and with networks in the loop; growing networks."""

from __future__ import annotations

import time
from importlib.util import find_spec
from statistics import median
from typing import Any

import numpy as np

from neurosim_rl.environments import create_batch
from neurosim_rl.evaluation.unseen_starts import evaluate
from neurosim_rl.execution import Executor, create_executor
from neurosim_rl.optimizees import ClosedLoop, create_optimizee
from neurosim_rl.simulators import create_simulator
from neurosim_rl.training.configure import configure

TASKS: tuple[str, ...] = ("swimmer", "half-cheetah", "ant")
POPULATION = 32
N_STEPS = 300
ROUNDS = 5
PUBLISHED: dict[str, Any] = {
    "window_ms": 64.0,
    "normalisation": {"name": "bounds", "gain": 2.5},
    "encoder": {"offset_pa": 0.0},
}
"""As Vasilache et al. 2025: 64 steps of 1 ms for each action, and no current but that of observations."""
SHARED = "spatial, 8 x 8, 64 ms"
"""Whose actions the engine alone is given, too: physics costs more where robots fall and touch the ground."""
CASES: dict[str, dict[str, Any]] = {
    "single-layer, 10 ms": {},
    SHARED: {**PUBLISHED, "model": {"name": "spatial"}},
    "spatial, 16 x 16, 64 ms": {**PUBLISHED, "model": {"name": "spatial", "grid": [16, 16]}},
}
ENGINES = ("gymnasium", "envpool") if find_spec("envpool") else ("gymnasium",)
GRIDS = ((8, 8), (16, 16), (32, 32), (64, 64))
WORKERS = 2
PUBLISHED_POPULATION, PUBLISHED_EPISODES = 100, 3


def run() -> dict[str, Any]:
    """Time each task, engine and network, and the engine by itself, in turn."""
    return {
        "about": f"{POPULATION} individuals, {N_STEPS} steps each, environment steps a second in one process",
        "rows": [_row(task, engine) for task in TASKS for engine in ENGINES],
    }


def _row(task: str, engine: str) -> dict[str, Any]:
    optimizees = {label: _optimizee(task, layer, engine) for label, layer in CASES.items()}
    individuals = {label: _individuals(optimizee) for label, optimizee in optimizees.items()}
    spatial = optimizees[SHARED]
    given, own = random_actions(spatial), own_actions(spatial, individuals[SHARED])
    rates: dict[str, list[float]] = {label: [] for label in ("random actions", "the same actions", *CASES)}
    for _ in range(ROUNDS + 1):  # the first is for compiling and for making environments
        rates["random actions"].append(alone_steps_per_s(spatial, given))
        rates["the same actions"].append(alone_steps_per_s(spatial, own))
        for label, optimizee in optimizees.items():
            rates[label].append(steps_per_s(optimizee, individuals[label]))
    shares = np.array(rates[SHARED][1:]) / rates["the same actions"][1:]
    medians = {label: median(found[1:]) for label, found in rates.items()}
    return {"task": task, "engine": engine, **medians, "8 x 8 / the same": float(np.median(shares))}


def _optimizee(task: str, layer: dict[str, Any], engine: str = "gymnasium") -> ClosedLoop:
    return create_optimizee(configure(task, {"environment": {"max_steps": N_STEPS, "engine": engine}}, layer))


def swimmers() -> dict[str, Any]:
    """Time a published generation, 100 spatial networks of 64 neurons in three whole episodes each, on two workers."""
    rows = []
    with create_executor(WORKERS) as executor:
        for engine in ENGINES:
            layer = {**PUBLISHED, "model": {"name": "spatial"}, "episodes": PUBLISHED_EPISODES}
            swimmer = create_optimizee(configure("swimmer", {"environment": {"engine": engine}}, layer))
            rates = [_generation_steps_per_s(swimmer, executor) for _ in range(ROUNDS + 1)][1:]
            rows.append({"engine": engine, "median": median(rates), "lowest": min(rates), "highest": max(rates)})
    about = (
        f"{PUBLISHED_POPULATION} networks x {PUBLISHED_EPISODES} swimmer episodes, {WORKERS} workers: network steps/s"
    )
    return {"about": about, "rows": rows}


def _generation_steps_per_s(optimizee: ClosedLoop, executor: Executor) -> float:
    rng = np.random.default_rng(1)
    vectors = [optimizee.parameters.sample(rng) for _ in range(PUBLISHED_POPULATION)]
    elements = optimizee.training_elements(0, range(PUBLISHED_POPULATION))
    start = time.perf_counter()
    episodes = evaluate(optimizee, vectors, elements, executor)
    return float(episodes.lengths.sum() / (time.perf_counter() - start))


def growth() -> dict[str, Any]:
    """Time windows of growing networks with the published connection rule: processor time for each delivered spike."""
    return {
        "about": f"{POPULATION} spatial networks, windows of 64 steps, random observations, without environment",
        "rows": [_growth_row(grid) for grid in GRIDS],
    }


def _growth_row(grid: tuple[int, int]) -> dict[str, Any]:
    layer = {**PUBLISHED, "model": {"name": "spatial", "grid": list(grid), "structure": "drawn"}}
    optimizee, rng, n_neurons = _optimizee("half-cheetah", layer), np.random.default_rng(1), grid[0] * grid[1]
    networks = [optimizee.network(optimizee.parameters.sample(rng)) for _ in range(POPULATION)]
    fan_out = np.stack([np.bincount(n.projections[0].pre, minlength=n_neurons) for n in networks])
    active, n_observations = np.arange(POPULATION), len(optimizee.environment.observation_low)
    observations = rng.uniform(-2.5, 2.5, (max(3, 12_800 // n_neurons), POPULATION, n_observations))
    seconds: list[float] = []
    with create_simulator("compiled") as simulator:
        for _ in range(ROUNDS + 1):
            simulator.build(networks)
            optimizee.encoder.start(networks)
            n_spikes, n_events, start = 0, 0, time.process_time()
            for rows in observations:
                drive = optimizee.encoder.encode(rows, active, ())
                counts = simulator.advance(drive, optimizee.config.window_ms, active)
                n_spikes, n_events = n_spikes + counts.sum(), n_events + (counts * fan_out).sum()
            seconds.append(time.process_time() - start)
    n_steps = len(observations) * POPULATION * 64
    best = min(seconds[1:])  # others use the machine, too
    return {
        "neurons": n_neurons,
        "synapses": float(fan_out.sum(axis=1).mean()),
        "spikes a step": n_spikes / n_steps,
        "events a step": n_events / n_steps,
        "us a step": best / n_steps * 1e6,
        "ns an event": best / n_events * 1e9,
    }


def random_actions(optimizee: ClosedLoop) -> np.ndarray:
    """Return actions for each step and environment, shape (N_STEPS, POPULATION, n_dimensions)."""
    space = optimizee.environment.action_space
    assert space.shape is not None
    return np.random.default_rng(1).uniform(-1.0, 1.0, (N_STEPS, POPULATION, *space.shape))


def own_actions(optimizee: ClosedLoop, vectors: list[np.ndarray]) -> np.ndarray:
    """Return what the individuals' networks do, from the starts of `steps_per_s`; NaN when an episode is over."""
    traces = optimizee.play(vectors, optimizee.training_elements(0, range(POPULATION)), record=True).episodes.traces
    assert traces is not None
    return traces.actions.swapaxes(0, 1)


def alone_steps_per_s(optimizee: ClosedLoop, actions: np.ndarray) -> float:
    """Return the engine's environment steps a second with actions that are known before, until episodes end."""
    starts = [element.start_seed for element in optimizee.training_elements(0, range(POPULATION))]
    with create_batch(optimizee.environment, POPULATION, training=True) as environments:
        start = time.perf_counter()
        environments.reset(starts)
        active, n_steps = np.arange(POPULATION), 0
        for each in actions:
            step = environments.step(active, each[active])
            n_steps += len(active)
            active = active[~step.ended]
            if not active.size:
                break
        return n_steps / (time.perf_counter() - start)


def _individuals(optimizee: ClosedLoop) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [optimizee.parameters.sample(rng) for _ in range(POPULATION)]


def steps_per_s(optimizee: ClosedLoop, vectors: list[np.ndarray]) -> float:
    """Return environment steps a second of a generation of individuals, building their networks included."""
    elements = optimizee.training_elements(0, range(POPULATION))
    start = time.perf_counter()
    lengths = optimizee.play(vectors, elements).episodes.lengths
    return float(lengths.sum() / (time.perf_counter() - start))
