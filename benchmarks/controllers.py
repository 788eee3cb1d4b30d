"""Does the compiled simulator act as NEST does in the closed loop? Evolved controllers, whole episodes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from neurosim_rl.optimizees import ClosedLoop, create_optimizee
from neurosim_rl.runs import RunFolder
from neurosim_rl.seeds import DEFAULT_FIRST_SEED
from neurosim_rl.simulators import create_simulator
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end

TASKS = ("mountain-car", "cart-pole")
N_CONTROLLERS = 20
N_EPISODES = 100
SHORT = {"generations": 15, "validation_episodes": 5, "optimizer": {"population": 16}}


def run() -> dict[str, Any]:
    """Evolve controllers briefly, one for each seed, and compare every step of their episodes."""
    rows = [_compare(task) for task in TASKS]
    about = f"{N_CONTROLLERS} evolved controllers, {N_EPISODES} unseen starts each, compiled against NEST"
    return {"about": about, "rows": rows}


def _compare(task: str) -> dict[str, Any]:
    row: dict[str, Any] = {"task": task, "controllers": 0, "episodes": 0, "steps": 0, "spikes": 0}
    row |= {"actions_differing": 0, "returns_differing": 0, "spikes_differing": 0}
    for seed in range(1, N_CONTROLLERS + 1):
        optimizee, vector = _controller(task, seed)
        ours, reference = (_play(optimizee, vector, simulator) for simulator in ("compiled", "nest"))
        row["controllers"] += 1
        row["episodes"] += len(ours.episodes)
        row["steps"] += int(reference.episodes.lengths.sum())
        row["spikes"] += len(reference.spikes)
        row["actions_differing"] += _n_different(ours.episodes.traces.actions, reference.episodes.traces.actions)
        row["returns_differing"] += int((ours.episodes.returns != reference.episodes.returns).sum())
        row["spikes_differing"] += len(np.setxor1d(_keys(ours.spikes), _keys(reference.spikes)))
    return row


def _controller(task: str, seed: int) -> tuple[ClosedLoop, np.ndarray]:
    config = check(configure(task, {"seed": seed}, SHORT))
    with tempfile.TemporaryDirectory() as scratch:
        champion = run_to_end(config, RunFolder.create(Path(scratch) / "run", config))
    return create_optimizee(config), champion.vector


def _play(optimizee: ClosedLoop, vector: np.ndarray, simulator: str) -> Any:
    elements = optimizee.evaluation_elements(range(DEFAULT_FIRST_SEED, DEFAULT_FIRST_SEED + N_EPISODES))
    with create_simulator(simulator) as opened:
        return optimizee.play([vector], elements, training=False, simulator=opened, record=True)


def _n_different(mine: np.ndarray, theirs: np.ndarray) -> int:
    """Return how many actions differ; both padded with NaN, shape (n_episodes, n_windows, n_dimensions)."""
    n_windows = max(mine.shape[1], theirs.shape[1])
    padded = [np.pad(a, [(0, 0), (0, n_windows - a.shape[1]), (0, 0)], constant_values=np.nan) for a in (mine, theirs)]
    equal = (padded[0] == padded[1]) | (np.isnan(padded[0]) & np.isnan(padded[1]))
    return int((~equal).any(axis=2).sum())


def _keys(spikes: Any) -> np.ndarray:
    return (spikes.element * 2**12 + spikes.neuron) * 2**32 + spikes.step
