"""A study in figures: learning curves, runs that solve the task, and settings compared over tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from math import ceil
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurosim_rl.analysis.parameters import plot_by_parameters
from neurosim_rl.analysis.style import SEQUENTIAL, axes_or_new, colours, new_figure, styled
from neurosim_rl.comparison.curves import learning_curve
from neurosim_rl.learning import LEARNING
from neurosim_rl.study.depth import HIDDEN, MEASURES, n_hidden_layers
from neurosim_rl.study.specification import StudySpecification
from neurosim_rl.study.summary import CellSummary, improvement
from neurosim_rl.study.table import Row

Key = tuple[str, ...]
_LINES = ("-", "--", ":")
LEGEND_LINE_IN = 0.23
"""Height of an entry of a legend, in inches."""


def _axes_of(study: StudySpecification) -> tuple[tuple[str, Key], tuple[str, Key], tuple[str, Key]]:
    """Return key and values of rows, columns and colours; one empty value where the grid has fewer keys."""
    nothing: list[tuple[str, Key]] = [("", ("",))]
    rows, columns, hues = (nothing * 3 + list(study.grid.items())[:3])[-3:]
    return rows, columns, hues


def _find(cells: Sequence[CellSummary], wanted: Mapping[str, str]) -> CellSummary | None:
    wanted = {key: value for key, value in wanted.items() if key}
    return next((c for c in cells if all(c.values[key] == value for key, value in wanted.items())), None)


@styled
def draw_learning_curves(study: StudySpecification, cells: Sequence[CellSummary]) -> Figure:
    """Draw the best validation return so far against individuals evaluated: median over seeds, quartiles as a band."""
    (row_key, rows), (column_key, columns), (hue_key, hues) = _axes_of(study)
    legend_columns = ceil(len(hues) * LEGEND_LINE_IN / (2.4 * len(rows)))
    figure = new_figure(3.6 * len(columns) + 1.8 * legend_columns, 2.4 * len(rows) + 0.6)
    share_y: Literal["none", "row"] = "none" if column_key == "task" else "row"
    share_x: Literal["row", "col"] = "row" if row_key == "task" else "col"  # tasks may have other budgets
    grid = figure.subplots(len(rows), len(columns), squeeze=False, sharex=share_x, sharey=share_y)
    for r, row in enumerate(rows):
        for c, column in enumerate(columns):
            ax = grid[r, c]
            found = [_find(cells, {row_key: row, column_key: column, hue_key: hue}) for hue in hues]
            plot_learning_curves([(h, f) for h, f in zip(hues, found, strict=True) if f is not None], len(hues), ax=ax)
            ax.set_title(", ".join(name for name in (row, column) if name))
            if r == len(rows) - 1:
                ax.set_xlabel(_budget(study))
            if c == 0:
                ax.set_ylabel("best validation return\n(sum of rewards)")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right upper", title=hue_key, ncols=legend_columns)
    figure.set_layout_engine("constrained", h_pad=0.1)  # titles stand clear of the ticks above
    return figure


def _budget(study: StudySpecification) -> str:
    """Return what learning curves are drawn against."""
    learners = study.grid.get("learner", (study.settings.get("learner"),))
    trains = all(learner in LEARNING and LEARNING[learner].trains for learner in learners)
    return "generations" if trains else "individuals evaluated"


def plot_learning_curves(found: Sequence[tuple[str, CellSummary]], n_hues: int, *, ax: Axes | None = None) -> Axes:
    """Plot one curve for each setting; what the task calls solved is a dashed line.

    Where colours begin again, lines are dashed, then dotted.
    """
    ax = axes_or_new(ax)
    solved, palette = None, colours(n_hues)
    for k, ((hue, cell), colour) in enumerate(zip(found, palette, strict=False)):
        solved = cell.solved_return
        if not cell.rows:
            continue
        x, low, median, high = learning_curve([(row.evaluations, _best_so_far(row)) for row in cell.rows], go_on=True)
        ax.plot(x, median, _LINES[palette[:k].count(colour) % len(_LINES)], color=colour, label=hue)
        ax.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
    if solved is not None:
        ax.axhline(solved, color="black", linewidth=1.0, linestyle=(0, (6, 2)), label="solved")
    return ax


def _best_so_far(row: Row) -> np.ndarray:
    """Return the best validation return so far; where nothing was validated, the best fitness so far."""
    values = row.validation if np.isfinite(row.validation).any() else row.fitness
    return np.fmax.accumulate(np.where(np.isfinite(values), values, np.nan))


@styled
def draw_by_parameters(study: StudySpecification, cells: Sequence[CellSummary]) -> Figure:
    """Draw each measure of returns against the size of the network, coloured by layers.

    There is a panel for each setting of the grid's other keys, the last of them in columns, those before in rows, and
    such rows for each measure that runs have.

    Parameters
    ----------
    study : StudySpecification
        One whose grid has ``model.hidden``.
    """
    others = {key: values for key, values in study.grid.items() if key != HIDDEN and len(values) > 1}
    *before, columns = [*others.values()] or [("",)]
    known = [m for m, of_row in MEASURES.items() if any(np.isfinite(of_row(row)) for c in cells for row in c.rows)]
    rows = list(product(known or list(MEASURES)[:1], *before))
    figure = new_figure(4.6 * len(columns) + 0.8, 3.8 * len(rows))
    axes = figure.subplots(len(rows), len(columns), squeeze=False, sharey="row")
    for (r, (measure, *row)), (c, column) in product(enumerate(rows), enumerate(columns)):
        setting = dict(zip(others, (*row, column), strict=False))
        points: dict[int, list[tuple[int, np.ndarray]]] = {}
        for cell in cells:
            if cell.rows and all(cell.values[key] == value for key, value in setting.items()):
                values = np.array([MEASURES[measure](run) for run in cell.rows])
                reached = (cell.rows[0].n_parameters, values[np.isfinite(values)])
                points.setdefault(n_hidden_layers(study, cell), []).append(reached)
        plot_by_parameters(points, f"{measure}\n(sum of rewards)", ax=axes[r, c])
        axes[r, c].set_title(", ".join(setting.values()))
    return figure


@styled
def draw_solved(study: StudySpecification, cells: Sequence[CellSummary]) -> Figure:
    """Draw the share of runs that solve each task, with 95 % intervals; tasks of which nobody says so are left out."""
    (row_key, rows), (column_key, columns), (hue_key, hues) = _axes_of(study)
    cells = [cell for cell in cells if cell.n_solved is not None]
    rows, columns = (
        tuple(value for value in values if _find(cells, {key: value}) is not None)
        for key, values in ((row_key, rows), (column_key, columns))
    )
    figure = new_figure(3.0 * len(columns) + 1.8, 0.28 * len(hues) * len(rows) + 1.2 + 0.3 * len(rows))
    grid = figure.subplots(len(rows), len(columns), squeeze=False, sharex=True, sharey=True)
    for r, row in enumerate(rows):
        for c, column in enumerate(columns):
            ax = grid[r, c]
            for y, (hue, colour) in enumerate(zip(hues, colours(len(hues)), strict=True)):
                cell = _find(cells, {row_key: row, column_key: column, hue_key: hue})
                if cell is None or cell.solved_interval is None or cell.n_solved is None:
                    continue
                ax.hlines(y, *cell.solved_interval, color=colour, linewidth=2.0)
                ax.scatter(cell.n_solved / len(cell.rows), y, color=colour, s=22, zorder=3)
            ax.set_yticks(range(len(hues)), hues)
            ax.set_ylim(len(hues) - 0.4, -0.6)
            if c == 0:
                ax.set_ylabel(hue_key)
            ax.set_xlim(-0.04, 1.04)
            ax.set_title(", ".join(name for name in (row, column) if name))
    for ax in grid[-1]:
        ax.set_xlabel("share of runs that solve it")
    return figure


@styled
def draw_over_tasks(study: StudySpecification, means: Mapping[Key, tuple[float, ...]]) -> Figure:
    """Draw each setting's interquartile mean of scaled returns over all tasks, with its 95 % interval."""
    ranked = sorted(means.items(), key=lambda item: item[1][0])
    figure = new_figure(7.5, 0.3 * len(ranked) + 1.2)
    ax = figure.subplots()
    groups = sorted({key[0] for key in means})
    colour_of = dict(zip(groups, colours(len(groups)), strict=True))
    for y, (key, (mean, low, high)) in enumerate(ranked):
        ax.hlines(y, low, high, color=colour_of[key[0]], linewidth=2.0)
        ax.scatter(mean, y, color=colour_of[key[0]], s=24, zorder=3)
    ax.set_yticks(range(len(ranked)), [", ".join(key) for key, _ in ranked])
    for label, (key, _) in zip(ax.get_yticklabels(), ranked, strict=True):
        label.set_color(colour_of[key[0]])
    ax.set_ylim(-0.6, len(ranked) - 0.4)
    ax.set_xlabel("interquartile mean of scaled returns on unseen starts\n(0 and 1: as the study scales them)")
    return figure


