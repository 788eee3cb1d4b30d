"""Figure of a comparison: learning curves of each setting, and returns of the champions on unseen starts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from neurosim_rl.analysis.saving import save_figure
from neurosim_rl.analysis.style import axes_or_new, colours, new_figure, styled
from neurosim_rl.comparison.curves import learning_curve
from neurosim_rl.runs.files import make_folder

if TYPE_CHECKING:  # drawing loads neither NEST nor L2L
    from neurosim_rl.comparison.groups import Group
    from neurosim_rl.comparison.run_summary import RunSummary

_SPREAD = 0.5
"""Height for the runs of one setting; the distance between settings is 1."""


@styled
def draw_comparison(groups: Sequence[Group], title: str = "") -> Figure:
    """Draw learning curves beside the champions' returns on unseen starts, with a row of axes for each task.

    Returns of different tasks cannot be compared, and never share an axis.

    Parameters
    ----------
    groups : sequence of Group
        Each has one colour in both panels; the names at the right are the legend. Unreadable runs are left out.
    title : str
    """
    of_task = _by_task([group for group in groups if group.histories])
    heights = [max(4.0, 1.2 + 0.6 * len(of_one)) for of_one in of_task.values()]
    figure = new_figure(12.0, 0.5 + sum(heights))
    grid = figure.subplots(max(len(of_task), 1), 2, squeeze=False, height_ratios=heights or [1.0])
    for (task, of_one), (left, right) in zip(of_task.items(), grid, strict=False):
        plot_learning(of_one, ax=left)
        plot_champions(of_one, ax=right)
        if len(of_task) > 1:
            left.set_title(f"{task}: {left.get_title()}")
    figure.suptitle(title)
    return figure


def _by_task(groups: Sequence[Group]) -> dict[str, list[Group]]:
    """Return the groups of each task and environment, in their order."""
    configs = [next(run.config for run in group.runs if run.config is not None) for group in groups]
    environments: dict[str, set[str]] = {}
    for config in configs:
        environments.setdefault(config.task, set()).add(config.environment.id)
    found: dict[str, list[Group]] = {}
    for group, config in zip(groups, configs, strict=True):
        several = len(environments[config.task]) > 1
        found.setdefault(f"{config.task} in {config.environment.id}" if several else config.task, []).append(group)
    return found


def write_figure(groups: Sequence[Group], out: Path, title: str) -> Path | None:
    """Write ``compare.png``; return its path, or None if no run has a finished generation.

    Raises
    ------
    RunFolderError
        When the file cannot be written.
    """
    if not any(group.histories for group in groups):
        return None
    make_folder(out)
    return save_figure(draw_comparison(groups, title=title), out / "compare.png")


@styled
def plot_learning(groups: Sequence[Group], *, ax: Axes | None = None) -> Axes:
    """Plot the median over each setting's runs against individuals evaluated, and the quartiles as a band.

    The value of a generation is the validation return of its best individual if all runs have validation returns, else
    its fitness. A setting's curve ends where fewer than half of its runs continue.
    """
    ax = axes_or_new(ax)
    validated = all(map(_validated, groups))
    for group, colour in zip(groups, colours(len(groups)), strict=True):
        x, low, median, high = learning_curve(_curves(group, validated), extend=False)
        ax.plot(x, median, color=colour, label=group.setting)
        ax.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
    ax.set_xlabel("individuals evaluated")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_ylabel("validation return (sum of rewards)" if validated else "fitness")
    ax.set_title("Best of each generation: median and quartiles")
    return ax


def _validated(group: Group) -> bool:
    """Return whether all runs of a setting have a validation return in each generation."""
    return not any(np.isnan(history.validation_return).any() for history in group.histories)


def _curves(group: Group, validated: bool) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return individuals evaluated, and validation return or best fitness, of each run with a history."""
    curves = []
    for history in group.histories:
        value = history.validation_return if validated else history.best_fitness
        curves.append((history.n_evaluated, value))
    return curves


@styled
def plot_champions(groups: Sequence[Group], *, ax: Axes | None = None) -> Axes:
    """Plot the mean return of each finished run on unseen starts with its 95 % interval, and each setting's median.

    Settings are drawn from top to bottom in their order, and so are the runs of each setting.
    """
    ax = axes_or_new(ax)
    for k, (group, colour) in enumerate(zip(groups, colours(len(groups)), strict=True)):
        finished = _finished(group)
        if not finished:
            continue
        y = k + _SPREAD * ((np.arange(len(finished)) + 0.5) / len(finished) - 0.5)
        low, high = np.array([run.ci95 for run in finished]).T
        ax.hlines(y, low, high, color=colour, alpha=0.5, linewidth=1.0)
        ax.scatter(group.returns, y, s=16, color=colour, zorder=3)
        ax.vlines(np.median(group.returns), k - 0.35, k + 0.35, color="black", linewidth=1.5)
    _label_champions(ax, groups)
    return ax


def _label_champions(ax: Axes, groups: Sequence[Group]) -> None:
    thresholds = set()
    for group in groups:
        thresholds |= {run.solved_return for run in group.runs if run.config is not None}
    solved = thresholds.pop() if len(thresholds) == 1 else None  # runs of several tasks have no common threshold
    if solved is not None:
        ax.axvline(solved, color="black", linewidth=1.0, linestyle=(0, (6, 2)))
        ax.text(solved, -0.58, f"solved ({solved:g}) ", ha="right", va="top")
    ax.yaxis.tick_right()
    ax.set_yticks(range(len(groups)), list(map(_name, groups)))
    for label, colour in zip(ax.get_yticklabels(), colours(len(groups)), strict=True):
        label.set_color(colour)
    ax.set_ylim(max(len(groups), 1) - 0.4, -0.6)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("mean return on unseen starts (sum of rewards)")
    ax.set_title("Champions: each run with 95 % interval, and median")


def _finished(group: Group) -> list[RunSummary]:
    """Return the runs with a return on unseen starts."""
    return [run for run in group.runs if run.mean_return is not None and run.ci95 is not None]


def _name(group: Group) -> str:
    n = len(group.runs)
    runs = "1 run" if n == 1 else f"{n} runs"
    if not _finished(group):  # their row is empty
        runs += ", none finished"
    if not group.setting:
        return runs
    lines = group.setting.split(", ")
    return "\n".join([*lines, runs])
