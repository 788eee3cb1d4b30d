"""Validation return of the best individual of each generation, beside reference returns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from neurosim_rl.analysis.style import DASHES, GREEN, YELLOW, axes_or_new, legend_beside, styled
from neurosim_rl.records.history import History


@styled
def plot_returns(
    history: History,
    *,
    references: Mapping[str, float] | None = None,
    champion_generation: int | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Plot the mean return of the best individual of each generation over the validation starts.

    Generations are counted from 1. Those without validation (NaN) leave a gap.

    Parameters
    ----------
    history : History
    references : mapping of str to float
        Returns to draw as horizontal lines, by name.
    champion_generation : int or None
        Generation to mark, from 0 as in the history.
    ax : Axes or None
        None: those of a new figure.
    """
    ax = axes_or_new(ax)
    returns = history.validation_return
    if np.isfinite(returns).any():
        ax.plot(
            history.number + 1, returns, color=GREEN, marker=".", markersize=4, label="validation return of the best"
        )
        _mark(ax, history.number == champion_generation, history)
    for dashes, (name, value) in zip(DASHES * len(references or {}), (references or {}).items(), strict=False):
        ax.axhline(value, color="black", linewidth=1.0, linestyle=dashes, label=f"{name} ({value:.4g})")
    ax.set_xlabel("generation")
    ax.set_ylabel("return (sum of rewards)")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend_beside(ax)
    return ax


def _mark(ax: Axes, row: np.ndarray, history: History) -> None:
    if row.any():
        x, y = history.number[row] + 1, history.validation_return[row]
        ax.scatter(
            x, y, s=90, marker="D", color=YELLOW, edgecolor="black", zorder=5, label="champion's validation return"
        )
