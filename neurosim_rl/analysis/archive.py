"""An archive of elites as a map: the best fitness of each way to behave."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurosim_rl.analysis.style import SEQUENTIAL, axes_or_new, new_figure, styled
from neurosim_rl.optimizees import Configuration
from neurosim_rl.optimizers.map_elites import DESCRIPTORS
from neurosim_rl.records.history import History

Descriptor = tuple[str, float, float]
"""Name with unit, lowest and highest value."""

EPSILON = 1e-6
"""That which pyribs' ``GridArchive`` adds before it rounds down, so that behaviour at a cell's lower edge is in it."""


def best_of_cells(
    behaviour: np.ndarray, fitness: np.ndarray, ranges: Sequence[Descriptor], cells: Sequence[int]
) -> np.ndarray:
    """Return the best fitness in each cell, shape `cells`; NaN where nobody behaves so.

    Parameters
    ----------
    behaviour : array, shape (n, n_descriptors)
        Beyond the outermost cells it counts for these; rows that are not finite count nowhere. Cells are those of
        ``ribs.archives.GridArchive``.
    fitness : array, shape (n,)
    ranges : sequence of Descriptor
    cells : sequence of int
        How many along each descriptor.
    """
    known = np.isfinite(behaviour).all(axis=1) & np.isfinite(fitness)
    low, high = (np.array(ends) for ends in zip(*((a, b) for _, a, b in ranges), strict=True))
    place = np.floor((np.array(cells) * (behaviour[known] - low) + EPSILON) / (high - low)).astype(int)
    best = np.full(tuple(cells), -np.inf)
    np.maximum.at(best, tuple(np.clip(place, 0, np.array(cells) - 1).T), fitness[known])
    return np.where(np.isfinite(best), best, np.nan)


@styled
def draw_archive(best: np.ndarray, ranges: Sequence[Descriptor], *, title: str = "", ax: Axes | None = None) -> Axes:
    """Draw the best fitness over the first two descriptors, whatever the others; cells without an elite stay empty.

    Parameters
    ----------
    best : array, shape (n_x, n_y, ...)
        See `best_of_cells`.
    ranges : sequence of Descriptor
    title : str
    ax : Axes or None
        None: those of a new figure.

    Returns
    -------
    Axes
    """
    ax = axes_or_new(ax, 6.0, 4.5)
    filled = np.where(np.isnan(best), -np.inf, best).reshape(*best.shape[:2], -1).max(axis=2)
    shown = np.ma.masked_invalid(filled)
    (x_label, *x_ends), (y_label, *y_ends) = ranges[:2]
    x, y = (np.linspace(ends[0], ends[1], n + 1) for ends, n in zip((x_ends, y_ends), best.shape, strict=False))
    mesh = ax.pcolormesh(x, y, shown.T, cmap=SEQUENTIAL)
    ax.figure.colorbar(mesh, ax=ax, label="best fitness")
    ax.set_xlabel(x_label)
    ax.set_ylabel(y_label)
    n_elites = int(np.isfinite(best).sum())
    ax.set_title(f"{title}\n{n_elites} of {best.size} cells have an elite".strip())
    return ax


def archive_figure(best: np.ndarray, ranges: Sequence[Descriptor], title: str) -> Figure:
    """Return `draw_archive` as a figure of its own."""
    figure = new_figure(6.0, 4.5)
    draw_archive(best, ranges, title=title, ax=figure.subplots())
    return figure


def archive_of_run(history: History, config: Configuration) -> Figure | None:
    """Return the elites of a run of MAP-Elites as a figure; None: another optimizer made it."""
    if not history.behaviour.shape[1] or "cells" not in config.optimizer.values():
        return None
    fitness = np.where(history.failure == "", history.fitness, np.nan)
    best = best_of_cells(history.behaviour, fitness, DESCRIPTORS, [int(n) for n in config.optimizer.cells])
    return archive_figure(best, DESCRIPTORS, f"{config.task}, seed {config.seed}")
