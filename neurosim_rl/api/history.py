"""The history of a run as a pandas data frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neurosim_rl.records.history import History

if TYPE_CHECKING:
    import pandas as pd

UNITS = {
    "mean_return": "sum of rewards of an episode",
    "mean_length_steps": "environment steps of an episode",
    "n_steps": "environment steps",
    "validation_return": "sum of rewards of an episode",
    "generation_seconds": "s",
}
"""Units of the columns that have one, also in ``frame.attrs["units"]``."""


def history_frame(history: History | None, champion: tuple[int, int] | None = None) -> pd.DataFrame:
    """Return one row an individual.

    Parameters
    ----------
    history : History or None
        None: no generation is finished, and the frame has no rows.
    champion : tuple of int or None
        Generation and individual of the champion; None: not chosen yet.

    Returns
    -------
    pandas.DataFrame
        Columns: ``generation``, ``individual``, ``fitness``, ``mean_return`` and ``mean_length_steps`` of its training
        episodes (NaN where it failed), ``n_steps`` of all these, ``is_best`` of its generation, ``validation_return``
        of the best (NaN for others), ``generation_seconds`` of wall clock, ``failure`` (reason of a penalty fitness;
        empty: none) and ``is_champion``.
    """
    import pandas as pd

    if history is None:
        columns = ["generation", "individual", "fitness", *list(UNITS)[:3], "is_best", *list(UNITS)[3:]]
        frame = pd.DataFrame(columns=[*columns, "failure", "is_champion"])
        frame.attrs["units"] = dict(UNITS)
        return frame
    row = history.generation - history.number[0]  # of each individual's generation
    is_best = history.individual == history.best_individual[row]
    failed = history.failure != ""
    n_steps = history.lengths.sum(axis=1)
    frame = pd.DataFrame(
        {
            "generation": history.generation,
            "individual": history.individual,
            "fitness": history.fitness,
            "mean_return": _mean_return(history),
            "mean_length_steps": np.where(failed, np.nan, n_steps / _n_episodes(history)),
            "n_steps": n_steps,
            "is_best": is_best,
            "validation_return": np.where(is_best, history.validation_return[row], np.nan),
            "generation_seconds": history.seconds[row],
            "failure": [text.partition("\n")[0] for text in history.failure],
            "is_champion": np.zeros(len(failed), bool),
        }
    )
    if champion is not None:
        frame["is_champion"] = (history.generation == champion[0]) & (history.individual == champion[1])
    frame.attrs["units"] = dict(UNITS)
    return frame


def _mean_return(history: History) -> np.ndarray:
    """Return the mean return of each individual's training episodes, shape (n_evaluations,)."""
    return history.returns.mean(axis=1)


def _n_episodes(history: History) -> np.ndarray:
    """Return the number of training episodes of each individual, shape (n_evaluations,).

    Columns of a history are episodes, or, where gradients train, environments in which several episodes ended.
    """
    ended = history.ended[history.generation - history.number[0]]
    n_columns = history.returns.shape[1]
    return np.where(ended < 0, n_columns, np.maximum(ended, 1))
