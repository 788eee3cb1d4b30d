"""The target-reaching vehicle: how fast it is, and what share of scenes its rule solves, obstacles avoided or not."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import gymnasium
import numpy as np

import neurosim_rl.environments  # noqa: F401  # registers it
from neurosim_rl.environments.vehicle import ID
from neurosim_rl.environments.vehicle_rule import approach_target, reach_target
from neurosim_rl.seeds import DEFAULT_FIRST_SEED

N_SCENES = 200
ROUNDS = 5
N_STEPS = 10_000
N_RESETS = 200


def run() -> dict[str, Any]:
    """Play the same scenes by either rule; then time steps and resets."""
    rules = {"reach_target": reach_target, "approach_target": approach_target}
    steps_per_s, reset_ms = speed()
    return {
        "about": f"{N_SCENES} scenes, seeds from {DEFAULT_FIRST_SEED}, by the rule with and without avoiding obstacles",
        "rows": [{"rule": name, **play(rule)} for name, rule in rules.items()],
        "summary": f"{steps_per_s:.0f} steps/s, {reset_ms:.2f} ms a reset",
    }


def play(rule: Callable[[np.ndarray], np.ndarray]) -> dict[str, float]:
    """Return the percentages of scenes in which a rule arrives, collides and is late, and its mean return."""
    ended, returns = np.zeros(2), 0.0
    with gymnasium.make(ID) as env:
        for seed in range(DEFAULT_FIRST_SEED, DEFAULT_FIRST_SEED + N_SCENES):
            observation, info = env.reset(seed=seed)
            over = False
            while not over:
                observation, reward, terminated, truncated, info = env.step(rule(observation[None])[0])
                returns += float(reward)
                over = terminated or truncated
            ended += info["reached"], info["collided"]
    reached, collided = (100.0 * ended / N_SCENES).tolist()
    return {
        "reached_percent": reached,
        "collided_percent": collided,
        "late_percent": 100.0 - reached - collided,
        "mean_return": returns / N_SCENES,
    }


def speed() -> tuple[float, float]:
    """Return steps a second (turning on the spot, so that no episode ends) and ms of a reset, medians over rounds."""
    env: Any = gymnasium.make(ID).unwrapped
    env.reset(seed=0)
    action = np.array([1.0, -1.0], np.float32)
    step_s = [_seconds(lambda _: env.step(action), N_STEPS) for _ in range(ROUNDS)]
    reset_s = [_seconds(lambda seed: env.reset(seed=seed), N_RESETS) for _ in range(ROUNDS)]
    return 1.0 / median(step_s), 1e3 * median(reset_s)


def _seconds(call: Callable[[int], Any], times: int) -> float:
    """Return how long a call takes on average."""
    start = time.perf_counter()
    for number in range(times):
        call(number)
    return (time.perf_counter() - start) / times
