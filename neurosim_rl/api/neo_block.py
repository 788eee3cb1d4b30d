"""A replay as a Neo block: spikes, membranes, observations, actions and rewards, with units and annotations."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim_rl.api.series import TimeSeries
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.settings.checks import require_extra

MOST_VALUES = 40_000_000
"""Most membrane values that one replay may have (320 MB)."""

UNITS = {
    **{unit: unit for unit in ("m", "s", "ms", "rad", "rad/s", "m/s", "m/s**2", "N", "Hz", "pA", "nA", "mV", "nS")},
    "N m": "N*m",
}
"""Units of labels that Neo has, and its names for them."""


def replay_block(replay: Any, *, membranes: bool = True) -> Any:
    """Return a `neo.Block` with one segment: all that was recorded, and membranes from a second play.

    Spike trains are those of `ReplaySpikes.to_neo`. Each observed variable, each dimension of the action and the reward
    is an analog signal with a sampling period of one window; ``membranes`` is one with a channel for each neuron that
    has a membrane. The annotation ``kind`` is ``observation``, ``action``, ``reward`` or ``membrane``; ``unit`` is the
    unit as text, because Neo knows no unit such as "m / step", and has 1 instead.

    Parameters
    ----------
    replay : Replay
        Of a model with neurons.
    membranes : bool
        Whether to record membranes.

    Raises
    ------
    ConfigurationError
        When the model has no neurons, or its membranes are too many (`MOST_VALUES`).
    MissingExtraError
        Without the extra ``[neo]``.
    """
    block = replay.spikes.to_neo()
    (segment,) = block.segments
    config = replay.optimizee.config
    facts = {"window_ms": config.window_ms, "resolution_ms": config.resolution_ms, "total_return": replay.total_return}
    segment.annotate(**facts, n_steps=len(replay))
    for kind, series in (("observation", replay.observations), ("action", replay.actions), ("reward", replay.rewards)):
        segment.analogsignals.extend(_signals(series, kind, config.window_ms))
    if membranes:
        segment.analogsignals.append(_membranes(replay))
    return block


def _signals(series: TimeSeries, kind: str, window_ms: float) -> list[Any]:
    """Return an analog signal for each column: units differ between columns."""
    neo = require_extra("neo", "neo")
    signals = []
    for k, (name, unit) in enumerate(zip(series.names, series.units, strict=True)):
        signals.append(
            neo.AnalogSignal(
                series.values[:, k : k + 1],
                units=known_unit(unit),
                sampling_period=neo_time(window_ms),
                t_start=neo_time(0.0),
                name=name,
                kind=kind,
                unit=unit,
            )
        )
    return signals


def _membranes(replay: Any) -> Any:
    neo = require_extra("neo", "neo")
    network, config = replay.optimizee.network(replay.vector), replay.optimizee.config
    n_values = len(replay) * config.window_ms / config.resolution_ms * network.n_neurons
    if n_values > MOST_VALUES:
        raise ConfigurationError(
            f"the membranes of {network.n_neurons} neurons in {len(replay)} windows are {n_values:.2g} values; "
            f"expected at most {MOST_VALUES:.0g}. Choose a shorter episode, or leave membranes out."
        )
    series = replay.membranes
    there = np.flatnonzero(np.isfinite(series.values).any(axis=0))  # spike sources have no membrane
    names = np.array([series.names[k] for k in there])
    return neo.AnalogSignal(
        series.values[:, there],
        units="mV",
        sampling_period=neo_time(config.resolution_ms),
        t_start=neo_time(float(series.time_ms[0])),
        name="membranes",
        kind="membrane",
        unit="mV",
        array_annotations={"neuron_name": names},
    )


def neo_time(time_ms: float) -> Any:
    """Return a time in ms as a quantity."""
    quantities = require_extra("quantities", "neo")
    return quantities.Quantity(time_ms, "ms")


def known_unit(unit: str) -> str:
    """Return a unit as Neo writes it; "dimensionless" for one that it does not know.

    Examples
    --------
    >>> known_unit("m/s"), known_unit("m / step")
    ('m/s', 'dimensionless')
    """
    return UNITS.get(unit.replace(" / ", "/"), "dimensionless")
