"""Figures of a study: learning curves, runs that solve the task, and settings compared over tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from math import ceil
from textwrap import fill
from typing import Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurosim_rl.analysis.parameters import plot_by_parameters
from neurosim_rl.analysis.style import DIVERGING, GREY, axes_or_new, colours, new_figure, styled
from neurosim_rl.comparison.curves import learning_curve
from neurosim_rl.comparison.labels import key_in_words
from neurosim_rl.optimizees import trains_by_gradients
from neurosim_rl.studies.depth import HIDDEN, MEASURES, n_hidden_layers
from neurosim_rl.studies.specification import StudySpecification
from neurosim_rl.studies.summary import CellSummary, cells_with, improvement
from neurosim_rl.studies.table import Row

Key = tuple[str, ...]
PALE = 0.3
"""Distance from 0.5 up to which black text is legible on the colour."""
_LINES = ("-", "--", ":")
WIDEST, NARROWEST = 4.0, 1.0
"""Widths of the first and of the last learning curve, in points."""
SOLVED = "solved"
"""Legend's entry of the return that solves a task."""
TITLE_WIDTH = 38
"""Characters in a line of a panel's title."""
LEGEND_LINE_IN = 0.23
"""Height of a legend's entry, in inches."""


def _axes_of(study: StudySpecification) -> tuple[tuple[str, Key], tuple[str, Key], tuple[str, Key]]:
    """Return key and values of rows, columns and colours: the first three keys of the grid.

    With fewer keys, rows and then columns have no key and one empty value.
    """
    nothing: tuple[str, Key] = ("", ("",))
    used = list(study.grid.items())[:3]
    rows, columns, hues = [nothing] * (3 - len(used)) + used
    return rows, columns, hues


def _axes_by_task(study: StudySpecification) -> tuple[tuple[str, Key], tuple[str, Key], tuple[str, Key]]:
    """Return the same with tasks apart: their returns have no common scale, so that tasks are no colours."""
    rows, columns, hues = _axes_of(study)
    if hues[0] == "task":
        return rows, hues, columns
    return rows, columns, hues


def _find(cells: Sequence[CellSummary], wanted: Mapping[str, str]) -> CellSummary | None:
    """Return the first cell with the wanted values; an empty key sets no condition."""
    conditions = dict(wanted)
    conditions.pop("", None)
    found = cells_with(conditions, cells)
    return found[0] if found else None


def _title(*settings: tuple[str, str]) -> str:
    """Return the title of a panel by its keys and values, in lines; values that say little alone have their key."""
    parts = []
    for key, value in settings:
        says_little = value in ("true", "false") or value.startswith(("[", "-", *"0123456789"))
        parts.append(f"{key_in_words(key)}: {value}" if says_little else value)
    return fill(", ".join(filter(None, parts)), TITLE_WIDTH, break_on_hyphens=False)


@styled
def draw_learning_curves(study: StudySpecification, cells: Sequence[CellSummary]) -> Figure:
    """Draw the best validation return so far against individuals evaluated: median and quartiles over seeds."""
    (row_key, rows), (column_key, columns), (hue_key, hues) = _axes_by_task(study)
    legend_columns = ceil(len(hues) * LEGEND_LINE_IN / (2.4 * len(rows)))
    figure = new_figure(3.6 * len(columns) + 1.8 * legend_columns, 2.4 * len(rows) + 0.6)
    share_y: Literal["none", "row"] = "none" if column_key == "task" else "row"
    share_x: Literal["row", "col"] = "row" if row_key == "task" else "col"  # tasks may have different budgets
    grid = figure.subplots(len(rows), len(columns), squeeze=False, sharex=share_x, sharey=share_y)
    for r, row in enumerate(rows):
        for c, column in enumerate(columns):
            ax = grid[r, c]
            found = []
            for hue in hues:
                cell = _find(cells, {row_key: row, column_key: column, hue_key: hue})
                if cell is not None:
                    found.append((hue, cell))
            plot_learning_curves(found, len(hues), ax=ax)
            ax.set_title(_title((row_key, row), (column_key, column)))
            if r == len(rows) - 1:
                ax.set_xlabel(_budget(study))
            if c == 0:
                ax.set_ylabel("best validation return\n(sum of rewards)")
    entries: dict[str, Artist] = {}  # of all panels: in the first one, a setting or "solved" may be missing
    for ax in grid.flat:
        handles, labels = ax.get_legend_handles_labels()
        entries |= dict(zip(labels, handles, strict=True))
    order = [name for name in (*hues, SOLVED) if name in entries]
    title = key_in_words(hue_key) or None
    if order:
        figure.legend([entries[n] for n in order], order, loc="outside right upper", title=title, ncols=legend_columns)
    figure.set_layout_engine("constrained", h_pad=0.1)  # else titles touch the ticks above
    return figure


