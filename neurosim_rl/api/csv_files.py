"""Replays as CSV files: a table of environment steps, and a table of spikes."""

from __future__ import annotations

from pathlib import Path

from neurosim_rl.api.replay import Replay
from neurosim_rl.errors import ConfigurationError
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.runs.files import make_folder, writing


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

    ``episode-1-steps.csv``: a row for each environment step (see `Replay.to_frame`). ``episode-1-spikes.csv``: a row
    for each spike, with neuron, time in ms and population; policies without neurons have none.

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
        tables = {"steps": replay.to_frame()}
        if optimizee.has_neurons:
            tables["spikes"] = replay.spikes.to_frame()
        for name, table in tables.items():
            path = out / f"episode-{trial + 1}-{name}.csv"
            with writing(path) as temporary:
                table.to_csv(temporary, index=name == "steps")
            written.append(path)
    return written
