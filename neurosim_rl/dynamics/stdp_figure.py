"""Figure of plasticity: STDP window, dependence on the weight, traces, weight over many pairs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from neurosim_rl.analysis.saving import make_folder, save_figure
from neurosim_rl.analysis.style import BLUE, GREY, VERMILLION, axes_or_new, colours, new_figure, styled
from neurosim_rl.dynamics.paired_spikes import RESOLUTION_MS
from neurosim_rl.dynamics.stdp import StdpRecord
from neurosim_rl.dynamics.text import simulator_label

_MARKS: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 4.0}
_WINDOW_STRIDE = 4
"""Every fourth time difference is marked: more marks would hide the curve."""

_CURVE_POINTS = 1001
"""Points of the closed form over the weight: its bends at the limits are narrower than the simulated weights."""


@styled
def plot_window(record: StdpRecord, *, ax: Axes | None = None) -> Axes:
    """Plot the weight change by one pair of spikes against the time difference of the pair.

    Parameters
    ----------
    record : StdpRecord
    ax : Axes or None
        None: those of a new figure.
    """
    ax = axes_or_new(ax)
    window, percent = record.window, 100 / record.protocol.rule.w_max
    ax.axhline(0.0, color=GREY, linewidth=0.8)
    ax.axvline(0.0, color=GREY, linewidth=0.8)
    for k, side in enumerate((window.dt_ms < 0, window.dt_ms > 0)):
        label = "exponentials" if k else None
        ax.plot(window.dt_ms[side], percent * window.expected[side], color=BLUE, label=label)
    marked = np.arange(len(window.dt_ms)) % _WINDOW_STRIDE == 0
    ax.plot(
        window.dt_ms[marked],
        percent * window.change[marked],
        color="black",
        label=simulator_label(record.simulator),
        **_MARKS,
    )
    ax.set_xlabel("target's spike minus source's, at the synapse (ms)")
    ax.set_ylabel("weight change (% of the largest weight)")
    ax.set_title("STDP window")
    ax.legend(loc="upper left")
    return ax


@styled
def plot_dependence(record: StdpRecord, *, ax: Axes | None = None) -> Axes:
    """Plot the weight change by one pair against the weight before, for each exponent; see :func:`plot_window`."""
    ax = axes_or_new(ax)
    found, rule = record.dependence, record.protocol.rule
    percent, weight = 100 / rule.w_max, np.linspace(0.0, rule.w_max, _CURVE_POINTS)
    ax.axhline(0.0, color=GREY, linewidth=0.8)
    for k, (mu, colour) in enumerate(zip(found.exponents.tolist(), colours(len(found.exponents)), strict=True)):
        curve = replace(rule, mu_plus=mu, mu_minus=mu)
        for half, dt_ms in enumerate((found.dt_ms, -found.dt_ms)):
            label = "" if half else f"$\\mu$ = {mu:g}"
            ax.plot(percent * weight, percent * curve.pair_change(weight, dt_ms), color=colour, label=label)
            ax.plot(percent * found.weight, percent * found.change[half, k], color=colour, **_MARKS)
    ax.set_xlabel("weight before the pair (% of the largest)")
    ax.set_ylabel("weight change (% of the largest weight)")
    ax.set_title(f"pairs {found.dt_ms:g} ms apart: target last (above 0), first (below)")
    ax.set_ylim(top=1.6 * percent * float(found.expected.max()))
    lines, _ = ax.get_legend_handles_labels()
    mark = Line2D([], [], color="black", label=simulator_label(record.simulator), **_MARKS)
    ax.legend(handles=[*lines, mark], loc="upper center", ncols=len(lines) + 1, columnspacing=1.0, handlelength=1.5)
    return ax


@styled
def plot_traces(record: StdpRecord, *, ax: Axes | None = None) -> Axes:
    """Plot the traces of the reference, two pairs before and after their order changes; see :func:`plot_window`."""
    ax = axes_or_new(ax)
    p, course = record.protocol, record.course.course
    change, around = round(p.n_pairs * p.period_ms / RESOLUTION_MS), round(2 * p.period_ms / RESOLUTION_MS)
    shown = np.arange(max(change - around, 0), min(change + around, len(course.weight)))
    for trace, name, colour in ((course.pre_trace, "source", BLUE), (course.post_trace, "target", VERMILLION)):
        ax.plot((shown + 1) * RESOLUTION_MS / 1000, trace[shown], color=colour, label=name)
    ax.axvline(change * RESOLUTION_MS / 1000, color=GREY, linestyle="--")
    ax.set_xlabel("time (s)")
    ax.set_ylabel("trace at the synapse (each spike adds 1)")
    ax.set_title("traces, where the order of pairs changes")
    ax.set_ylim(0.0, 1.3 * float(max(course.pre_trace.max(), course.post_trace.max())))
    ax.legend(loc="upper center", ncols=2)
    return ax


@styled
def plot_course(record: StdpRecord, *, ax: Axes | None = None) -> Axes:
    """Plot the weight over many pairs: reference as a line, simulator as marks; see :func:`plot_window`."""
    ax = axes_or_new(ax)
    p, found, percent = record.protocol, record.course, 100 / record.protocol.rule.w_max
    time_s = np.arange(1, len(found.course.weight) + 1) * RESOLUTION_MS / 1000
    ax.plot(time_s, percent * found.course.weight, color=BLUE, label="reference")
    stride = max(len(found.step) // 25, 1)
    step, weight = found.step[::stride], percent * found.weight[::stride]
    ax.plot(time_s[step - 1], weight, color="black", label=simulator_label(record.simulator), **_MARKS)
    ax.axvline(p.n_pairs * p.period_ms / 1000, color=GREY, linestyle="--")
    ax.set_xlabel("time (s)")
    ax.set_ylabel("weight (% of the largest)")
    ax.set_title(f"{p.n_pairs} pairs of $+${p.pair_dt_ms:g} ms, then {p.n_pairs} of $-${p.pair_dt_ms:g} ms")
    ax.legend(loc="lower left")
    return ax


@styled
def draw_stdp(record: StdpRecord) -> Figure:
    """Draw window and dependence on the weight above traces and weight over many pairs."""
    figure = new_figure(11.5, 9.2)
    (window, dependence), (traces, course) = figure.subplots(2, 2)
    plot_window(record, ax=window)
    plot_dependence(record, ax=dependence)
    plot_traces(record, ax=traces)
    plot_course(record, ax=course)
    return figure


def write_stdp(record: StdpRecord, out: Path) -> Path:
    """Draw ``stdp.png`` into a folder and return its path.

    Raises
    ------
    RunFolderError
        When it cannot be written.
    """
    make_folder(out)
    return save_figure(draw_stdp(record), out / "stdp.png")
