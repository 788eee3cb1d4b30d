"""Replays as CSV files: a table of environment steps, and a table of spikes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from neurosim_rl.api.replay import Replay
from neurosim_rl.api.series import TimeSeries
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.runs.files import make_folder, writing

if TYPE_CHECKING:
    import pandas as pd


def chosen_trials(n_recorded: int, episode: int | None) -> range:
    """Return the indices of the recorded episodes to export, from 0.

    Parameters
    ----------
    n_recorded : int
    episode : int or None
        Number of one episode, from 1; None: all.

    Raises
    ------
    ConfigurationError
        When there is no episode of this number.
    """
    if episode is None:
        return range(n_recorded)
    if not 1 <= episode <= n_recorded:
        raise ConfigurationError(f"episode {episode}: expected 1 to {n_recorded}, the recorded episodes.")
    return range(episode - 1, episode)


def write_episode_tables(champion: ChampionRecord, out: Path, *, episode: int | None = None) -> list[Path]:
    """Write recorded episodes of a champion into a folder; return the paths.

    ``episode-1-steps.csv``: a row for each environment step, with its time in ms, the observation before it, the
    action, the reward and the spikes of output neurons; the last row is the last observation alone. Units are in the
    header. ``episode-1-spikes.csv``: a row for each spike, with neuron, time in ms and population; policies without
    neurons have none.

    Parameters
    ----------
    champion : ChampionRecord
    out : path
        The folder; it is made if need be.
    episode : int or None
        Number of the recorded episode from 1; None: all.

    Raises
    ------
    ConfigurationError
        For an episode that is not recorded.
    RunFolderError
        When a file cannot be written.
    """
    recording, optimizee = champion.recorded(), champion.optimizee()
    trials = chosen_trials(len(recording.lengths), episode)
    make_folder(out)
    written = []
    for trial in trials:
        replay = Replay(optimizee, champion.vector, recording.trial(trial))
        tables = {"steps": steps_table(replay)}
        if optimizee.has_neurons:
            tables["spikes"] = replay.spikes.to_frame()
        for name, table in tables.items():
            path = out / f"episode-{trial + 1}-{name}.csv"
            with writing(path) as temporary:
                table.to_csv(temporary, index=name == "steps")
            written.append(path)
    return written


def steps_table(replay: Replay) -> pd.DataFrame:
    """Return the steps of a replay as one table (see `write_episode_tables`), with the time in ms as index (pandas)."""
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
