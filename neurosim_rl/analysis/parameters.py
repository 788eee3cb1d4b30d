"""What networks reach against how large they are: median and quartiles over seeds, coloured by layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from neurosim_rl.analysis.style import axes_or_new, colours, styled

Points = Sequence[tuple[int, np.ndarray]]
"""Number of parameters of each network, and what its seeds reached, shape (n_seeds,)."""


@styled
def plot_by_parameters(points: Mapping[int, Points], label: str, *, ax: Axes | None = None) -> Axes:
    """Plot medians as dots and quartiles as bars, in the form of figures 5 to 7 of Zanatta et al. 2024.

    Parameters
    ----------
    points : mapping of int to Points
        By number of hidden layers.
    label : str
        What was reached, with its unit.
    ax : matplotlib.axes.Axes or None
        None: a new figure's.
    """
    ax = axes_or_new(ax)
    palette = dict(zip(sorted(points), colours(max(4, len(points))), strict=False))
    for n_layers, networks in sorted(points.items()):
        known = sorted(((n, values) for n, values in networks if len(values)), key=lambda point: point[0])
        if not known:
            continue
        x = [n for n, _ in known]
        low, median, high = np.array([np.percentile(values, (25, 50, 75)) for _, values in known]).T
        layers = "1 layer" if n_layers == 1 else f"{n_layers} layers"
        bars = np.array([median - low, high - median])
        ax.errorbar(x, median, yerr=bars, fmt="o-", color=palette[n_layers], capsize=2, label=layers)
    ax.set_xscale("log")
    ax.set_xlabel("parameters (weights and biases)")
    ax.set_ylabel(label)
    if ax.get_legend_handles_labels()[0]:
        ax.legend()
    return ax
