"""Figures: data in, axes out. They read records, and never run a simulator.

A ``plot_...`` function draws into one pair of axes and returns it. A ``draw_...`` function composes a figure.
"""

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
