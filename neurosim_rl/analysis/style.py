"""One style for all figures: sizes, and colours that colour-blind readers can distinguish."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import fill
from typing import Any, TypeVar

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

F = TypeVar("F", bound=Callable[..., Any])

STYLE: Any = {
    "axes.axisbelow": True,
    "axes.labelsize": 11,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 11,
    "figure.titlesize": 12,
    "font.size": 10,
    "legend.fontsize": 10,
    "legend.frameon": False,
    "lines.linewidth": 1.5,
}
"""Matplotlib settings while a figure is made; the global settings stay unchanged."""

DPI = 150
"""Resolution of files, in dots per inch."""

BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, YELLOW, GREY = "#E69F00", "#56B4E9", "#F0E442", "#999999"
BLACK = "#000000"
"""Palette of Okabe & Ito 2008 (Color Universal Design), and a grey."""

DASHES = ((0, (6, 2)), (0, (4, 2, 1, 2)), (0, (1, 2)), (0, (8, 2, 1, 2, 1, 2)))
"""Dashes of horizontal reference lines, which are all black."""

LEGEND_WIDTH = 34
"""Characters in a line of a legend."""

SEQUENTIAL = "viridis"
"""Colour map of quantities from zero up."""
DIVERGING = "RdBu_r"
"""Colour map of quantities around a middle."""
WEIGHTS = "RdBu"
"""Colour map of weights: excitatory ones are blue, as excitatory neurons and synapses are in other figures."""


def styled(function: F) -> F:
    """Decorate a plotting function: it runs with the settings of `STYLE`, and leaves the global settings unchanged."""
    return matplotlib.rc_context(STYLE)(function)


def new_figure(width_inch: float, height_inch: float) -> Figure:
    """Return an empty figure that is not registered in pyplot, which would keep it in memory."""
    return Figure(figsize=(width_inch, height_inch), layout="constrained")


def axes_or_new(ax: Axes | None, width_inch: float = 7.0, height_inch: float = 4.0) -> Axes:
    """Return the given axes, or those of a new figure."""
    return new_figure(width_inch, height_inch).subplots() if ax is None else ax


def colours(n: int) -> list[str]:
    """Return `n` colours, repeated beyond seven; the middle of three colours is grey, for the neutral action.

    Grey is in no longer palette: purple looks like it to readers with deuteranopia.
    """
    if n == 3:
        return [BLUE, GREY, VERMILLION]
    palette = [BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK]
    return [palette[k % len(palette)] for k in range(n)]


def signed_scale(values: np.ndarray) -> dict[str, Any]:
    """Return colour map and limits of values of both signs, with 0 in the middle; NaN does not count."""
    known = np.abs(values[np.isfinite(values)])
    limit = float(known.max(initial=0.0)) or 1.0
    return {"cmap": DIVERGING, "vmin": -limit, "vmax": limit}


def paler(colour: str) -> tuple[float, float, float]:
    """Return a colour mixed with white in equal parts; black lines are visible on it."""
    red, green, blue = to_rgb(colour)
    return (1 + red) / 2, (1 + green) / 2, (1 + blue) / 2


def axis_above(ax: Axes, label: str, *, scale: float, offset: float = 0.0) -> None:
    """Add an axis at the top that shows ``scale * x + offset``."""

    def upper(x: Any) -> Any:
        return scale * x + offset

    def lower(x: Any) -> Any:
        return (x - offset) / scale

    ax.secondary_xaxis("top", functions=(upper, lower)).set_xlabel(label)


def legend_beside(ax: Axes, **options: Any) -> None:
    """Put the legend to the right of the axes, where it hides no data; break long entries into lines."""
    legend = ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), borderaxespad=0.0, **options)
    for text in legend.get_texts():
        text.set_text(fill(text.get_text(), LEGEND_WIDTH))
