"""Training by gradients: environment steps a second of a spiking network and of its twin without neurons, in turn."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

from neurosim_rl.optimizees import ClosedLoop, create_optimizee, learner_settings
from neurosim_rl.training.configure import configure

ROUNDS = 3
BRIEF: dict[str, Any] = {"learning": {"updates": 2}, "environment": {"engine": "envpool"}}
HIDDEN: tuple[list[int], ...] = ([64], [64, 64, 64, 64])


def run() -> dict[str, Any]:
    """Train both for a few updates, alternately, and compare the processor time that they take."""
    return {
        "about": "environment steps in a second of processor time, skrl's PPO on cart-pole, one thread",
        "rows": [_row(hidden) for hidden in HIDDEN],
    }


def _row(hidden: list[int]) -> dict[str, Any]:
    rates: dict[str, list[float]] = {"snn": [], "ann": []}
    optimizees = {network: _optimizee(network, hidden) for network in rates}
    for _ in range(ROUNDS + 1):  # the first is for loading
        for network, optimizee in optimizees.items():
            rates[network].append(_steps_per_s(optimizee))
    snn, ann = (median(found[1:]) for found in rates.values())
    return {"hidden": str(hidden), "snn": snn, "ann": ann, "ratio": snn / ann}


def _optimizee(network: str, hidden: list[int]) -> ClosedLoop:
    layer = {"model": {"hidden": hidden}}
    return create_optimizee(configure("cart-pole", learner_settings("cart-pole", "ppo", network), BRIEF, layer))


def _steps_per_s(optimizee: ClosedLoop) -> float:
    from neurosim_rl.gradient.training import train_generation  # needs an extra, and other benchmarks do not

    start = time.process_time()
    trained = train_generation(optimizee, 0, None)
    return float(trained.lengths.sum() / (time.process_time() - start))
