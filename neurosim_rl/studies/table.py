"""Table of a study: one row for each run, in one HDF5 file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from neurosim_rl.optimizees import Configuration
from neurosim_rl.records.entries import array_of, check_equal, table_of, text_of, texts_of
from neurosim_rl.records.history import History
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.runs.files import compression, reading_h5, writing_h5
from neurosim_rl.runs.run_list import plain_name
from neurosim_rl.studies.settings_digest import settings_digest

N_CURVE = 60
"""Largest number of points of a learning curve."""

_NUMBERS = ("seed", "n_evaluations", "n_episodes", "n_steps", "n_parameters")
_MEASURED = ("seconds", "success_rate")
_ADDED = ("spikes_per_action",)
"""Measured columns that were added later: NaN where an older table has none."""
_RAGGED = ("returns", "evaluations", "validation", "fitness")
_TEXTS = ("name", "problem", "settings", "sha256")


@dataclass(frozen=True)
class Row:
    """Returns, effort and learning curve of one run.

    Parameters
    ----------
    name : str
        Name of the run folder.
    values : dict of str to str
        The run's value of each key of the grid.
    seed : int
    n_evaluations, n_episodes, n_steps, n_parameters : int
        Numbers of individuals evaluated, of training episodes, of environment steps in these, and of genes. For a run
        from an earlier champion (``ancestor``), these numbers, ``seconds`` and the learning curve do not include the
        training of that champion.
    seconds : float
        Wall clock time of all generations. It depends on the machine, and runs in lockstep share their time.
    returns : array, shape (n_trials,)
        Mean return of each trial of the champion on unseen starts, without failed trials; empty if the run failed.
    success_rate : float
        NaN if the run failed, or the task does not define success.
    spikes_per_action : float
        Spikes of all neurons and spike sources for each action, in the champion's recorded episodes; 0 without neurons.
        NaN if the run failed, or the table was written before there was such a column.
    evaluations, validation, fitness : array, shape (n_points,)
        Learning curve: individuals evaluated so far, and the validation return and fitness of the generation's best.
    sha256 : str
        Digest of the champion's genome.
    settings : str
        Digest of all settings of the run that may change its result (see `settings_digest`). It belongs to the run and
        not to the champion, which also contains measured bounds.
    problem : str
        Reason why the run failed; "" if it did not.
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
    spikes_per_action: float = float("nan")
    evaluations: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    validation: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    fitness: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    sha256: str = ""
    settings: str = ""
    problem: str = ""

    @property
    def mean_return(self) -> float:
        """Mean return on unseen starts; NaN if the run failed."""
        if not len(self.returns):
            return float("nan")
        return float(self.returns.mean(dtype=np.float64))

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
            Configuration of the run.
        champion : ChampionRecord
        history : History
        """
        success_rate, returns = champion.unseen.success_rate, champion.unseen.trial_returns.astype(np.float32)
        problem = ""
        if np.isnan(returns).all():
            # Without returns a run cannot be compared with others: it counts as failed, and is tried again.
            problem = f"unseen starts failed: {champion.unseen.reason}"
        # Generations of the learning curve: all of them, or N_CURVE that are evenly spaced.
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
            returns=returns[~np.isnan(returns)],
            success_rate=float("nan") if success_rate is None else success_rate,
            spikes_per_action=champion.recording.spikes_per_action,
            evaluations=history.n_evaluated[shown],
            validation=history.validation_return[shown].astype(np.float32),
            fitness=history.best_fitness[shown].astype(np.float32),
            sha256=champion.sha256,
            settings=settings_digest(config),
            problem=problem,
        )


@dataclass(frozen=True)
class StudyTable:
    """All rows of a study so far, and the text of the study.

    Parameters
    ----------
    rows : tuple of Row
    specification : str
        Text of the study's TOML file.
    provenance : dict
        Versions, command, host.
    """

    rows: tuple[Row, ...] = ()
    specification: str = ""
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        """Names of the runs in the table."""
        return {row.name for row in self.rows}

    def write(self, path: Path) -> None:
        """Write the table, completely or not at all."""
        rows = sorted(self.rows, key=lambda row: row.name)
        with writing_h5(path, "study") as file:
            file.attrs["specification"] = self.specification
            file.attrs["provenance"] = json.dumps(self.provenance)

            def values_of(column: str) -> list[Any]:
                return [getattr(row, column) for row in rows]

            for column in _TEXTS:
                _write_texts(file, column, values_of(column))
            _write_texts(file, "values", [json.dumps(row.values) for row in rows])
            for column in _NUMBERS:
                file[column] = np.array(values_of(column), dtype=np.int64)
            for column in _MEASURED:
                file[column] = np.array(values_of(column), dtype=np.float32)
            for column in _ADDED:
                file[column] = np.array(values_of(column), dtype=np.float64)
            for column in _RAGGED:
                _write_ragged(file, column, values_of(column))

    @classmethod
    def read(cls, path: Path) -> StudyTable:
        """Read a table.

        Raises
        ------
        RunFolderError
            When the file is missing, cut, changed or foreign.
        """
        with reading_h5(path, "study") as file:
            columns: dict[str, Sequence[Any]] = {}
            for name in _TEXTS:
                columns[name] = texts_of(file, name)
            for name in _NUMBERS:
                columns[name] = array_of(file, name, "whole numbers", 1).tolist()
            for name in _MEASURED:
                columns[name] = array_of(file, name, "numbers", 1).tolist()
            for name in _ADDED:
                missing = [float("nan")] * len(columns["name"])
                columns[name] = array_of(file, name, "numbers", 1).tolist() if name in file else missing
            for name in _RAGGED:
                columns[name] = _read_ragged(file, name)
            columns["values"] = list(map(_read_values, texts_of(file, "values")))
            rows = [Row(**dict(zip(columns, row, strict=True))) for row in zip(*columns.values(), strict=True)]
            for row in rows:
                plain_name(row.name)  # the folder of this name may be removed
                check_equal("validation", len(row.validation), len(row.evaluations))
                check_equal("fitness", len(row.fitness), len(row.evaluations))
            return cls(tuple(rows), text_of(file.attrs, "specification"), table_of(file.attrs, "provenance"))

    def __repr__(self) -> str:
        """Return one line."""
        n_failed = sum(bool(row.problem) for row in self.rows)
        return f"<StudyTable of {len(self.rows)} runs, {n_failed} of them failed>"


def _write_texts(file: h5py.File, name: str, texts: list[str]) -> None:
    file.create_dataset(name, data=texts, shape=(len(texts),), dtype=h5py.string_dtype())


def _write_ragged(file: h5py.File, name: str, arrays: list[np.ndarray]) -> None:
    """Write arrays of different lengths: joined, with the end of each."""
    joined = np.concatenate(arrays) if arrays else np.zeros(0, np.float32)
    file.create_dataset(f"{name}/joined", data=joined, **compression(joined, shuffle=True))
    file[f"{name}/ends"] = np.cumsum(list(map(len, arrays))).astype(np.int64)


def _read_values(text: str) -> dict[str, str]:
    values = json.loads(text)
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise ValueError("values are no texts by key")
    return values


def _read_ragged(file: h5py.File, name: str) -> list[np.ndarray]:
    ends = array_of(file, f"{name}/ends", "whole numbers", 1)
    joined = array_of(file, f"{name}/joined", "numbers", 1)
    if not len(ends):
        return []
    if ends[-1] != len(joined) or np.any(np.diff(ends, prepend=0) < 0):
        raise ValueError(f"{name}/ends are no positions in {name}/joined")
    return np.split(joined, ends[:-1])
