"""Evaluations until MountainCar is solved: the published recipe against ours, judged on the same unseen starts."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from neurosim_rl.evaluation.unseen_starts import evaluate_unseen
from neurosim_rl.execution import SerialExecutor, create_executor
from neurosim_rl.optimizees import Configuration, create_optimizee
from neurosim_rl.records.history import History
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.candidate import better
from neurosim_rl.seeds import DEFAULT_FIRST_SEED
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end

SEEDS = tuple(range(1, 21))
EPISODES = 100
SETTINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "published recipe": ("mountain-car-yegenoglu2022", {}),
    "genetic": ("mountain-car", {"optimizer": {"name": "genetic"}}),
    "cma-es": ("mountain-car", {"optimizer": {"name": "cma-es"}}),
}
"""Task and settings of each row; episodes are stepped by EnvPool in none of them."""
REFERENCE = "published recipe"


def run() -> dict[str, Any]:
    """Runs of each setting, and the first of their individuals whose mean return over unseen starts is -110."""
    cases = [(name, seed) for seed in SEEDS for name in SETTINGS]
    with create_executor(0) as executor:  # a run in each process
        rows = executor.map(_row, *zip(*cases, strict=True))
    return {
        "about": "individuals evaluated until one solves mountain-car (>= -110 over 100 unseen starts)",
        "rows": sorted(rows, key=lambda row: (row["setting"], row["seed"])),
        "summary": summary(rows),
    }


def _row(name: str, seed: int) -> dict[str, Any]:
    task, settings = SETTINGS[name]
    with tempfile.TemporaryDirectory() as scratch:
        config = check(configure(task, {"seed": seed, "workers": 1}, settings))
        folder = RunFolder.create(Path(scratch) / "run", config)
        run_to_end(config, folder)
        history = folder.history()
    assert history is not None
    return {
        "setting": name,
        "seed": seed,
        "evaluations": history.n_evaluations,
        "until_champion_solves": _first_solving(config, history, _champions(config, history)),
        "until_any_best_solves": _first_solving(config, history, _bests(history)),
    }


def _champions(config: Configuration, history: History) -> Iterator[tuple[int, np.ndarray]]:
    """Give each champion so far, with the generation in which it became that."""
    candidate = None
    for number in history.number.tolist():
        before, candidate = candidate, better(candidate, history.of(number), config)
        if candidate is not before:
            yield number, candidate.vector


def _bests(history: History) -> Iterator[tuple[int, np.ndarray]]:
    """Give the best individual of each generation: more than a user of the published recipe could know."""
    seen: set[bytes] = set()
    for number in history.number.tolist():
        generation = history.of(number)
        vector = generation.genomes[int(generation.best_individual[0])]
        if vector.tobytes() not in seen:
            seen.add(vector.tobytes())
            yield number, vector


def _first_solving(config: Configuration, history: History, individuals: Iterator[tuple[int, np.ndarray]]) -> float:
    """Return how many individuals had been evaluated when the first of some solved the task; inf: none does."""
    optimizee = create_optimizee(config)
    assert optimizee.facts.solved_return is not None
    for number, vector in individuals:
        unseen = evaluate_unseen(optimizee, vector, SerialExecutor(), first_seed=DEFAULT_FIRST_SEED, episodes=EPISODES)
        if unseen.mean_return >= optimizee.facts.solved_return:
            return float(np.count_nonzero(history.generation <= number))
    return math.inf


def summary(rows: list[dict[str, Any]]) -> str:
    """Return medians and quartiles over seeds, and how many times fewer evaluations each needs than the recipe.

    A seed that never solves the task counts as more than any number.
    """
    lines = []
    for column in ("until_champion_solves", "until_any_best_solves"):
        counts = {name: np.array([row[column] for row in rows if row["setting"] == name]) for name in SETTINGS}
        for name, values in counts.items():
            low, middle, high = np.percentile(values, (25, 50, 75), method="higher")
            solved = np.count_nonzero(np.isfinite(values))
            fewer = np.percentile(counts[REFERENCE], 50, method="lower") / middle
            factor = "" if name == REFERENCE else f"; {fewer:.3g} times fewer than the {REFERENCE}"
            lines.append(
                f"{column}: {name}: median {middle:g} (quartiles {low:g} and {high:g}), {solved} of {len(values)} "
                f"seeds{factor}"
            )
    return "\n".join(lines)
