"""Figure of the page of results: for each task, the mean return of every controller with its 95 % interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from textwrap import shorten

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from neurosim_rl.analysis.style import BLUE, GREY, ORANGE, axes_or_new, new_figure, styled
from neurosim_rl.reports.table_row import OURS, PUBLISHED, SIMPLE, TableRow

N_COLUMNS = 2
ROW_INCH, PANEL_INCH = 0.2, 0.9
LONGEST_NAME = 60
"""Characters of a controller's name; longer names are cut."""
MARKS = {
    "spiking champion": ("o", BLUE),
    "champion without spikes": ("s", ORANGE),
    PUBLISHED: ("D", GREY),
    SIMPLE: ("|", "black"),
}
"""Marker and colour of each kind of controller, by its entry in the legend."""


@styled
def draw_results(found: Mapping[str, Sequence[TableRow]], solved: Mapping[str, float | None]) -> Figure:
    """Draw the returns of all controllers, with a panel for each task: returns of two tasks cannot be compared.

    Parameters
    ----------
    found : mapping of str to sequence of TableRow
        By task, at least one.
    solved : mapping of str to float or None
        Mean return that solves each task; None: it is not defined.
    """
    tasks = list(found)
    n_columns = min(N_COLUMNS, len(tasks))
    n_rows = ceil(len(tasks) / n_columns)
    heights = []
    for k in range(n_rows):
        longest = max(len(found[task]) for task in tasks[k * n_columns : (k + 1) * n_columns])
        heights.append(PANEL_INCH + ROW_INCH * longest)
    figure = new_figure(7.5 * n_columns, 0.8 + sum(heights))
    grid = figure.subplots(n_rows, n_columns, squeeze=False, height_ratios=heights)
    for ax in grid.flat[len(tasks) :]:
        ax.remove()
    for task, ax in zip(tasks, grid.flat, strict=False):
        plot_results(found[task], solved.get(task), ax=ax).set_title(task)
    handles = []
    for name, (marker, colour) in MARKS.items():
        handles.append(Line2D([], [], linestyle="none", marker=marker, color=colour, label=name))
    figure.set_layout_engine("constrained", h_pad=0.1)  # else titles touch the labels above
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
    return figure


@styled
def plot_results(rows: Sequence[TableRow], solved: float | None = None, *, ax: Axes | None = None) -> Axes:
    """Plot mean return and 95 % interval of the controllers of one task, from top to bottom in their order.

    Controllers that play in another environment than the task's own are left out: their returns cannot be compared.

    Parameters
    ----------
    rows : sequence of TableRow
    solved : float or None
        Mean return that solves the task, drawn as a line; None: it is not defined.
    ax : Axes or None
        None: those of a new figure.
    """
    ax = axes_or_new(ax, 7.5, PANEL_INCH + ROW_INCH * len(rows))
    shown = [row for row in rows if row.own_environment]
    for y, row in enumerate(shown):
        marker, colour = MARKS[shown_kind(row)]
        if row.interval is not None:
            ax.hlines(y, *row.interval, color=colour, linewidth=2.0)
        ax.plot(row.mean, y, marker=marker, color=colour, linestyle="none", zorder=3)
    if solved is not None:
        ax.axvline(solved, color="black", linewidth=1.0, linestyle=(0, (6, 2)), zorder=0)
        ax.text(solved, -0.6, f"solved ({solved:g}) ", ha="right", va="top", fontsize="small")
    ax.set_yticks(range(len(shown)), [shorten(row.controller, LONGEST_NAME, placeholder=" ...") for row in shown])
    ax.tick_params(axis="y", labelsize="small")
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.grid(axis="x", color=GREY, alpha=0.3, linewidth=0.6)
    ax.set_xlabel("mean return (sum of rewards)")
    return ax


def shown_kind(row: TableRow) -> str:
    """Return the kind of a controller as legends name it."""
    if row.kind == OURS:
        return "spiking champion" if row.spiking else "champion without spikes"
    return row.kind
