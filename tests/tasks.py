"""All tasks, for tests that are parametrised over them; those that need MuJoCo are marked, and skipped without it."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from neurosim_rl.optimizees import TASKS
from neurosim_rl.optimizees.robot import Robot
from neurosim_rl.runs.champion import shipped_champions

ROBOTS = sorted(name for name, cls in TASKS.items() if issubclass(cls, Robot))
NEEDS_MUJOCO = [
    pytest.mark.mujoco,
    pytest.mark.skipif(importlib.util.find_spec("mujoco") is None, reason="needs the extra [mujoco]"),
]

EVERY_TASK = [pytest.param(name, marks=NEEDS_MUJOCO if name in ROBOTS else ()) for name in sorted(TASKS)]
EVERY_ROBOT = [pytest.param(name, marks=NEEDS_MUJOCO) for name in ROBOTS]
EVERY_CHAMPION = [
    pytest.param(name, marks=NEEDS_MUJOCO if f"{name}-".startswith(tuple(f"{robot}-" for robot in ROBOTS)) else ())
    for name in sorted(shipped_champions())
]
"""Shipped champions, which are named by their tasks."""


def brief(task: str) -> dict[str, Any]:
    """Return a layer that cuts training episodes of tasks whose episodes are long."""
    return {"environment": {"max_steps": 60}} if task in ROBOTS else {}
