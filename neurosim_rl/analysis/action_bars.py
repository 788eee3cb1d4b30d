"""The action taken, as bars that change from frame to frame of a film."""

from __future__ import annotations

from textwrap import shorten

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from neurosim_rl.analysis.labels import Labels, common_unit, without_unit
from neurosim_rl.analysis.panels import MAX_CURVES
from neurosim_rl.analysis.style import BLUE, colours

MOST_BARS = 12
"""Most bars; of more dimensions, the first ones have one."""
LONGEST_NAME = 30


class ActionBars:
    """A bar for each dimension of an action, or for each discrete action, filled while it is taken.

    Parameters
    ----------
    ax : Axes
    labels : Labels
    actions : array, shape (n_steps, n_dimensions)
        All actions of the episode: the largest one gives the scale.
    """

    def __init__(self, ax: Axes, labels: Labels, actions: np.ndarray) -> None:
        self._ax, self._labels = ax, labels
        names = [shorten(without_unit(label), LONGEST_NAME, placeholder=" ...") for label in labels.actions]
        n = min(len(names), MOST_BARS)
        palette = colours(n) if labels.discrete or n <= MAX_CURVES else [BLUE] * n
        self.bars = ax.barh(range(n), np.zeros(n), color=palette, height=0.7, animated=True)
        ax.set_yticks(range(n), names[:n])
        # As in the panel over time: discrete actions from the bottom up, dimensions from the top down.
        ax.set_ylim((-0.5, n - 0.5) if labels.discrete else (n - 0.5, -0.5))
        ax.tick_params(axis="y", length=0)
        which = f" (first {n} of {len(names)})" if n < len(names) else ""
        if labels.discrete:
            ax.set_xlim(0.0, 1.0)
            ax.set_xticks([])
            ax.set_xlabel(f"action taken{which}")
            return
        limit = float(np.abs(actions[np.isfinite(actions)]).max(initial=0.0)) or 1.0
        ax.set_xlim(-1.05 * limit, 1.05 * limit)
        ax.axvline(0.0, color="black", linewidth=0.6)
        ax.xaxis.set_major_locator(MaxNLocator(nbins=5))
        unit = common_unit(labels.actions)
        ax.set_xlabel(f"action taken{which} ({unit})" if unit else f"action taken{which}")

    @staticmethod
    def height_of(labels: Labels) -> float:
        """Return the height of the bars, of a column of 5.4."""
        return float(np.clip(0.24 * len(labels.actions), 0.45, 1.6))

    def show(self, action: np.ndarray | None) -> None:
        """Draw an action, shape (n_dimensions,); None: no action has been taken."""
        for k, bar in enumerate(self.bars):
            bar.set_width(self._width(k, action))
            self._ax.draw_artist(bar)

    def _width(self, k: int, action: np.ndarray | None) -> float:
        if action is None:
            return 0.0
        if self._labels.discrete:
            return float(action[0] - self._labels.first_action == k)
        return float(action[k])
