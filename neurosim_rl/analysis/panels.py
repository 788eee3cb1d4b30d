"""Panels over time, for figures that stack them: a curve, rows of colours, or discrete actions.

Each panel has a height and draws itself over ``edges``: the start of each step and the end of the last step, shape
(n_steps + 1,).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill, shorten
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from neurosim_rl.analysis.labels import Labels, common_unit, without_unit
from neurosim_rl.analysis.style import SEQUENTIAL, colours, signed_scale

MAX_CURVES = 6
"""More quantities of one kind share one panel, as rows of colours."""
LABEL_WIDTH = 18
"""Characters in a line of a panel's label."""
LONGEST_NAME = 40
"""Characters of a row's name; longer names are cut, or they would take the figure's width."""
NAME_INCH = 0.16
"""Height of the name of a row."""
UPRIGHT_INCH = 0.085
"""Length of a character of an upright label."""
MOST_STAIRS = 500
"""Most steps that a filled staircase shows one by one; more would be a solid block."""
MOST_GROUPS = 100
"""Most groups of steps with a mean and a range, in the place of more steps than `MOST_STAIRS`."""


class Panel(Protocol):
    """A panel of a figure that stacks panels."""

    @property
    def height_inch(self) -> float:
        """Height in inches."""

    def draw(self, ax: Axes, edges: np.ndarray) -> None:
        """Draw into axes."""


