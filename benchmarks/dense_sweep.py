"""What the dense network's defaults were chosen by: weight units and activations, judged on validation starts."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from neurosim_rl.execution import create_executor
from neurosim_rl.runs import RunFolder
from neurosim_rl.training.check import check
from neurosim_rl.training.configure import configure
from neurosim_rl.training.run import run_to_end

TASKS: tuple[str, ...] = ("mountain-car", "pendulum")
SEED = 11
SWEEP: tuple[dict[str, Any], ...] = tuple(
    {"weight_unit": unit, "activation": activation} for unit in (0.1, 0.3, 1.0) for activation in ("tanh", "relu")
)
SHORT: dict[str, Any] = {}
"""Settings for all runs besides the task's defaults."""


def run() -> dict[str, Any]:
    """Every setting on two tasks, with one seed."""
    cases = [(task, options) for task in TASKS for options in SWEEP]
    with create_executor(0) as executor:  # a run in each process
        rows = executor.map(_row, *zip(*cases, strict=True))
    return {"about": f"neurosim-rl evolve TASK --model dense --seed {SEED} --set model...", "rows": rows}


def _row(task: str, options: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        config = check(configure(task, {"seed": SEED, "workers": 1, "model": {"name": "dense", **options}}, SHORT))
        champion = run_to_end(config, RunFolder.create(Path(scratch) / "run", config))
    return {"task": task, **options, "validation_return": champion.validation_return}
