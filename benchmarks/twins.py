"""Spiking networks against dense networks and linear policies: the same tasks, optimizer, episodes and starts."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from neurosim_rl.execution import create_executor
from neurosim_rl.experiment import evolve, prepare
from neurosim_rl.optimizees import TASKS, configure
from neurosim_rl.optimizees.robot import Robot
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import Champion

SEEDS: tuple[int, ...] = (1, 2)
MODELS: tuple[str, ...] = ("feed-forward", "dense", "linear")
CLASSIC: tuple[str, ...] = tuple(
    name for name in sorted(TASKS) if "yegenoglu" not in name and not issubclass(TASKS[name], Robot)
)
SWEEP_TASKS: tuple[str, ...] = ("mountain-car", "pendulum")
SWEEP_SEED = 11
"""Not among those that results are reported of."""
SWEEP: tuple[dict[str, Any], ...] = tuple(
    {"weight_unit": unit, "activation": activation} for unit in (0.1, 0.3, 1.0) for activation in ("tanh", "relu")
)
SHORT: dict[str, Any] = {}
"""Settings for all runs besides the task's defaults."""


def run() -> dict[str, Any]:
    """Every classic task with each model, by the task's defaults."""
    cases = [(task, model, seed) for task in CLASSIC for model in MODELS for seed in SEEDS]
    with create_executor(0) as executor:  # a run in each process
        rows = executor.map(_row, *zip(*cases, strict=True))
    return {"about": "neurosim-rl evolve TASK --model MODEL --seed N", "rows": rows, "summary": _summary(rows)}


def sweep() -> dict[str, Any]:
    """Settings of the dense network, by the champion's validation return at another seed than those reported."""
    cases = [(task, options) for task in SWEEP_TASKS for options in SWEEP]
    with create_executor(0) as executor:
        rows = executor.map(_sweep_row, *zip(*cases, strict=True))
    return {"about": f"neurosim-rl evolve TASK --model dense --seed {SWEEP_SEED} --set model...", "rows": rows}


def _row(task: str, model: str, seed: int) -> dict[str, Any]:
    champion = _champion(task, seed, {"name": model})
    low, high = champion.held_out.ci95()
    return {
        "task": task,
        "model": model,
        "seed": seed,
        "genes": len(champion.vector),
        "held_out_return": champion.held_out.mean_return,
        "ci95": f"{low:.1f} to {high:.1f}",
        "success_rate": champion.held_out.success_rate,
        "episodes": champion.n_episodes,
    }


def _sweep_row(task: str, options: dict[str, Any]) -> dict[str, Any]:
    champion = _champion(task, SWEEP_SEED, {"name": "dense", **options})
    return {"task": task, **options, "validation_return": champion.validation_return}


def _champion(task: str, seed: int, model: dict[str, Any]) -> Champion:
    """Return the champion of a run; the task's own model keeps the task's own options."""
    with tempfile.TemporaryDirectory() as scratch:
        config = prepare(configure(task, {"seed": seed, "workers": 1, "model": model}, SHORT))
        return evolve(config, RunFolder.create(Path(scratch) / "run", config))


def _summary(rows: list[dict[str, Any]]) -> str:
    lines = []
    for task in dict.fromkeys(row["task"] for row in rows):
        means = []
        for model in MODELS:
            returns = [row["held_out_return"] for row in rows if (row["task"], row["model"]) == (task, model)]
            means.append(f"{model} {np.mean(returns):.1f}")
        lines.append(f"{task}: mean over seeds of the held-out return: {', '.join(means)}")
    return "\n".join(lines)
