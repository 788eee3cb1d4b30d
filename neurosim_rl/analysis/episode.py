"""One recorded episode or trial: observed variables, firing rates of the output neurons, actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from neurosim_rl.analysis.caption import caption
from neurosim_rl.analysis.labels import Labels, unit_of, without_unit
from neurosim_rl.analysis.panels import MAX_CURVES, Curve, Panel, Rows, action_panels, align_names
from neurosim_rl.analysis.style import axis_above, colours, new_figure, styled

if TYPE_CHECKING:
    from neurosim_rl.records.recording import Recording


@styled
def draw_episode(
    recording: Recording,
    labels: Labels,
    *,
    window_ms: float,
    episode: int = 0,
    steps: tuple[int, int] | None = None,
    variables: Sequence[int] = (),
) -> Figure:
    """Draw observed variables, firing rates of the output neurons and actions, one below the other.

    Time runs in environment steps; the upper axis gives biological time in s, unless there are no neurons.

    Parameters
    ----------
    recording : Recording
    labels : Labels
    window_ms : float
        Biological time of an environment step.
    episode : int
        Number of the recorded episode or trial.
    steps : tuple of int or None
        First environment step to show, and the one after the last; None: all.
    variables : sequence of int
        Numbers of the observed variables to show; empty: all.
    """
    traces = recording.traces
    first, last = steps or (0, int(recording.lengths[episode]))
    panels = [
        *_observed(traces.observations[episode, first : last + 1], labels, variables),
        *_rates(traces.counts[episode, first:last] / (window_ms * 1e-3), labels),
        *action_panels(traces.actions[episode, first:last], labels),
    ]
    heights = [panel.height_inch for panel in panels]
    figure = new_figure(9.0, 1.3 + sum(heights))
    axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for panel, ax in zip(panels, axes, strict=True):
        panel.draw(ax, np.arange(first, last + 1))
    axes[0].set_xlim(first, last)
    axes[-1].set_xlabel("environment step")
    if traces.counts.shape[2]:  # a policy without neurons has no output neurons, and no biological time
        axes[-1].set_xlabel(f"environment step (each is {window_ms:g} ms of biological time)")
        axis_above(axes[0], "biological time (s)", scale=window_ms * 1e-3)
    align_names(list(axes))
    figure.suptitle(caption(recording, episode, (first, last)))
    return figure


def _observed(values: np.ndarray, labels: Labels, variables: Sequence[int]) -> Sequence[Panel]:
    shown = list(variables) or list(range(len(labels.observations)))
    names, values = [labels.observations[k] for k in shown], values[:, shown]
    if len(names) <= MAX_CURVES:
        return [Curve(name, values[:, k]) for k, name in enumerate(names)]
    low, high = values.min(axis=0), values.max(axis=0)
    # A constant variable has no range to divide by.
    share = (values - low) / np.where(high > low, high - low, 1.0)
    ranges = []
    for name, lowest, highest in zip(names, low, high, strict=True):
        ranges.append(f"{lowest:.2g} to {highest:.2g} {unit_of(name)}".rstrip())
    rows = [without_unit(name) for name in names]
    scale = "from its lowest (0) to its highest (1) value"
    return [Rows("observed variable, and its lowest and highest value", rows, share[:-1], scale, ranges)]


def _rates(rates_hz: np.ndarray, labels: Labels) -> Sequence[Panel]:
    names = labels.outputs
    if not names:
        return []
    if len(names) > MAX_CURVES:
        return [Rows("output neuron", names, rates_hz, "firing rate (Hz)")]
    limits = (0.0, 1.05 * max(float(rates_hz.max()), 1.0))
    palette = colours(len(names))
    panels = []
    for k, name in enumerate(names):
        panels.append(Curve(f"firing rate,\n{name} (Hz)", rates_hz[:, k], palette[k], limits))
    return panels
