"""Archive of elites: a map of the best fitness of each behaviour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurosim_rl.analysis.style import SEQUENTIAL, axes_or_new, new_figure, styled

Descriptor = tuple[str, float, float]
"""Name with unit, lowest and highest value."""

EPSILON = 1e-6
"""Added before rounding down, as in pyribs' ``GridArchive``: behaviour at the lower edge of a cell is in that cell."""


NO_ELITE = -1


def best_of_cells(
    behaviour: np.ndarray, fitness: np.ndarray, ranges: Sequence[Descriptor], cells: Sequence[int]
) -> np.ndarray:
    """Return the best fitness in each cell, shape `cells`; NaN: an empty cell. Parameters as of `elites_of_cells`."""
    elites = elites_of_cells(behaviour, fitness, ranges, cells)
    best = np.full(elites.shape, np.nan)
    filled = elites != NO_ELITE
    best[filled] = fitness[elites[filled]]
    return best


def elites_of_cells(
    behaviour: np.ndarray, fitness: np.ndarray, ranges: Sequence[Descriptor], cells: Sequence[int]
) -> np.ndarray:
    """Return the number of the best individual in each cell, shape `cells`; `NO_ELITE`: an empty cell.

    Cells are those of ``ribs.archives.GridArchive``; of individuals with equal fitness, the first is the elite.

    Parameters
    ----------
    behaviour : array, shape (n, n_descriptors)
        Behaviour beyond the outermost cells counts for these cells. Rows that are not finite are left out.
    fitness : array, shape (n,)
        Individuals with a fitness that is not finite are left out.
    ranges : sequence of Descriptor
    cells : sequence of int
        Number of cells along each descriptor.
    """
    known = np.flatnonzero(np.isfinite(behaviour).all(axis=1) & np.isfinite(fitness))
    n_cells = np.array(cells)
    low = np.array([lowest for _, lowest, _ in ranges])
    high = np.array([highest for _, _, highest in ranges])
    cell = np.floor((n_cells * (behaviour[known] - low) + EPSILON) / (high - low)).astype(int)
    cell = np.clip(cell, 0, n_cells - 1)
    elites = np.full(tuple(cells), NO_ELITE)
    # From the worst to the best, and of equal ones from the last to the first: the last to be written stays.
    order = np.lexsort((-known, fitness[known]))
    for k in order:
        elites[tuple(cell[k])] = known[k]
    return elites


@styled
def plot_archive(best: np.ndarray, ranges: Sequence[Descriptor], *, title: str = "", ax: Axes | None = None) -> Axes:
    """Plot the best fitness over the first two descriptors; cells without an elite stay empty.

    Along further descriptors, the best cell is shown.

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
    (x_label, x_low, x_high), (y_label, y_low, y_high) = ranges[:2]
    x = np.linspace(x_low, x_high, best.shape[0] + 1)
    y = np.linspace(y_low, y_high, best.shape[1] + 1)
    mesh = ax.pcolormesh(x, y, shown.T, cmap=SEQUENTIAL)
    ax.figure.colorbar(mesh, ax=ax, label="best fitness")
    ax.set_xlabel(x_label)
    ax.set_ylabel(y_label)
    n_elites = int(np.isfinite(best).sum())
    ax.set_title(f"{title}\n{n_elites} of {best.size} cells have an elite".strip())
    return ax


def draw_archive(best: np.ndarray, ranges: Sequence[Descriptor], *, title: str = "") -> Figure:
    """Draw the best fitness over the first two descriptors; parameters as for `plot_archive`."""
    figure = new_figure(6.0, 4.5)
    plot_archive(best, ranges, title=title, ax=figure.subplots())
    return figure
