"""Frames of a film: the environment beside spikes, membranes and actions, with a cursor at the present time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from neurosim_rl.analysis.action_bars import ActionBars
from neurosim_rl.analysis.labels import Labels
from neurosim_rl.analysis.panels import Curve, Panel, action_panels
from neurosim_rl.analysis.raster import MOST_BORDERS, plot_spikes
from neurosim_rl.analysis.style import STYLE, VERMILLION, axis_above
from neurosim_rl.networks.network import Network

if TYPE_CHECKING:
    from neurosim_rl.records.spikes import Spikes

PAGE_STEPS = MOST_BORDERS
"""Most environment steps on the axis of time; in a longer episode it moves on when the cursor reaches its end."""
WIDTH_PX, HEIGHT_PX = 960, 540
"""Size at which texts have the sizes of `FILM_STYLE`; they grow and shrink with the frame."""
DPI = 100
FILM_STYLE: Any = {
    **STYLE,
    "axes.labelsize": 9,
    "axes.titlesize": 9,
    "figure.titlesize": 11,
    "font.size": 9,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.2,
}
RASTER_INCH = 2.4
"""Height of the raster, if there were no limit; that of a panel of one quantity is 0.7."""
COLUMN_INCH = 3.8
"""Height of all panels together, without axes and names."""
SHORT_NAME = 20
MOST_CURVES = 3
"""More dimensions of an action share one panel, as rows of colours."""
TIMED = 1e-9
"""Share of a step that absorbs the rounding of positions."""


@dataclass(frozen=True)
class FilmContent:
    """What a film shows beside the pictures of the environment.

    Parameters
    ----------
    title : str
    labels : Labels
    actions : array, shape (n_steps, n_dimensions)
        Actions of the whole episode.
    window_ms : float
        Biological time of an environment step.
    step_s : float or None
        Physical time of an environment step; None: the environment has no unit of time.
    network : Network or None
        None: a policy without neurons.
    spikes : Spikes or None
        Spikes of the episode.
    neurons : int array or None
        Numbers of the neurons in the raster, sorted; None: all.
    membranes : sequence of Panel
        Membranes over biological time in s.
    observed : sequence of Curve
        Observed variables, shown where there are no neurons.
    """

    title: str
    labels: Labels
    actions: np.ndarray
    window_ms: float
    step_s: float | None = None
    network: Network | None = None
    spikes: Spikes | None = None
    neurons: np.ndarray | None = None
    membranes: Sequence[Panel] = ()
    observed: Sequence[Curve] = ()

    @property
    def per_step(self) -> float:
        """Length of an environment step on the axis of time: s of biological time, or 1 without neurons."""
        return 1.0 if self.network is None else self.window_ms * 1e-3


class FilmFrames:
    """Frames of a film, drawn one after the other.

    What does not move is drawn once for each stretch of time (see `PAGE_STEPS`), so a frame costs milliseconds.

    Parameters
    ----------
    content : FilmContent
    steps : tuple of int
        First environment step that is shown, and the one after the last.
    picture_px : tuple of int
        Width and height of the environment's pictures.
    size_px : tuple of int
        Width and height of a frame.
    """

    @matplotlib.rc_context(FILM_STYLE)
    def __init__(
        self,
        content: FilmContent,
        steps: tuple[int, int],
        picture_px: tuple[int, int],
        size_px: tuple[int, int] = (WIDTH_PX, HEIGHT_PX),
    ) -> None:
        self.content, self.steps, self.size_px = content, steps, size_px
        n_shown = steps[1] - steps[0]
        self._page_steps = math.ceil(n_shown / math.ceil(n_shown / PAGE_STEPS))
        self._page = -1
        dpi = DPI * math.sqrt(size_px[0] * size_px[1] / (WIDTH_PX * HEIGHT_PX))
        # A hundredth of a pixel more: the canvas rounds down.
        inches = [(pixels + 0.01) / dpi for pixels in size_px]
        figure = Figure(figsize=(inches[0], inches[1]), dpi=dpi, layout="constrained")
        self._canvas = FigureCanvasAgg(figure)
        figure.suptitle(content.title)
        halves: Any = figure.subfigures(1, 2, width_ratios=(0.37, 0.63))
        self._draw_left(halves[0], picture_px)
        self.time_axes = self._draw_right(halves[1])
        self._cursors = [ax.axvline(0.0, color=VERMILLION, linewidth=1.4, animated=True) for ax in self.time_axes]
        for ax in self.time_axes:
            ax.set_xlim(0.0, self._page_steps * content.per_step)
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # the places of all frames are those of the first

    def frame(self, position: float, picture: np.ndarray) -> np.ndarray:
        """Return a frame, shape (height, width, 3), uint8.

        Parameters
        ----------
        position : float
            Present time in environment steps since the start of the episode. Between two steps the network plays a
            window, and the environment waits.
        picture : uint8 array, shape (height, width, 3)
            The environment after the last step.
        """
        self._turn_page(position)
        n_done = math.floor(position + TIMED)
        canvas, figure = self._canvas, self._canvas.figure
        canvas.restore_region(self._background)
        self._image.set_data(picture)
        self._image.axes.draw_artist(self._image)
        for ax, cursor in zip(self.time_axes, self._cursors, strict=True):
            cursor.set_xdata([position * self.content.per_step] * 2)
            ax.draw_artist(cursor)
        self._clocks.set_text(self._clock_text(position, n_done))
        figure.draw_artist(self._clocks)
        self._bars.show(self.content.actions[n_done - 1] if n_done else None)
        return np.asarray(canvas.buffer_rgba())[..., :3].copy()

    def cursor_px(self, position: float) -> int:
        """Return the column of pixels at which the cursor of a position is."""
        self._turn_page(position)
        x, _ = self.time_axes[-1].transData.transform((position * self.content.per_step, 0.0))
        return math.floor(x)

    def _turn_page(self, position: float) -> None:
        """Draw all that does not move, if the cursor has left the stretch of time that is shown."""
        first, last = self.steps
        n_pages = math.ceil((last - first) / self._page_steps)
        page = min(max(0, math.floor((position - first) / self._page_steps + TIMED)), n_pages - 1)
        if page == self._page:
            return
        self._page = page
        start = first + page * self._page_steps
        with matplotlib.rc_context(FILM_STYLE):
            for ax in self.time_axes:
                ax.set_xlim(start * self.content.per_step, (start + self._page_steps) * self.content.per_step)
            self._canvas.draw()
        self._background = self._canvas.copy_from_bbox(self._canvas.figure.bbox)

    def _draw_left(self, place: Any, picture_px: tuple[int, int]) -> None:
        """Draw the environment, the action taken, and the clocks."""
        bars = 0.5 + ActionBars.height_of(self.content.labels)
        # Parts of their own: the names beside the bars take no width from the picture.
        above, middle, below = place.subfigures(3, 1, height_ratios=(4.4 - bars, bars, 0.75))
        picture, now = above.subplots(), middle.subplots()
        picture.set_axis_off()
        width, height = picture_px
        blank = np.zeros((height, width, 3), np.uint8)
        self._image = picture.imshow(blank, animated=True, interpolation="antialiased")
        self._bars = ActionBars(now, self.content.labels, self.content.actions)
        self._clocks = below.text(0.04, 0.95, "", va="top", ha="left", animated=True, linespacing=1.45)

    def _draw_right(self, place: Any) -> list[Axes]:
        """Draw the panels over time; return their axes, the lowest last."""
        content = self.content
        panels = [*action_panels(content.actions, content.labels, MOST_CURVES), *content.membranes]
        if content.network is None:
            panels = [*content.observed, *panels]
        heights = [float(np.clip(panel.height_inch, 0.7, 1.2)) for panel in panels]
        has_raster = content.network is not None and content.spikes is not None
        axes = place.subplots(
            len(panels) + has_raster,
            1,
            sharex=True,
            squeeze=False,
            height_ratios=[*heights, *([RASTER_INCH] if has_raster else [])],
        )[:, 0]
        edges = np.arange(len(content.actions) + 1) * content.per_step
        for panel, ax in zip(panels, axes, strict=False):
            # Only a few of many steps are in view at once: each is shown.
            shown = replace(panel, most_stairs=len(content.actions)) if isinstance(panel, Curve) else panel
            shown.draw(ax, edges)
            _name_above(ax)
        if has_raster:
            share = RASTER_INCH / (sum(heights) + RASTER_INCH)
            self._draw_raster(axes[-1], edges, share * COLUMN_INCH)
        else:
            axes[-1].set_xlabel("environment step")
        if content.step_s is not None:
            _axis_above(axes[0], "environment time (s)", content.step_s / content.per_step)
        elif content.network is not None:
            _axis_above(axes[0], "environment step", 1.0 / content.per_step)
        return list(axes)

    def _draw_raster(self, ax: Axes, edges: np.ndarray, height_inch: float) -> None:
        content = self.content
        assert content.network is not None
        assert content.spikes is not None
        plot_spikes(
            content.spikes,
            content.network,
            content.labels,
            edges,
            neurons=content.neurons,
            ax=ax,
            height_inch=height_inch,
            n_in_view=self._page_steps,
        )
        ax.set_ylabel("")

    def _clock_text(self, position: float, n_done: int) -> str:
        content = self.content
        lines = [f"step {n_done} of {len(content.actions)}"]
        if content.network is not None:
            lines.append(f"network: {position * content.window_ms:.0f} ms of biological time")
        if content.step_s is None:
            lines.append("environment: its steps have no unit of time")
        else:
            lines.append(f"environment: {n_done * content.step_s:.2f} s")
        return "\n".join(lines)


def _name_above(ax: Axes) -> None:
    """Write the name of a panel above it, where it takes no width."""
    name = " ".join(ax.get_ylabel().split())
    ax.set_ylabel("")
    ax.set_title(name, loc="left", pad=2.0)


def _axis_above(ax: Axes, label: str, scale: float) -> None:
    """Add an axis at the top, with its label at the right, in one line with the panel's name where there is space."""
    axis_above(ax, label, scale=scale)
    upper = ax.child_axes[-1]
    upper.set_xlabel(label, loc="right")
    name = ax.get_title(loc="left")
    if len(name) <= SHORT_NAME:
        ax.set_title(name, loc="left", y=1.0, pad=20.0)
