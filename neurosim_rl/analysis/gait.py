"""Gait: spikes over two cycles of a movement, above actions and one observed variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurosim_rl.analysis.labels import Labels
from neurosim_rl.analysis.panels import Curve, action_panels
from neurosim_rl.analysis.raster import MOST_SPIKES, plot_raster, plot_rates
from neurosim_rl.analysis.style import GREY, new_figure, styled
from neurosim_rl.networks.network import Network

if TYPE_CHECKING:
    from neurosim_rl.records.recording import Recording
    from neurosim_rl.records.spikes import Spikes

LEAST_CORRELATION = 0.5
"""Least autocorrelation of a movement that repeats."""
LEAST_PROMINENCE = 0.3
"""Least prominence of a peak of the autocorrelation: small ripples on a slow drift are no gait."""
SHORTEST_STEPS = 3
WITHOUT_GAIT_STEPS = 50
"""Environment steps that are shown of an episode without a gait."""
RASTER_INCH = (3.0, 5.5)


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


@styled
def draw_gait(
    recording: Recording, network: Network, labels: Labels, *, window_ms: float, observed: int = 0, episode: int = 0
) -> Figure:
    """Draw the spikes of two cycles of a gait, from the middle of an episode, above actions and one observed variable.

    Where a neuron fires too often for single marks, firing rates in each environment step are drawn instead.

    The period is that of all observed variables in the second half of the episode. A cycle begins where the shown
    variable is highest. Without a gait, `WITHOUT_GAIT_STEPS` steps are shown, and the title says so.

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
    """
    n_steps = int(recording.lengths[episode])
    observations = recording.traces.observations[episode, :n_steps]
    period = gait_period(observations[n_steps // 2 :])
    first, last = _shown_steps(observations[:, observed], period)
    actions = recording.traces.actions[episode, first:last]
    panels = [
        *action_panels(actions, labels),
        Curve(labels.observations[observed], recording.traces.observations[episode, first : last + 1, observed]),
    ]
    raster_inch = float(np.clip(0.09 * network.n_neurons, *RASTER_INCH))
    heights = [raster_inch, *(panel.height_inch for panel in panels)]
    figure = new_figure(9.0, 1.0 + sum(heights))
    axes = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    edges_s = np.arange(first, last + 1) * window_ms * 1e-3
    spikes = _between(recording.spikes.of(episode), *edges_s[[0, -1]])
    if np.bincount(spikes.neuron, minlength=1).max() > MOST_SPIKES:
        plot_rates(spikes, network, labels, edges_s, ax=axes[0], height_inch=raster_inch)
    else:
        plot_raster(spikes, network, labels, ax=axes[0], height_inch=raster_inch)
    axes[0].set_xlabel("")
    for panel, ax in zip(panels, axes[1:], strict=True):
        panel.draw(ax, edges_s)
    axes[0].set_xlim(*edges_s[[0, -1]])
    axes[-1].set_xlabel(f"biological time (s); an environment step is {window_ms:g} ms")
    if period is not None:
        _mark_cycles(axes, edges_s[::period])
    figure.align_ylabels(axes)
    figure.suptitle(_title(period, window_ms, first, last, int(recording.start_seeds[episode])))
    return figure


def _shown_steps(observed: np.ndarray, period: int | None) -> tuple[int, int]:
    """Return first and last step: two cycles, which begin at a maximum near the middle of the episode.

    Two cycles always fit: no period is longer than half of the second half.
    """
    n_steps = len(observed)
    if period is None:
        first = max(0, (n_steps - WITHOUT_GAIT_STEPS) // 2)
        return first, min(n_steps, first + WITHOUT_GAIT_STEPS)
    middle = n_steps // 2
    first = middle + int(np.argmax(observed[middle : min(middle + period, n_steps)]))
    while first + 2 * period > n_steps:
        first -= period
    return first, first + 2 * period


def _between(spikes: Spikes, start_s: float, end_s: float) -> Spikes:
    """Return the spikes after `start_s` and up to `end_s`."""
    inside = (spikes.time_ms > start_s * 1e3) & (spikes.time_ms <= end_s * 1e3)
    return type(spikes)(spikes.element[inside], spikes.neuron[inside], spikes.step[inside], spikes.resolution_ms)


def _mark_cycles(axes: list[Axes], starts_s: np.ndarray) -> None:
    for ax in axes:
        for start_s in starts_s[1:]:
            ax.axvline(start_s, color=GREY, linewidth=1.0, linestyle="--", zorder=0)


def _title(period: int | None, window_ms: float, first: int, last: int, start_seed: int) -> str:
    where = f"environment steps {first} to {last} (start seed {start_seed})"
    if period is None:
        return f"No movement that repeats itself\n{where}"
    return f"Two cycles of a gait of {period} environment steps ({period * window_ms * 1e-3:.3g} s)\n{where}"
