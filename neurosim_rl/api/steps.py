"""Environment steps of a replay as one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurosim_rl.api.series import TimeSeries

if TYPE_CHECKING:
    import pandas as pd


def steps_frame(replay: Any) -> pd.DataFrame:
    """Return a row for each environment step of a replay, with the time in ms as index (pandas).

    Columns: ``step``, the observed variables before the step, the action, the reward, and the spikes of each output
    neuron, with units in the names. The last row is the last observation alone; the other values in it are NaN.

    Parameters
    ----------
    replay : Replay
    """
    import pandas as pd

    parts = [_with_units(series) for series in (replay.observations, replay.actions, replay.rewards)]
    if replay.optimizee.has_neurons:
        counts = _with_units(replay.counts)
        parts.append(counts.set_axis([f"spikes of {name}" for name in replay.counts.names], axis=1))
    table = pd.concat(parts, axis=1)
    table.insert(0, "step", range(len(table)))
    return table


def _with_units(series: TimeSeries) -> pd.DataFrame:
    """Return a series as a table with units in the names of its columns."""
    names = []
    for name, unit in zip(series.names, series.units, strict=True):
        names.append(name if unit in ("1", "spikes") else f"{name} ({unit})")
    return series.to_frame().set_axis(names, axis=1)
