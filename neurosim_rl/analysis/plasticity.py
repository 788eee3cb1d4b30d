"""Learning: synapses along one trial, and learning curves and weights over training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator

from neurosim_rl.analysis.panels import Curve, Panel, in_lines
from neurosim_rl.analysis.style import (
    BLUE,
    DASHES,
    DIVERGING,
    GREEN,
    GREY,
    SEQUENTIAL,
    VERMILLION,
    WEIGHTS,
    axes_or_new,
    axis_above,
    legend_beside,
    new_figure,
    styled,
)
from neurosim_rl.records.learning_record import LearningRecord, WeightHistory

MAX_SYNAPSES = 60
"""Most synapses that are drawn. Of more synapses, evenly spaced ones in the order of their change are drawn."""
MATRIX_INCH = 3.2
MOST_STEPS = 300
"""Most steps that a curve shows one by one; of more, it shows means, or it would be a solid block."""
MOST_MARKS = 20
"""Most moments of a weight that are marked by dots; between them it is not known."""


@styled
def draw_plasticity(record: LearningRecord, *, window_ms: float, title: str = "") -> Figure:
    """Draw reward, eligibility and weights along a trial, and the weight matrices before and after it.

    Parameters
    ----------
    record : LearningRecord
    window_ms : float
        Biological time of a window.
    title : str
    """
    panels: list[Panel] = [_reward(record.reward)]
    for course, eligibility in zip(record.weights, record.eligibility, strict=True):
        if eligibility.shape[1]:  # a rule may have none
            mean = np.abs(eligibility).mean(axis=1)
            panels.append(Curve(f"mean absolute\neligibility,\n{course.label} (1)", mean, GREEN, (0.0, None)))
        panels.append(_Weights(course))
    heights = [panel.height_inch for panel in panels]
    n_rows = len(record.weights)
    figure = new_figure(10.0, 1.4 + sum(heights) + MATRIX_INCH * n_rows)
    (upper,), (lower,) = figure.subfigures(
        2, 1, squeeze=False, height_ratios=[0.8 + sum(heights), MATRIX_INCH * n_rows]
    )
    axes = upper.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for panel, ax in zip(panels, axes, strict=True):
        panel.draw(ax, _edges(panel, record.n_windows))
        for end in np.flatnonzero(record.ended[:-1]) + 1:
            ax.axvline(end, color=GREY, linewidth=0.8, linestyle="--")
    axes[0].set_xlim(0, record.n_windows)
    axes[-1].set_xlabel(f"environment step (each is {window_ms:g} ms of biological time; dashed: a new episode)")
    axis_above(axes[0], "biological time (s)", scale=window_ms * 1e-3)
    upper.align_ylabels(axes)
    _matrices(lower, record.weights, ("before", "after"))
    figure.suptitle(title)
    return figure


@styled
def draw_learning(
    returns: np.ndarray,
    weights: Sequence[WeightHistory],
    *,
    best_line: int,
    references: Mapping[str, float] | None = None,
    title: str = "",
) -> Figure:
    """Draw the learning curve of each line of networks, and the weights of the best line, over training episodes.

    Parameters
    ----------
    returns : array, shape (n_lines, n_episodes)
        Return of each training episode, in the order in which each line played them.
    weights : sequence of WeightHistory
        Weights of the best line, for each projection, before the first trial and after each trial.
    best_line : int
        Number of the best line.
    references : mapping of str to float
        Returns to draw as horizontal lines, by name.
    title : str
    """
    n_rows = len(weights)
    figure = new_figure(10.0, 4.2 + (1.8 + MATRIX_INCH) * n_rows)
    (upper,), (lower,) = figure.subfigures(
        2, 1, squeeze=False, height_ratios=[4.0 + 1.8 * n_rows, MATRIX_INCH * n_rows]
    )
    axes = upper.subplots(1 + n_rows, 1, sharex=True, squeeze=False, height_ratios=[3.6, *[1.8] * n_rows])[:, 0]
    plot_lines(returns, best_line=best_line, references=references, ax=axes[0])
    axes[0].set_xlabel("")
    for course, ax in zip(weights, axes[1:], strict=True):
        _trajectories(ax, np.linspace(0, returns.shape[1], len(course.weight_pa)), course.weight_pa)
        ax.set_ylabel(in_lines(f"weights {course.label}, champion's line ({course.unit})"))
    axes[-1].set_xlabel("training episode of each line")
    _matrices(lower, weights, ("before training", "after it"))
    figure.suptitle(title)
    return figure


@styled
def plot_lines(
    returns: np.ndarray,
    *,
    best_line: int,
    references: Mapping[str, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Plot returns of training episodes as running means over a fiftieth of them; parameters as for `draw_learning`."""
    ax = axes_or_new(ax)
    n_lines, n_episodes = returns.shape
    width = max(1, n_episodes // 50)
    kernel = np.ones(width) / width
    middle = np.arange(n_episodes - width + 1) + width / 2
    others = np.delete(np.arange(n_lines), best_line)
    for k, line in enumerate(others):
        name = None if k else "other lines"  # one entry in the legend for all of them
        ax.plot(middle, np.convolve(returns[line], kernel, "valid"), color=GREY, linewidth=0.7, label=name)
    best = np.convolve(returns[best_line], kernel, "valid")
    ax.plot(middle, best, color=BLUE, linewidth=2.0, label="the champion's line")
    for dashes, (name, value) in zip(DASHES * len(references or {}), (references or {}).items(), strict=False):
        ax.axhline(value, color="black", linewidth=1.0, linestyle=dashes, label=f"{name} ({value:.4g})")
    ax.set_xlabel("training episode of each line")
    mean = f", mean over {width} episodes" if width > 1 else ""
    ax.set_ylabel(f"return while learning\n(sum of rewards{mean})")
    legend_beside(ax)
    return ax


@dataclass(frozen=True)
class _Weights:
    """Weights of synapses over time; those that changed most are drawn last."""

    course: WeightHistory
    height_inch: float = 1.8

    def draw(self, ax: Axes, edges: np.ndarray) -> None:
        _trajectories(ax, edges, self.course.weight_pa)
        ax.set_ylabel(
            in_lines(f"weights {self.course.label} ({self.course.unit})"), rotation=0, ha="right", va="center"
        )


def _reward(reward: np.ndarray) -> Curve:
    """Return the panel of the reward of each step, or of its mean over some steps."""
    every = -(-len(reward) // MOST_STEPS)
    starts = np.arange(0, len(reward), every)
    means = np.add.reduceat(reward, starts) / np.diff(np.append(starts, len(reward)))
    label = f"mean reward\nof {every} steps (1)" if every > 1 else "reward\nof a step (1)"
    lowest = min(float(means.min()), 0.0)
    return Curve(label, means, VERMILLION, (1.1 * lowest, None), filled=False)


def _edges(panel: Panel, n_windows: int) -> np.ndarray:
    """Return the edges of a panel's values: of each window, or of as many intervals as its curve has."""
    if not isinstance(panel, Curve) or len(panel.values) == n_windows:
        return np.arange(n_windows + 1)
    every = -(-n_windows // MOST_STEPS)
    return np.append(np.arange(0, n_windows, every), n_windows)


def _trajectories(ax: Axes, x: np.ndarray, weight_pa: np.ndarray) -> None:
    """Draw weights over time, shape (len(x), n_synapses), in one colour for those that rose, in another for others.

    Few moments are marked by dots.
    """
    marks: dict[str, Any] = {"marker": "o", "markersize": 3, "linestyle": ":"} if len(x) <= MOST_MARKS else {}
    change = weight_pa[-1] - weight_pa[0]
    order = np.argsort(change)
    shown = order[np.unique(np.linspace(0, len(order) - 1, min(MAX_SYNAPSES, len(order))).round().astype(int))]
    for synapse in shown[np.argsort(np.abs(change[shown]))]:
        colour = VERMILLION if change[synapse] > 0 else BLUE
        ax.plot(x, weight_pa[:, synapse], color=colour, linewidth=0.6, alpha=0.7, **marks)
    text = "orange: rose, blue: fell or stayed"
    if len(shown) < len(order):
        text = f"{len(shown)} of {len(order)} synapses; {text}"
    if marks:
        text += "; dots: known"
    if len(order):
        ax.annotate(
            text,
            (1.0, 1.0),
            xycoords="axes fraction",
            ha="right",
            va="bottom",
            fontsize="small",
        )
    ax.yaxis.set_major_locator(MaxNLocator(nbins=4, min_n_ticks=3))


def _matrices(figure: SubFigure, weights: Sequence[WeightHistory], names: tuple[str, str]) -> None:
    """Draw the weight matrices at the first and last moment, and the change; one row for each projection."""
    axes = figure.subplots(len(weights), 3, squeeze=False)
    for course, row in zip(weights, axes, strict=True):
        before, after = course.matrix_pa(0), course.matrix_pa(-1)
        known = np.concatenate([before[np.isfinite(before)], after[np.isfinite(after)]])
        low, high = float(known.min()), float(known.max())
        signed = low < 0
        limits = (-max(-low, high), max(-low, high)) if signed else (low, high)
        images = [(before, names[0]), (after, names[1]), (after - before, "change")]
        for (matrix, name), ax in zip(images, row, strict=True):
            is_change = name == "change"
            bound = float(np.nanmax(np.abs(matrix))) if is_change else 0.0
            shown = ax.imshow(
                matrix.T,
                cmap=DIVERGING if is_change else WEIGHTS if signed else SEQUENTIAL,
                vmin=-bound if is_change else limits[0],
                vmax=bound if is_change else limits[1],
                aspect="auto",
                interpolation="nearest",
                origin="lower",
            )
            figure.colorbar(shown, ax=ax, label=f"{'change' if is_change else 'weight'} ({course.unit})")
            ax.set_title(f"{course.label}, {name}")
            ax.set_xlabel(f"{course.source} neuron")
            ax.set_ylabel(f"{course.target} neuron")
            for axis in (ax.xaxis, ax.yaxis):
                axis.set_major_locator(MaxNLocator(nbins=6, integer=True))
