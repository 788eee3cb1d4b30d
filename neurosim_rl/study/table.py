"""A study's results: one row a run, in one HDF5 file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from neurosim_rl.optimizees import Configuration
from neurosim_rl.records.history import History
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.runs.files import reading_h5, writing_h5
from neurosim_rl.study.specification import settings_digest

N_CURVE = 60
"""Most points of a learning curve."""

_NUMBERS = ("seed", "n_evaluations", "n_episodes", "n_steps", "n_parameters")
_TEXTS = ("name", "problem", "settings", "sha256")


@dataclass(frozen=True)
class Row:
    """What came of one run.

    Parameters
    ----------
    name : str
        Of its folder.
    values : dict of str to str
        Where in the grid it stands.
    seed : int
    n_evaluations, n_episodes, n_steps, n_parameters : int
        Individuals evaluated, training episodes, environment steps in them, and genes. Like ``seconds`` and the
        learning curve they are the run's own: what it took to find a champion that it goes on from is not counted.
    seconds : float
        Wall clock of all generations; depends on the machine, and is shared by runs that were made together.
    returns : array, shape (n_trials,)
        Of the champion over unseen starts, the mean over each trial's episodes; empty if the run failed.
    success_rate : float
        NaN where the run failed, or the task does not say what success is.
    evaluations, validation, fitness : array, shape (n_points,)
        Learning curve: individuals evaluated so far, and then the validation return and the fitness of the best of
        that generation.
    sha256 : str
        Of the champion's genome.
    settings : str
        Digest of all settings of the run that may change results (see `settings_digest`); of the run and not of its
        champion, which holds what it was normalised by.
    problem : str
        Why the run failed; empty: it did not.
    """

    name: str
    values: dict[str, str]
    seed: int
    n_evaluations: int = 0
    n_episodes: int = 0
    n_steps: int = 0
    n_parameters: int = 0
    seconds: float = 0.0
    returns: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    success_rate: float = float("nan")
    evaluations: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    validation: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    fitness: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    sha256: str = ""
    settings: str = ""
    problem: str = ""

    @property
    def mean_return(self) -> float:
        """Mean return over unseen starts; NaN if the run failed."""
        return float(self.returns.mean(dtype=np.float64)) if len(self.returns) else float("nan")

    @classmethod
    def of(
        cls, name: str, values: dict[str, str], config: Configuration, champion: ChampionRecord, history: History
    ) -> Row:
        """Return the row of a finished run.

        Parameters
        ----------
        name : str
        values : dict of str to str
        config : Configuration
            The run's.
        champion : ChampionRecord
        history : History
        """
        success_rate = champion.unseen.success_rate
        shown = np.unique(np.linspace(0, history.n_generations - 1, N_CURVE).round().astype(int))
        return cls(
            name=name,
            values=values,
            seed=config.seed,
            n_evaluations=history.n_evaluations,
            n_episodes=history.n_episodes,
            n_steps=history.n_steps,
            n_parameters=len(champion.vector),
            seconds=float(history.seconds.sum()),
            returns=champion.unseen.trial_returns.astype(np.float32),
            success_rate=float("nan") if success_rate is None else success_rate,
            evaluations=history.n_evaluated[shown],
            validation=history.validation_return[shown].astype(np.float32),
            fitness=history.best_fitness[shown].astype(np.float32),
            sha256=champion.sha256,
            settings=settings_digest(config),
        )


@dataclass(frozen=True)
class StudyTable:
    """All rows of a study so far, and the study's own text.

    Parameters
    ----------
    rows : tuple of Row
    specification : str
        The TOML file that the study was made from.
    provenance : dict
        Versions, command, host.
    """

    rows: tuple[Row, ...] = ()
    specification: str = ""
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        """Runs that are done."""
        return {row.name for row in self.rows}

    def write(self, path: Path) -> None:
        """Write the table, whole or not at all."""
        rows = sorted(self.rows, key=lambda row: row.name)
        with writing_h5(path, "study") as file:
            file.attrs["specification"] = self.specification
            file.attrs["provenance"] = json.dumps(self.provenance)
            for column in _TEXTS:
                _write_texts(file, column, [getattr(row, column) for row in rows])
            _write_texts(file, "values", [json.dumps(row.values) for row in rows])
            for column in _NUMBERS:
                file[column] = np.array([getattr(row, column) for row in rows], dtype=np.int64)
            for column in ("seconds", "success_rate"):
                file[column] = np.array([getattr(row, column) for row in rows], dtype=np.float32)
            for column in ("returns", "evaluations", "validation", "fitness"):
                _write_ragged(file, column, [getattr(row, column) for row in rows])

    @classmethod
    def read(cls, path: Path) -> StudyTable:
        """Read a table.

        Raises
        ------
        RunFolderError
            When the file is missing, cut, changed or foreign.
        """
        with reading_h5(path, "study") as file:
            columns: dict[str, Sequence[Any]] = {name: file[name].asstr()[()] for name in _TEXTS}
            columns |= {name: file[name][()].tolist() for name in (*_NUMBERS, "seconds", "success_rate")}
            columns |= {name: _read_ragged(file[name]) for name in ("returns", "evaluations", "validation", "fitness")}
            columns["values"] = [json.loads(text) for text in file["values"].asstr()[()]]
            rows = tuple(Row(**dict(zip(columns, cells, strict=True))) for cells in zip(*columns.values(), strict=True))
            return cls(rows, str(file.attrs["specification"]), json.loads(file.attrs["provenance"]))


def _write_texts(file: h5py.File, name: str, texts: list[str]) -> None:
    file.create_dataset(name, data=texts, shape=(len(texts),), dtype=h5py.string_dtype())


def _write_ragged(file: h5py.File, name: str, arrays: list[np.ndarray]) -> None:
    """Write arrays of different lengths: end to end, and where each ends."""
    joined = np.concatenate(arrays) if arrays else np.zeros(0, np.float32)
    file.create_dataset(f"{name}/joined", data=joined, compression="gzip" if joined.size else None, shuffle=True)
    file[f"{name}/ends"] = np.cumsum([len(array) for array in arrays]).astype(np.int64)


def _read_ragged(group: h5py.Group) -> list[np.ndarray]:
    ends = group["ends"][()]
    return np.split(group["joined"][()], ends[:-1]) if len(ends) else []
