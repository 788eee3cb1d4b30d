"""Gait: spikes over two cycles of a movement, below one observed variable and the actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurosim_rl.analysis.caption import caption
from neurosim_rl.analysis.labels import Labels
from neurosim_rl.analysis.neuron_rows import neurons_that_may_spike
from neurosim_rl.analysis.panels import Curve, action_panels, align_names
from neurosim_rl.analysis.raster import plot_spikes
from neurosim_rl.analysis.style import GREY, axis_above, new_figure, styled
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.networks.network import Network

if TYPE_CHECKING:
    from neurosim_rl.records.recording import Recording

LEAST_CORRELATION = 0.5
"""Least autocorrelation of a movement that repeats."""
LEAST_PROMINENCE = 0.3
"""Least prominence of a peak of the autocorrelation: small ripples on a slow drift are no gait."""
SHORTEST_STEPS = 3
RASTER_INCH = (2.0, 6.0)
NO_GAIT = "no movement of the episode repeats itself"


def gait_period(signals: np.ndarray) -> int | None:
    """Return the period of a movement in steps; None: the movement does not repeat.

    The period is the lag of the highest peak of the signals' mean autocorrelation; of several peaks within 10 % of the
    highest, the earliest. Peaks below `LEAST_CORRELATION` or `LEAST_PROMINENCE`, and peaks at lags beyond half of the
    record, do not count.

    Parameters
    ----------
    signals : array, shape (n_steps, n_signals)
        Signals of the movement; constant signals are ignored.
    """
    centred = signals - signals.mean(axis=0)
    deviation = centred.std(axis=0)
    moving = deviation > 1e-9 * np.maximum(1.0, np.abs(signals).max(axis=0, initial=0.0))
    n_steps = len(signals)
    if n_steps < 2 * SHORTEST_STEPS or not moving.any():
        return None
    # Autocorrelation by the Wiener-Khinchin theorem; padding with zeros to twice the length keeps the ends apart.
    spectrum = np.abs(np.fft.rfft(centred[:, moving] / deviation[moving], 2 * n_steps, axis=0)) ** 2
    lags = np.arange(n_steps // 2 + 1)
    correlation = np.fft.irfft(spectrum, axis=0)[: len(lags)].mean(axis=1) / (n_steps - lags)
    from scipy.signal import find_peaks  # loaded here: SciPy takes long

    peaks, _ = find_peaks(correlation, height=LEAST_CORRELATION, prominence=LEAST_PROMINENCE)
    peaks = peaks[peaks >= SHORTEST_STEPS]
    if not len(peaks):
        return None
    return int(peaks[correlation[peaks] >= 0.9 * correlation[peaks].max()][0])


def recorded_period(recording: Recording, episode: int = 0) -> int | None:
    """Return the period of all observed variables in the second half of a recorded episode, as `gait_period`."""
    n_steps = int(recording.lengths[episode])
    return gait_period(recording.traces.observations[episode, n_steps // 2 : n_steps])


@styled
def draw_gait(
    recording: Recording, network: Network, labels: Labels, *, window_ms: float, observed: int = 0, episode: int = 0
) -> Figure:
    """Draw the spikes of two cycles of a gait, from the middle of an episode, below one variable and the actions.

    Where a neuron fires too often for single marks, firing rates in each environment step are drawn instead.

    The period is that of `recorded_period`. A cycle begins where the shown variable is highest.

    Parameters
    ----------
    recording : Recording
    network : Network
        That of the recording.
    labels : Labels
    window_ms : float
        Biological time of each environment step.
    observed : int
        Which observed variable.
    episode : int
        Which of the recorded episodes, or of the trials.

    Raises
    ------
    ConfigurationError
        When the episode has no movement that repeats itself.
    """
    n_steps = int(recording.lengths[episode])
    period = recorded_period(recording, episode)
    if period is None:
        raise ConfigurationError(f"{NO_GAIT}; expected one, such as the steps of a walking robot.")
    first, last = _shown_steps(recording.traces.observations[episode, :n_steps, observed], period)
    panels = [
        Curve(labels.observations[observed], recording.traces.observations[episode, first : last + 1, observed]),
        *action_panels(recording.traces.actions[episode, first:last], labels),
    ]
    spikes = recording.spikes.of(episode)
    neurons = neurons_that_may_spike(spikes, network, labels)
    n_rows = network.n_neurons if neurons is None else len(neurons)
    raster_inch = float(np.clip(0.14 * n_rows, *RASTER_INCH))
    heights = [*(panel.height_inch for panel in panels), raster_inch]
    figure = new_figure(9.0, 1.4 + sum(heights))
    axes = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    edges_s = np.arange(first, last + 1) * window_ms * 1e-3
    for panel, ax in zip(panels, axes, strict=False):
        panel.draw(ax, edges_s)
    plot_spikes(spikes, network, labels, edges_s, neurons=neurons, ax=axes[-1], height_inch=raster_inch)
    axes[0].set_xlim(*edges_s[[0, -1]])
    axis_above(axes[0], "environment step", scale=1e3 / window_ms)
    _mark_cycles(axes, edges_s[::period])
    align_names(list(axes))
    length_s = period * window_ms * 1e-3
    cycle = f"Two cycles of a gait of {period} environment steps ({length_s:.3g} s of biological time)"
    figure.suptitle(f"{cycle}\n{caption(recording, episode, (first, last))}")
    return figure


def _shown_steps(observed: np.ndarray, period: int) -> tuple[int, int]:
    """Return first and last step: two cycles, which begin at a maximum near the middle of the episode.

    Two cycles always fit: no period is longer than half of the second half.
    """
    n_steps = len(observed)
    middle = n_steps // 2
    first = middle + int(np.argmax(observed[middle : min(middle + period, n_steps)]))
    while first + 2 * period > n_steps:
        first -= period
    return first, first + 2 * period


def _mark_cycles(axes: list[Axes], starts_s: np.ndarray) -> None:
    for ax in axes:
        for start_s in starts_s[1:]:
            ax.axvline(start_s, color=GREY, linewidth=1.0, linestyle="--", zorder=0)
