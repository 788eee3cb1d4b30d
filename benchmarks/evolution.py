"""Evolutions over several seeds: how good, how many evaluations, how long."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from neurosim_rl.evaluation.unseen_starts import evaluate_unseen
from neurosim_rl.execution import SerialExecutor, create_executor
from neurosim_rl.reports.run import first_generation_at
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.seeds import DEFAULT_FIRST_SEED
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end

SEEDS = (1, 2, 3, 4, 5)
RECIPE_SEEDS = tuple(range(1, 21))


def mountain_car_seeds() -> dict[str, Any]:
    """``mountain-car`` with its defaults over five seeds."""
    return {"about": "neurosim-rl evolve mountain-car --seed N", "rows": [_row("mountain-car", s) for s in SEEDS]}


def cart_pole_seeds() -> dict[str, Any]:
    """``cart-pole`` with its defaults over five seeds."""
    return {"about": "neurosim-rl evolve cart-pole --seed N", "rows": [_row("cart-pole", s) for s in SEEDS]}


def published_recipe() -> dict[str, Any]:
    """Yegenoglu et al. 2022: first generation at 0.5, and what the champion is worth on unseen starts."""
    with create_executor(0) as executor:  # a seed in each process
        rows = executor.map(_recipe_row, RECIPE_SEEDS)
    return {
        "about": "neurosim-rl evolve mountain-car-yegenoglu2022 --seed N (published: 0.5 at generation 160)",
        "rows": rows,
        "summary": _summary(rows),
    }


def _recipe_row(seed: int) -> dict[str, Any]:
    return _row("mountain-car-yegenoglu2022", seed, goal=0.5, workers=1)


def _summary(rows: list[dict[str, Any]]) -> str:
    lines = []
    for key in ("first_generation_at_goal", "held_out_return", "best_of_top_3"):
        values = [row[key] for row in rows if row[key] is not None]
        low, middle, high = np.percentile(values, [25, 50, 75])
        lines.append(
            f"{key}: median {middle:.4g}, quartiles {low:.4g} and {high:.4g}, {len(values)} of {len(rows)} seeds"
        )
    return "\n".join(lines)


def _row(task: str, seed: int, goal: float | None = None, workers: int = 0) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        config = check(configure(task, {"seed": seed, "workers": workers}))
        folder = RunFolder.create(Path(scratch) / "run", config)
        start = time.perf_counter()
        champion = run_to_end(config, folder)
        seconds = time.perf_counter() - start
        history = folder.history()
    assert history is not None
    row = {"seed": seed, **_held_out_columns(champion), "evaluations": history.n_evaluations}
    if goal is not None:
        row["first_generation_at_goal"] = first_generation_at(history, goal)
        row["best_of_top_3"] = _best_of_top(champion, history)
    return {
        **row,
        "episodes": history.n_episodes,
        "spikes_differing": champion.verification.spikes_differing,
        "seconds": seconds,
    }


def _held_out_columns(champion: ChampionRecord) -> dict[str, Any]:
    low, high = champion.unseen.ci95()
    return {
        "held_out_return": champion.unseen.mean_return,
        "ci95": f"{low:.1f} to {high:.1f}",
        "success_rate": champion.unseen.success_rate,
    }


def _best_of_top(champion: ChampionRecord, history: Any, n: int = 3) -> float:
    """Return the best held-out return among the individuals of the highest training fitness.

    The independent re-run that the README compares with reports the best of three.
    """
    order = history.fitness.argsort(kind="stable")[::-1]
    seen: dict[bytes, Any] = {}
    for row in order:
        seen.setdefault(history.genomes[row].tobytes(), history.genomes[row])
        if len(seen) == n:
            break
    optimizee, executor = champion.optimizee(), SerialExecutor()
    unseen = {"first_seed": DEFAULT_FIRST_SEED, "episodes": 100}
    return max(evaluate_unseen(optimizee, genome, executor, **unseen).mean_return for genome in seen.values())
