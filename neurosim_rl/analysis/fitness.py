"""Fitness of each individual over the generations."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from neurosim_rl.analysis.style import BLUE, VERMILLION, YELLOW, axes_or_new, axis_above, legend_beside, styled
from neurosim_rl.records.history import History

FEW = 2000
"""Most individuals with dots of full size."""
DARK = "#666666"


@styled
def plot_fitness(history: History, *, champion: tuple[int, int] | None = None, ax: Axes | None = None) -> Axes:
    """Plot the fitness of each individual, and the best and mean fitness of each generation.

    Generations are counted from 1, as the progress bar counts them. The individuals of a generation are drawn side by
    side around its number, in the order of evaluation. A fitness
    that is not finite is left out. A network trained by gradients has one curve, and the upper axis counts environment
    steps.

    Parameters
    ----------
    history : History
    champion : tuple of int or None
        Generation and individual to mark with a star, from 0 as in the history.
    ax : Axes or None
        None: those of a new figure.
    """
    ax = axes_or_new(ax)
    x = _evaluation_x(history)
    dots: dict[str, Any] = {"marker": ".", "markersize": 3}  # a line through a single generation would be invisible
    number = history.number + 1
    trained = bool((history.ended >= 0).all())
    if trained:
        ax.plot(number, history.fitness, **dots, color=VERMILLION, label="mean return of training episodes")
    else:
        ax.scatter(x, history.fitness, **_dots(history), label="fitness of one individual")
        ax.plot(number, history.mean_fitness, **dots, color=BLUE, label="mean fitness of a generation")
        ax.plot(number, history.best_fitness, **dots, color=VERMILLION, label="best fitness of a generation")
    if champion is not None:
        row = np.flatnonzero((history.generation == champion[0]) & (history.individual == champion[1]))
        ax.scatter(
            x[row],
            history.fitness[row],
            s=160,
            marker="*",
            color=YELLOW,
            edgecolor="black",
            zorder=5,
            label="champion's fitness",
        )
    ax.set_xlabel("generation")
    ax.set_ylabel("fitness")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlim(number[0] - 0.6, number[-1] + 0.6)  # no tick at a generation 0, which there is not
    if trained:
        n_steps = history.n_steps / history.n_generations / 1e6
        axis_above(ax, "environment steps of training (millions)", scale=n_steps)
    else:
        n_individuals = history.n_evaluations / history.n_generations
        axis_above(ax, "individuals evaluated", scale=n_individuals, offset=-n_individuals / 2)
    legend_beside(ax)
    return ax


def _dots(history: History) -> dict[str, Any]:
    """Return size and colour of the individuals' dots: dark where there are few, fainter where many would cover all."""
    n = len(history.fitness)
    return {"s": 14 if n <= FEW else 7, "color": DARK, "alpha": 0.6 if n <= FEW else 0.3, "linewidths": 0}


def _evaluation_x(history: History) -> np.ndarray:
    """Return the x of each evaluation: its generation from 1, plus an offset within [-0.4, 0.4]."""
    size = np.bincount(history.generation - history.number[0])[history.generation - history.number[0]]
    return history.generation + 1 + 0.8 * ((history.individual + 0.5) / size - 0.5)
