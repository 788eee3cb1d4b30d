"""Performance against the number of parameters: median and quartiles over seeds, coloured by hidden layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from neurosim_rl.analysis.style import axes_or_new, colours, styled

Points = Sequence[tuple[int, np.ndarray]]
"""Number of parameters of each network, and the values of its seeds, shape (n_seeds,)."""


@styled
def plot_by_parameters(points: Mapping[int, Points], label: str, *, ax: Axes | None = None) -> Axes:
    """Plot medians as dots and quartiles as bars, in the form of figures 5 to 7 of Zanatta et al. 2024.

    Parameters
    ----------
    points : mapping of int to Points
        By number of hidden layers.
    label : str
        Name of the values, with their unit.
    ax : matplotlib.axes.Axes or None
        None: those of a new figure.
    """
    ax = axes_or_new(ax)
    palette = dict(zip(sorted(points), colours(max(4, len(points))), strict=False))
    for n_layers, networks in sorted(points.items()):
        x, quartiles = [], []
        for n_parameters, values in sorted(networks, key=lambda point: point[0]):
            if len(values):
                x.append(n_parameters)
                quartiles.append(np.percentile(values, (25, 50, 75)))
        if not x:
            continue
        low, median, high = np.transpose(quartiles)
        layers = "1 layer" if n_layers == 1 else f"{n_layers} layers"
        bars = np.array([median - low, high - median])
        ax.errorbar(x, median, yerr=bars, fmt="o-", color=palette[n_layers], capsize=2, label=layers)
    ax.set_xscale("log")
    ax.set_xlabel("parameters (weights and biases)")
    ax.set_ylabel(label)
    if ax.get_legend_handles_labels()[0]:
        ax.legend()
    return ax