@styled
def draw_improvement(matrices: Mapping[Key, np.ndarray]) -> Figure:
    """Draw how probable it is that a run of the row's setting beats one of the column's, over all tasks.

    Bold: the 95 % interval does not hold 0.5.
    """
    keys = list(matrices)
    n = len(keys)
    values, is_decided = np.full((n, n), np.nan), np.zeros((n, n), bool)
    for i, j in combinations(range(n), 2):
        probability, low, high = improvement(matrices[keys[i]], matrices[keys[j]])
        values[i, j], values[j, i] = probability, 1.0 - probability
        is_decided[i, j] = is_decided[j, i] = low > 0.5 or high < 0.5
    figure = new_figure(0.55 * n + 3.5, 0.5 * n + 2.5)
    ax = figure.subplots()
    image = ax.imshow(values, vmin=0, vmax=1, cmap=SEQUENTIAL)
    for i, j in zip(*np.nonzero(~np.isnan(values)), strict=True):
        text = ax.text(j, i, f"{values[i, j]:.2f}", ha="center", va="center", fontsize=7)
        text.set_color("white" if values[i, j] < 0.5 else "black")
        text.set_fontweight("bold" if is_decided[i, j] else "normal")
    names = [", ".join(key) for key in keys]
    ax.set_xticks(range(n), names, rotation=90)
    ax.set_yticks(range(n), names)
    bar = figure.colorbar(image, ax=ax)
    bar.set_label("probability that the row's setting is better\n(bold: 95 % interval without 0.5)")
    return figure
