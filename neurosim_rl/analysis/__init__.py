"""Figures: data in, axes out. They read records, and never run a simulator.

A ``plot_...`` function draws into one pair of axes and returns it. A ``draw_...`` function composes a figure. The names
below load when they are first used, and Matplotlib with them: tables of text in this package need none of it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # type checkers and editors see the names; nothing loads
    from neurosim_rl.analysis.actions import plot_actions
    from neurosim_rl.analysis.episode import draw_episode
    from neurosim_rl.analysis.fitness import plot_fitness
    from neurosim_rl.analysis.labels import Labels
    from neurosim_rl.analysis.paths import draw_paths, plot_path
    from neurosim_rl.analysis.plasticity import draw_learning, draw_plasticity, plot_lines
    from neurosim_rl.analysis.progress import draw_progress
    from neurosim_rl.analysis.raster import draw_raster, plot_raster
    from neurosim_rl.analysis.responses import draw_responses, plot_counts
    from neurosim_rl.analysis.returns import plot_returns

_HOMES = {
    "Labels": "labels",
    "draw_episode": "episode",
    "draw_learning": "plasticity",
    "draw_paths": "paths",
    "draw_plasticity": "plasticity",
    "draw_progress": "progress",
    "draw_raster": "raster",
    "draw_responses": "responses",
    "plot_actions": "actions",
    "plot_counts": "responses",
    "plot_fitness": "fitness",
    "plot_lines": "plasticity",
    "plot_path": "paths",
    "plot_raster": "raster",
    "plot_returns": "returns",
}
"""Module of each public name."""

__all__ = [
    "Labels",
    "draw_episode",
    "draw_learning",
    "draw_paths",
    "draw_plasticity",
    "draw_progress",
    "draw_raster",
    "draw_responses",
    "plot_actions",
    "plot_counts",
    "plot_fitness",
    "plot_lines",
    "plot_path",
    "plot_raster",
    "plot_returns",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'neurosim_rl.analysis' has no attribute {name!r}")
    return getattr(importlib.import_module(f"neurosim_rl.analysis.{_HOMES[name]}"), name)