@dataclass(frozen=True)
class Curve:
    """One quantity: a line for values at the edges (n_steps + 1), a staircase for values of steps (n_steps).

    The staircase is filled down to 0 unless `filled` is False. A filled one of more than `most_stairs` steps shows mean
    and range of several steps instead, and says of how many.
    """

    label: str
    values: np.ndarray
    colour: str = "black"
    limits: tuple[float | None, float | None] = (None, None)
    height_inch: float = 0.9
    filled: bool = True
    most_stairs: int = MOST_STAIRS

    def draw(self, ax: Axes, edges: np.ndarray) -> None:
        """Draw the curve and name it."""
        if len(self.values) == len(edges):
            ax.plot(edges, self.values, color=self.colour)
        elif self.filled and len(self.values) > self.most_stairs:
            self._draw_ranges(ax, edges)
        else:
            if self.filled:
                ax.stairs(self.values, edges, color=self.colour, fill=True, alpha=0.4, linewidth=0)
            ax.stairs(self.values, edges, color=self.colour, linewidth=1.0)
        ax.set_ylim(*self.limits)
        ax.yaxis.set_major_locator(MaxNLocator(nbins=4, min_n_ticks=3))
        _name(ax, self.label)

    def _draw_ranges(self, ax: Axes, edges: np.ndarray) -> None:
        """Draw mean and range of groups of steps; the last group may be shorter."""
        n_steps = len(self.values)
        every = -(-n_steps // MOST_GROUPS)
        starts = np.arange(0, n_steps, every)
        lowest, highest = np.minimum.reduceat(self.values, starts), np.maximum.reduceat(self.values, starts)
        means = np.add.reduceat(self.values, starts) / np.diff(np.append(starts, n_steps))
        ends = np.append(edges[starts], edges[-1])
        ax.stairs(highest, ends, baseline=lowest, color=self.colour, fill=True, alpha=0.4, linewidth=0)
        ax.stairs(means, ends, baseline=None, color=self.colour, linewidth=1.2)
        text = f"line: mean of {every} steps; area: their range"
        ax.annotate(text, (1.0, 1.0), xycoords="axes fraction", ha="right", va="bottom", fontsize="x-small")


@dataclass(frozen=True)
class Trace:
    """One quantity at times of its own, such as a membrane in each step of the simulation."""

    label: str
    times: np.ndarray
    values: np.ndarray
    colour: str = "black"
    height_inch: float = 0.6

    def draw(self, ax: Axes, edges: np.ndarray) -> None:
        """Draw the part of the line between the first and the last edge, and name it."""
        shown = (self.times >= edges[0]) & (self.times <= edges[-1])
        ax.plot(self.times[shown], self.values[shown], color=self.colour, linewidth=0.8)
        ax.yaxis.set_major_locator(MaxNLocator(nbins=4, min_n_ticks=3))
        _name(ax, self.label)


@dataclass(frozen=True)
class Rows:
    """Many quantities, shape (n_steps, n_rows), as rows of colours with a scale; the first row is at the top.

    Values of both signs have a diverging scale with 0 in its middle. `ranges` has a text for each row, which is
    written at its right, such as its lowest and highest value with their unit.
    """

    label: str
    names: Sequence[str]
    values: np.ndarray
    scale_label: str
    ranges: Sequence[str] = ()

    @property
    def height_inch(self) -> float:
        """Height of the names, up to a limit."""
        return float(np.clip(NAME_INCH * len(self.names), 1.5, 5.0))

    def draw(self, ax: Axes, edges: np.ndarray) -> None:
        """Draw the rows and name them."""
        n_rows = len(self.names)
        scale = signed_scale(self.values) if (self.values < 0).any() else {"cmap": SEQUENTIAL}
        mesh = ax.pcolormesh(edges, np.arange(n_rows + 1) - 0.5, self.values.T, **scale)
        ax.set_ylim(n_rows - 0.5, -0.5)
        pad = 0.01
        has_names = NAME_INCH * n_rows <= self.height_inch
        if has_names:
            ax.set_yticks(range(n_rows), [shorten(name, LONGEST_NAME, placeholder=" ...") for name in self.names])
            ax.tick_params(axis="y", labelsize="small")
        if has_names and self.ranges:
            right = ax.secondary_yaxis("right")
            right.set_yticks(range(n_rows), self.ranges)
            right.tick_params(length=0, labelsize="small")
            pad = 0.03
        ax.figure.colorbar(mesh, ax=ax, label=fill(self.scale_label, LABEL_WIDTH), pad=pad)
        # Upright, as the names need the space; in lines, or it would be longer than the panel.
        ax.set_ylabel(fill(self.label, int(self.height_inch / UPRIGHT_INCH)))


@dataclass(frozen=True)
class Choices:
    """Discrete actions, shape (n_steps,): a row for each action, filled while it is taken; the first at the bottom."""

    actions: np.ndarray
    labels: Labels

    @property
    def height_inch(self) -> float:
        """Height of the names."""
        return 0.3 + 0.22 * len(self.labels.actions)

    def draw(self, ax: Axes, edges: np.ndarray) -> None:
        """Draw the rows and name them."""
        names = self.labels.actions
        for k, colour in enumerate(colours(len(names))):
            taken = self.actions - self.labels.first_action == k
            ax.stairs(np.where(taken, k + 0.4, k - 0.4), edges, baseline=k - 0.4, fill=True, color=colour, linewidth=0)
        ax.set_yticks(range(len(names)), names)
        ax.set_ylim(-0.6, len(names) - 0.4)
        _name(ax, "action")


def action_panels(actions: np.ndarray, labels: Labels, most_curves: int = MAX_CURVES) -> Sequence[Panel]:
    """Return the panels of an episode's actions, shape (n_steps, n_dimensions); of many dimensions one with colours."""
    if labels.discrete:
        return [Choices(actions[:, 0], labels)]
    if len(labels.actions) > most_curves:
        unit = common_unit(labels.actions)
        names = [without_unit(label) for label in labels.actions] if unit else labels.actions
        return [Rows("action", names, actions, f"action ({unit})" if unit else "action")]
    palette = colours(len(labels.actions))
    panels = []
    for k, label in enumerate(labels.actions):
        panels.append(Curve(label, actions[:, k], palette[k]))
    return panels


def align_names(axes: Sequence[Axes]) -> None:
    """Give the horizontal names of panels one place, and leave the upright ones where they are."""
    horizontal = [ax for ax in axes if ax.yaxis.label.get_rotation() == 0]
    if horizontal:
        horizontal[0].figure.align_ylabels(horizontal)


def _name(ax: Axes, label: str) -> None:
    """Write a label at the left of a panel, horizontally, in lines of `LABEL_WIDTH`."""
    ax.set_ylabel(in_lines(label), rotation=0, ha="right", va="center")


def in_lines(label: str) -> str:
    """Return a label in lines of `LABEL_WIDTH`; units are not broken, line breaks are kept."""
    words, bracket, unit = label.rpartition(" (")
    if bracket:
        label = words + bracket + unit.replace(" ", "\N{NO-BREAK SPACE}")
    return "\n".join(fill(line, LABEL_WIDTH) for line in label.splitlines())
