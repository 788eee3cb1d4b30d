"""Many runs in one figure: learning curves of each setting, and what their champions are worth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from neurosim_rl.analysis.saving import make_folder, save_figure
from neurosim_rl.analysis.style import axes_or_new, colours, new_figure, styled
from neurosim_rl.comparison.curves import learning_curve

if TYPE_CHECKING:  # drawing loads neither NEST nor L2L
    from neurosim_rl.comparison.groups import Group
    from neurosim_rl.comparison.results import RunSummary

_SPREAD = 0.5
"""Height over which the runs of one setting are spread; settings stand 1 apart."""


@styled
def draw_comparison(groups: Sequence[Group], title: str = "") -> Figure:
    """Draw learning curves beside the champions' returns on unseen starts.

    Parameters
    ----------
    groups : sequence of Group
        One colour each, on both sides; the names at the right are the legend. Runs that cannot be read are left out.
    title : str
    """
    groups = [group for group in groups if any(r.history is not None for r in group.results)]
    figure = new_figure(12.0, max(4.5, 1.5 + 0.6 * len(groups)))
    left, right = figure.subplots(1, 2)
    plot_learning(groups, ax=left)
    plot_champions(groups, ax=right)
    figure.suptitle(title)
    return figure


def write_figure(groups: Sequence[Group], out: Path, title: str) -> Path | None:
    """Draw ``compare.png``; None when no run has a generation to draw.

    Raises
    ------
    RunFolderError
        When it cannot be written.
    """
    if not any(result.history is not None for group in groups for result in group.results):
        return None
    make_folder(out)
    return save_figure(draw_comparison(groups, title=title), out / "compare.png")


@styled
def plot_learning(groups: Sequence[Group], *, ax: Axes | None = None) -> Axes:
    """Plot the median over a setting's runs against individuals evaluated, and the quartiles as a band.

    Shown is the return of each generation's best individual on validation starts if all runs have it, else its
    fitness. A setting's curve ends where fewer than half of its runs have come.
    """
    ax = axes_or_new(ax)
    validated = all(_validated(r) for group in groups for r in group.results if r.history is not None)
    for group, colour in zip(groups, colours(len(groups)), strict=True):
        x, low, median, high = learning_curve(_curves(group, validated), go_on=False)
        ax.plot(x, median, color=colour, label=group.setting)
        ax.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
    ax.set_xlabel("individuals evaluated")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_ylabel("validation return (sum of rewards)" if validated else "fitness")
    ax.set_title("Best of each generation: median and quartiles")
    return ax


def _validated(result: RunSummary) -> bool:
    return result.history is not None and not np.isnan(result.history.validation_return).any()


def _curves(group: Group, validated: bool) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return individuals evaluated, and validation return or best fitness, of each run that has a generation."""
    histories = [result.history for result in group.results if result.history is not None]
    return [(h.n_evaluated, h.validation_return if validated else h.best_fitness) for h in histories]


@styled
def plot_champions(groups: Sequence[Group], *, ax: Axes | None = None) -> Axes:
    """Plot the mean return on unseen starts of each finished run with its 95 % interval, and each setting's median.

    Settings stand one below the other in their order, and so do the runs of each.
    """
    ax = axes_or_new(ax)
    for k, (group, colour) in enumerate(zip(groups, colours(len(groups)), strict=True)):
        finished = [r for r in group.results if r.mean_return is not None and r.ci95 is not None]
        if not finished:
            continue
        y = k + _SPREAD * ((np.arange(len(finished)) + 0.5) / len(finished) - 0.5)
        low, high = np.array([r.ci95 for r in finished]).T
        ax.hlines(y, low, high, color=colour, alpha=0.5, linewidth=1.0)
        ax.scatter(group.returns, y, s=16, color=colour, zorder=3)
        ax.vlines(np.median(group.returns), k - 0.35, k + 0.35, color="black", linewidth=1.5)
    _label_champions(ax, groups)
    return ax


def _label_champions(ax: Axes, groups: Sequence[Group]) -> None:
    thresholds = {r.solved_return for group in groups for r in group.results if r.config is not None}
    solved = thresholds.pop() if len(thresholds) == 1 else None
    if solved is not None:
        ax.axvline(solved, color="black", linewidth=1.0, linestyle=(0, (6, 2)))
        ax.text(solved, -0.58, f"solved ({solved:g}) ", ha="right", va="top")
    ax.yaxis.tick_right()
    ax.set_yticks(range(len(groups)), [_name(group) for group in groups])
    for label, colour in zip(ax.get_yticklabels(), colours(len(groups)), strict=True):
        label.set_color(colour)
    ax.set_ylim(max(len(groups), 1) - 0.4, -0.6)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("mean return on unseen starts (sum of rewards)")
    ax.set_title("Champions: each run with 95 % interval, and median")


def _name(group: Group) -> str:
    n = len(group.results)
    runs = f"{n} run{'s' * (n > 1)}"
    return f"{group.setting.replace(', ', chr(10))}\n{runs}" if group.setting else runs