def _budget(study: StudySpecification) -> str:
    """Return the label of the x-axis of learning curves."""
    for learner in study.grid.get("learner", (study.settings.get("learner"),)):
        if not trains_by_gradients(learner):
            return "individuals evaluated"
    return "generations"  # in training by gradients, one individual is evaluated in each generation


def plot_learning_curves(found: Sequence[tuple[str, CellSummary]], n_hues: int, *, ax: Axes | None = None) -> Axes:
    """Plot one curve for each setting, and a dashed line at the return that solves the task.

    When all colours are used, they begin again with dashed and then dotted lines. Later curves are narrower, so that
    those that lie on one another are all seen.

    Parameters
    ----------
    found : sequence of (str, CellSummary)
        Label and cell of each curve.
    n_hues : int
        Number of settings in the whole figure: it chooses the palette.
    """
    ax = axes_or_new(ax)
    solved, palette = None, colours(n_hues)
    widths = np.linspace(WIDEST, NARROWEST, max(len(found), 2))
    for k, ((hue, cell), colour) in enumerate(zip(found, palette, strict=False)):
        solved = cell.solved_return
        if not cell.rows:
            continue
        curves = [(row.evaluations, best_so_far(row)) for row in cell.rows]
        x, low, median, high = learning_curve(curves, extend=True)
        n_uses = palette[:k].count(colour)  # of this colour so far
        ax.plot(x, median, _LINES[n_uses % len(_LINES)], color=colour, linewidth=widths[k], label=hue)
        ax.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
    if solved is not None:
        ax.axhline(solved, color="black", linewidth=1.0, linestyle=(0, (6, 2)), label=SOLVED)
    return ax


def best_so_far(row: Row) -> np.ndarray:
    """Return the best validation return so far, or the best fitness so far if nothing was validated."""
    values = row.validation if np.isfinite(row.validation).any() else row.fitness
    return np.fmax.accumulate(np.where(np.isfinite(values), values, np.nan))


@styled
def draw_by_parameters(study: StudySpecification, cells: Sequence[CellSummary]) -> Figure:
    """Draw each measure of returns against the size of the network, coloured by number of layers.

    There is a panel for each measure and each setting of the grid's other keys. The last of these keys gives the
    columns; the measures and the keys before it give the rows.

    Parameters
    ----------
    study : StudySpecification
        A study with ``model.hidden`` in its grid.
    cells : sequence of CellSummary
    """
    others = {key: values for key, values in study.grid.items() if key != HIDDEN and len(values) > 1}
    *before, columns = [*others.values()] or [("",)]
    rows = list(product(_known_measures(cells), *before))
    figure = new_figure(4.6 * len(columns) + 0.8, 3.8 * len(rows))
    axes = figure.subplots(len(rows), len(columns), squeeze=False, sharey="row")
    for (r, (measure, *row)), (c, column) in product(enumerate(rows), enumerate(columns)):
        setting = dict(zip(others, (*row, column), strict=False))
        points: dict[int, list[tuple[int, np.ndarray]]] = {}  # by number of layers: genes and returns of each cell
        for cell in cells:
            if cell.rows and cell.has(setting):
                values = np.array([MEASURES[measure](run) for run in cell.rows])
                point = (cell.rows[0].n_parameters, values[np.isfinite(values)])
                points.setdefault(n_hidden_layers(study, cell), []).append(point)
        plot_by_parameters(points, f"{measure}\n(sum of rewards)", ax=axes[r, c])
        axes[r, c].set_title(", ".join(setting.values()))
    return figure


def _known_measures(cells: Sequence[CellSummary]) -> list[str]:
    """Return the measures that at least one run has; without any, the first one, for an empty figure."""
    known = []
    for name, measure in MEASURES.items():
        values = [measure(row) for cell in cells for row in cell.rows]
        if np.isfinite(values).any():
            known.append(name)
    return known or list(MEASURES)[:1]


