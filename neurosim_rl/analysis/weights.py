"""Weight matrices as figures, each with a scale of its own."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator

from neurosim_rl.analysis.style import WEIGHTS, axes_or_new, new_figure, signed_scale, styled
from neurosim_rl.analysis.weight_matrix import WeightMatrix

N_COLUMNS = 2
PANEL_INCH = (5.2, 3.6)
TITLE_WIDTH = 52
"""Characters in a line of a panel's title."""
CHARACTER_INCH = 0.07
"""Length of a character of a column's name, which is upright below its panel."""
MOST_NAMES = 32
"""Most rows or columns that have their names; of more, some have numbers."""
NO_SYNAPSE = "#E4E4E4"
"""Colour of pairs without a synapse; a synapse of weight 0 is white."""


@styled
def draw_weights(matrices: Sequence[WeightMatrix], *, title: str = "") -> Figure:
    """Draw weight matrices, each with a scale of its own around 0.

    Parameters
    ----------
    matrices : sequence of WeightMatrix
        At least one.
    title : str
    """
    n_columns = min(N_COLUMNS, len(matrices))
    n_rows = ceil(len(matrices) / n_columns)
    width, height = PANEL_INCH
    height += CHARACTER_INCH * max(len(name) for matrix in matrices for name in ("", *_shown(matrix.source_names)))
    figure = new_figure(width * n_columns, 0.5 + height * n_rows)
    axes = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for ax in axes[len(matrices) :]:
        ax.remove()
    for matrix, ax in zip(matrices, axes, strict=False):
        plot_weights(matrix, ax=ax)
    figure.suptitle(title)
    return figure


@styled
def plot_weights(matrix: WeightMatrix, *, ax: Axes | None = None) -> Axes:
    """Plot a weight matrix: a column for each source, a row for each target, the first at the bottom.

    Weights above 0 are blue, those below 0 red. Pairs without a synapse are grey.

    Parameters
    ----------
    matrix : WeightMatrix
    ax : Axes or None
        None: those of a new figure.
    """
    ax = axes_or_new(ax, *PANEL_INCH)
    style: dict[str, Any] = {"aspect": "auto", "interpolation": "nearest", "origin": "lower"}
    ax.set_facecolor(NO_SYNAPSE)
    shown = np.ma.masked_invalid(matrix.values.T)
    image = ax.imshow(shown, **(signed_scale(matrix.values) | {"cmap": WEIGHTS}), **style)
    unit = "" if matrix.unit == "1" else f" ({matrix.unit})"
    ax.figure.colorbar(image, ax=ax, label=f"weight{unit}")
    n_source, n_target = matrix.values.shape
    _name(ax, "x", matrix.source, matrix.source_names, n_source)
    _name(ax, "y", matrix.target, matrix.target_names, n_target)
    known = matrix.values[np.isfinite(matrix.values)]
    n_above, n_below = int((known > 0).sum()), int((known < 0).sum())
    ax.set_title(fill(f"{matrix.title}: {n_above} weights above 0, {n_below} below", TITLE_WIDTH))
    return ax


def _name(ax: Axes, which: str, what: str, names: Sequence[str], n: int) -> None:
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_label_text(what)
    if not _shown(names):
        axis.set_major_locator(MaxNLocator(nbins=6, integer=True) if n > 1 else FixedLocator([0]))
        return
    axis.set_ticks(range(len(names)), list(names))
    ax.tick_params(axis="x" if which == "x" else "y", labelsize="small")
    if which == "x":
        ax.tick_params(axis="x", labelrotation=90)


def _shown(names: Sequence[str]) -> Sequence[str]:
    """Return the names that are written: all, or none where they are too many."""
    return names if len(names) <= MOST_NAMES else ()
