"""Many runs in one figure: learning curves of each setting, and what their champions are worth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurosim_rl.analysis.style import axes_or_new, colours, new_figure, styled
from neurosim_rl.comparison import Group, Result, solved_return

_SPREAD = 0.5
"""Width over which the runs of one setting are spread side by side; settings stand 1 apart."""


@styled
def draw_comparison(groups: Sequence[Group], title: str = "") -> Figure:
    """Draw learning curves beside the champions' returns on unseen starts.

    Parameters
    ----------
    groups : sequence of Group
        One colour each, the same on both sides. Runs that cannot be read are left out.
    title : str
    """
    groups = [group for group in groups if any(r.history is not None for r in group.results)]
    figure = new_figure(11.0, 5.0)
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    plot_learning(groups, ax=left)
    plot_champions(groups, ax=right)
    if any(group.setting for group in groups):
        handles, names = left.get_legend_handles_labels()
        figure.legend(handles, names, loc="outside lower center", ncols=max(1, min(len(groups), 3)))
    figure.suptitle(title)
    return figure


@styled
def plot_learning(groups: Sequence[Group], *, ax: Axes | None = None) -> Axes:
    """Plot the median over a setting's runs against individuals evaluated, and the quartiles as a band.

    Shown is the return of each generation's best individual on validation starts if all runs have it, else its
    fitness. A setting's curve ends where fewer than half of its runs have come.
    """
    ax = axes_or_new(ax)
    validated = all(_validated(r) for group in groups for r in group.results if r.history is not None)
    for group, colour in zip(groups, colours(len(groups)), strict=True):
        x, low, median, high = learning_curve(group, validated)
        n = sum(r.history is not None for r in group.results)
        ax.plot(x, median, color=colour, label=f"{group.setting or 'all runs'} ({n} seed{'s' * (n > 1)})")
        ax.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
    ax.set_xlabel("individuals evaluated")
    of_best = "of each generation's best"
    ax.set_ylabel(f"validation return {of_best} (sum of rewards)" if validated else f"fitness {of_best}")
    ax.set_title("learning: median and quartiles over seeds")
    return ax


def learning_curve(group: Group, validated: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return individuals evaluated, lower quartile, median and upper quartile, each of shape (n_points,).

    A run keeps its last value until its next generation is finished.
    """
    curves = [_curve(r, validated) for r in group.results if r.history is not None]
    x = np.unique(np.concatenate([evaluated for evaluated, _ in curves]))
    rows = np.array([_held(x, *curve) for curve in curves])
    enough = 2 * np.isfinite(rows).sum(axis=0) >= len(rows)
    low, median, high = np.nanpercentile(rows[:, enough], (25, 50, 75), axis=0)
    return x[enough], low, median, high


def _validated(result: Result) -> bool:
    return result.history is not None and bool(np.isfinite(result.history.validation_return).all())


def _curve(result: Result, validated: bool) -> tuple[np.ndarray, np.ndarray]:
    history = result.history
    assert history is not None
    evaluated = np.searchsorted(history.generation, history.number, side="right")
    return evaluated, history.validation_return if validated else history.best_fitness


def _held(x: np.ndarray, own_x: np.ndarray, own_y: np.ndarray) -> np.ndarray:
    """Return a step function at other places; NaN before its first and after its last point."""
    row = np.searchsorted(own_x, x, side="right") - 1
    return np.where((row >= 0) & (x <= own_x[-1]), own_y[np.maximum(row, 0)], np.nan)


@styled
def plot_champions(groups: Sequence[Group], *, ax: Axes | None = None) -> Axes:
    """Plot the mean return on unseen starts of each finished run with its 95 % interval, and each setting's median."""
    ax = axes_or_new(ax)
    for k, (group, colour) in enumerate(zip(groups, colours(len(groups)), strict=True)):
        finished = [r for r in group.results if r.mean_return is not None and r.ci95 is not None]
        if not finished:
            continue
        x = k + _SPREAD * ((np.arange(len(finished)) + 0.5) / len(finished) - 0.5)
        low, high = np.array([r.ci95 for r in finished]).T
        ax.vlines(x, low, high, color=colour, alpha=0.5, linewidth=1.0)
        ax.scatter(x, group.returns, s=18, color=colour, zorder=3)
        ax.hlines(np.median(group.returns), k - 0.4, k + 0.4, color="black", linewidth=1.5)
    _label_champions(ax, groups)
    return ax


def _label_champions(ax: Axes, groups: Sequence[Group]) -> None:
    tasks = {r.config.task for group in groups for r in group.results if r.config is not None}
    solved = solved_return(tasks.pop()) if len(tasks) == 1 else None
    if solved is not None:
        ax.axhline(solved, color="black", linewidth=1.0, linestyle=(0, (6, 2)))
        ax.annotate(
            f"solved ({solved:g})", (1.0, solved), (0, 2), ("axes fraction", "data"), "offset points", ha="right"
        )
    ax.set_xticks(range(len(groups)), [_wrapped(group.setting or "all runs") for group in groups])
    ax.set_xlim(-0.6, max(len(groups), 1) - 0.4)
    ax.set_ylabel("mean return of the champion on unseen starts")
    ax.set_title("champions: each seed, 95 % interval; bar: median")


def _wrapped(label: str) -> str:
    return label.replace(", ", ",\n")