@styled
def draw_solved(study: StudySpecification, cells: Sequence[CellSummary]) -> Figure:
    """Draw the fraction of runs that solve each task, with 95 % intervals.

    Tasks without a definition of solved are left out.
    """
    (row_key, rows), (column_key, columns), (hue_key, hues) = _axes_of(study)
    cells = [cell for cell in cells if cell.n_solved is not None]
    rows = _with_cell(cells, row_key, rows)
    columns = _with_cell(cells, column_key, columns)
    palette = dict(zip(hues, colours(len(hues)), strict=True))  # that of the learning curves
    hues = _with_cell(cells, hue_key, hues)
    figure = new_figure(3.0 * len(columns) + 1.8, (0.28 * len(hues) + 0.5) * len(rows) + 1.2)
    grid = figure.subplots(len(rows), len(columns), squeeze=False, sharex=True, sharey=True)
    for r, row in enumerate(rows):
        for c, column in enumerate(columns):
            ax = grid[r, c]
            for y, hue in enumerate(hues):
                cell, colour = _find(cells, {row_key: row, column_key: column, hue_key: hue}), palette[hue]
                if cell is None or cell.solved_interval is None or cell.n_solved is None:
                    continue
                ax.hlines(y, *cell.solved_interval, color=colour, linewidth=2.0)
                ax.scatter(cell.n_solved / len(cell.rows), y, color=colour, s=22, zorder=3)
            ax.set_yticks(range(len(hues)), hues)
            ax.set_ylim(len(hues) - 0.4, -0.6)
            ax.set_xlim(-0.04, 1.04)
            ax.set_title(_title((row_key, row), (column_key, column)))
    for ax in grid[-1]:
        ax.set_xlabel("fraction of runs that solve it")
    figure.supylabel(key_in_words(hue_key))
    return figure


def _with_cell(cells: Sequence[CellSummary], key: str, values: Key) -> Key:
    """Return the values of a key that at least one cell has."""
    return tuple([value for value in values if _find(cells, {key: value}) is not None])


@styled
def draw_over_tasks(study: StudySpecification, means: Mapping[Key, tuple[float, ...]]) -> Figure:
    """Draw the interquartile mean of each setting's scaled returns over all tasks, with its 95 % interval."""
    ranked = sorted(means.items(), key=lambda item: item[1][0])
    figure = new_figure(10.5, 0.3 * len(ranked) + 1.4)
    whole, close = figure.subplots(1, 2, sharey=True)
    groups = sorted({key[0] for key in means})
    colour_of = dict(zip(groups, colours(len(groups)), strict=True))
    for ax in (whole, close):
        for y, (key, (mean, low, high)) in enumerate(ranked):
            ax.hlines(y, low, high, color=colour_of[key[0]], linewidth=2.0)
            ax.scatter(mean, y, color=colour_of[key[0]], s=24, zorder=3)
    whole.set_yticks(range(len(ranked)), [", ".join(key) for key, _ in ranked])
    for label, (key, _) in zip(whole.get_yticklabels(), ranked, strict=True):
        label.set_color(colour_of[key[0]])
    whole.set_ylim(-0.6, len(ranked) - 0.4)
    # From 0 on, the lower end of the study's scale: a cut axis alone would make small differences look large.
    lowest, highest = min(low for _, low, _ in means.values()), max(high for _, _, high in means.values())
    whole.set_xlim(min(0.0, lowest) - 0.02, max(1.0, highest) + 0.02)
    whole.set_title("from 0 on")
    close.set_title("the same, closer")
    for end in (0.0, 1.0):
        whole.axvline(end, color=GREY, linewidth=0.8, zorder=0)
    figure.supxlabel("interquartile mean of scaled returns on unseen starts (0 and 1: see the study's scale)")
    return figure


@styled
def draw_improvement(matrices: Mapping[Key, np.ndarray]) -> Figure:
    """Draw the probability that a run of the row's setting is better than a run of the column's, over all tasks.

    Bold: the 95 % interval does not contain 0.5.
    """
    keys = list(matrices)
    n = len(keys)
    values = np.full((n, n), np.nan)
    is_decided = np.zeros((n, n), bool)
    for i, j in combinations(range(n), 2):
        probability, low, high = improvement(matrices[keys[i]], matrices[keys[j]])
        values[i, j], values[j, i] = probability, 1.0 - probability
        is_decided[i, j] = is_decided[j, i] = low > 0.5 or high < 0.5
    figure = new_figure(0.55 * n + 3.5, 0.5 * n + 2.5)
    ax = figure.subplots()
    image = ax.imshow(values, vmin=0, vmax=1, cmap=DIVERGING)  # 0.5, no difference, is in the middle
    for i, j in zip(*np.nonzero(~np.isnan(values)), strict=True):
        text = ax.text(j, i, f"{values[i, j]:.2f}", ha="center", va="center", fontsize=7)
        text.set_color("white" if abs(values[i, j] - 0.5) > PALE else "black")
        text.set_fontweight("bold" if is_decided[i, j] else "normal")
    names = list(map(", ".join, keys))
    ax.set_xticks(range(n), names, rotation=90)
    ax.set_yticks(range(n), names)
    bar = figure.colorbar(image, ax=ax)
    bar.set_label("probability that the row's setting is better\n(bold: 95 % interval without 0.5)")
    return figure
