"""Charts of a page as data: curves with bands, points with intervals, and levels to compare with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurosim_rl.analysis.page.markup import Markup, element
from neurosim_rl.analysis.page.packing import rounded


@dataclass(frozen=True)
class Series:
    """Values of one quantity, with a band or intervals.

    Parameters
    ----------
    name : str
        Entry of the legend.
    x, y : array, shape (n,)
    low, high : array of shape (n,), or None
        Band around a curve, or interval of each point.
    style : str
        ``"line"``, ``"points"``, ``"cloud"`` (many small points) or ``"across"`` (points with horizontal intervals).
    colour : int or None
        Number in the palette; None: grey.
    texts : sequence of str
        Text for each point, shown under the pointer.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    style: str = "line"
    colour: int | None = 0
    texts: Sequence[str] = ()

    def table(self) -> dict[str, Any]:
        """Return the series as plain values."""
        return {
            "name": self.name,
            "x": rounded(self.x, 7),
            "y": rounded(self.y, 7),
            "low": None if self.low is None else rounded(self.low, 7),
            "high": None if self.high is None else rounded(self.high, 7),
            "style": self.style,
            "colour": self.colour,
            "texts": list(self.texts),
        }


@dataclass(frozen=True)
class Chart:
    """One pair of axes.

    Parameters
    ----------
    identifier : str
        Id of its element, unique in the page.
    x, y : str
        Labels with units.
    series : sequence of Series
    summary : str
        What the chart shows, in words, for readers who do not see it.
    levels : sequence of (str, float)
        Values of y to compare with, or of x where `vertical` is set.
    vertical : bool
    rows : sequence of str
        Names of the values 0, 1, ... of y, from top to bottom; empty: y has numbers.
    """

    identifier: str
    x: str
    y: str
    series: Sequence[Series]
    summary: str
    levels: Sequence[tuple[str, float]] = ()
    vertical: bool = False
    rows: Sequence[str] = field(default_factory=tuple)

    def table(self) -> dict[str, Any]:
        """Return the chart as plain values, for JSON."""
        return {
            "id": self.identifier,
            "x": self.x,
            "y": self.y,
            "summary": self.summary,
            "series": [series.table() for series in self.series],
            "levels": [list(level) for level in self.levels],
            "vertical": self.vertical,
            "rows": list(self.rows),
        }

    def place(self) -> Markup:
        """Return the element in which the page draws the chart."""
        plot = element("div", id=self.identifier, class_="plot", role="img", aria_label=self.summary)
        return element("figure", plot, element("figcaption", self.summary))
