"""Champions of two short recorded episodes, with random genomes: settings for every part that scripts can hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from neurosim_rl.evaluation.replay import record
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.runs.champion import ChampionRecord, read_champion
from neurosim_rl.training.configure import configure
from tests.structure import ROOT

STARTS = (3, 4)
BACKGROUND = {"name": "poisson", "rate_hz": 300.0, "weight_pa": 400.0}
BALANCED = f"{ROOT / 'examples' / 'pynest' / 'balanced.py'}:build"
PENDULUM: dict[str, Any] = {"kwargs": {"max_episode_steps": 25}}

SETTINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "latency": (
        "mountain-car",
        {
            "environment": {"kwargs": {"max_episode_steps": 40}},
            "model": {"mirror": False},
            "encoder": {"name": "latency"},
            "decoder": {"name": "first-spike", "tie": "random", "silence": "hold"},
            "background": BACKGROUND,
        },
    ),
    "logarithmic-latency": (
        "pendulum",
        {
            "environment": PENDULUM,
            "encoder": {"name": "latency", "law": "logarithmic", "latest_ms": 8.0},
            "decoder": {"name": "population-vector", "full_scale_hz": 60.0},
        },
    ),
    "delta": (
        "acrobot",
        {
            "environment": {"kwargs": {"max_episode_steps": 40}},
            "encoder": {"name": "delta"},
            "decoder": {"name": "sliding-rate", "kernel": "boxcar", "windows": 4, "readout": {"name": "winner"}},
        },
    ),
    "delta-from-the-middle": (
        "pendulum",
        {
            "environment": PENDULUM,
            "encoder": {"name": "delta", "reference": "middle", "interval_ms": 0.4},
            "model": {"mirror": False},
            "decoder": {"name": "sliding-rate", "readout": {"name": "linear", "full_scale_hz": 40.0}},
        },
    ),
    "population": (
        "pendulum",
        {
            "environment": PENDULUM,
            "model": {"mirror": False},
            "encoder": {"name": "population", "learned": True},
            "decoder": {"name": "centre-of-mass"},
        },
    ),
    "drawn-population": (
        "pendulum",
        {
            "environment": PENDULUM,
            "encoder": {"name": "population", "mode": "probabilistic"},
            "decoder": {"name": "sliding-rate", "readout": {"name": "population-vector", "full_scale_hz": 60.0}},
            "background": BACKGROUND,
        },
    ),
    "population-pulses": (
        "acrobot",
        {
            "environment": {"kwargs": {"max_episode_steps": 40}},
            "model": {"name": "lif", "hidden": [8]},
            "encoder": {"name": "population-pulses", "learned": True, "ticks": 4},
            "decoder": {"name": "membrane"},
            "background": {"name": "poisson", "rate_hz": 60.0, "weight_pa": 0.2},
        },
    ),
    "rate-difference": ("pendulum", {"environment": PENDULUM, "decoder": {"full_scale_hz": 60.0}}),
    "weighted": (
        "pendulum",
        {
            "environment": PENDULUM,
            "model": {"mirror": False},
            "encoder": {"name": "weighted"},
            "decoder": {"name": "linear"},
        },
    ),
    "gap-junctions": ("cart-pole", {"model": {"name": "pynest", "build": BALANCED}}),
    "choices": (
        "FrozenLake-v1",
        {
            "environment": {"kwargs": {"max_episode_steps": 12}},
            "encoder": {"name": "regular"},
            "model": {"name": "feed-forward"},
            "decoder": {"name": "first-spike", "tie": "first"},
        },
    ),
    "parts": (
        "Pendulum-v1",
        {
            "environment": {
                **PENDULUM,
                "wrappers": [{"name": "DiscretizeAction", "bins": 5, "multidiscrete": True}],
            },
            "encoder": {"name": "current"},
            "model": {"name": "feed-forward"},
            "decoder": {"name": "parts", "discrete": {"name": "winner", "tie": "random"}},
        },
    ),
    "membranes-of-parts": (
        "Pendulum-v1",
        {
            "environment": {
                **PENDULUM,
                "wrappers": [{"name": "DiscretizeAction", "bins": 3, "multidiscrete": True}],
            },
            "decoder": {"name": "membrane"},
        },
    ),
}
"""Task and settings by name. Each encoder, decoder and background occurs, in few episodes."""


def short_champion(name: str) -> ChampionRecord:
    """Return a champion that was recorded by the simulator of its configuration."""
    task, settings = SETTINGS[name]
    return recorded(task, **settings)


def recorded(task: str, **settings: Any) -> ChampionRecord:
    """Return a champion of a task and settings, with a random genome, and its recording."""
    config = configure(task, settings)
    optimizee = create_optimizee(config)
    vector = optimizee.parameters.sample(np.random.default_rng(1))
    recording = record(optimizee, vector, STARTS)
    return replace(read_champion("champion:mountain-car"), config=config, vector=vector, recording=recording)
