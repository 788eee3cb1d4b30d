"""The history of a run: all evaluations of its generations, in memory and in HDF5."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import h5py
import numpy as np

from neurosim_rl.records.entries import array_of, check_equal, check_within, texts_of

_PER_EVALUATION = (
    *("generation", "individual", "genomes", "learned", "behaviour"),
    *("fitness", "returns", "lengths", "terminated", "failure"),
)
_TABLES = ("genomes", "learned", "behaviour", "returns", "lengths", "terminated", "observed")
"""Fields with a row of several values for each evaluation or generation."""
_WHOLE = ("generation", "individual", "lengths", "number", "best_individual", "ended")
_MISSING_IN_OLD_FILES = ("learned", "behaviour", "observed", "ended")


@dataclass(frozen=True)
class History:
    """All evaluations of some consecutive generations.

    In training by gradients, the individual of a generation is the network at its end, and a column of ``returns``,
    ``lengths`` and ``terminated`` is an environment and not an episode (see `neurosim_rl.learning.PPO`).

    Parameters
    ----------
    generation, individual : int array, shape (n_evaluations,)
    genomes : array, shape (n_evaluations, n_genes)
    learned : array, shape (n_evaluations, n_genes) or (n_evaluations, 0)
        Genomes with the learned weights, where offspring inherit them.
    behaviour : array, shape (n_evaluations, n_descriptors) or (n_evaluations, 0)
        Descriptors for an optimizer that searches for variety.
    fitness : array, shape (n_evaluations,)
    returns, lengths, terminated : array, shape (n_evaluations, n_episodes)
    failure : object array of str, shape (n_evaluations,)
        Reason and traceback of an individual with the penalty; "" for all others.
    number : int array, shape (n_generations,)
        Number of each generation.
    best_fitness, mean_fitness : array, shape (n_generations,)
        Of each generation.
    best_individual : int array, shape (n_generations,)
        The individual with the best fitness, or the one that the optimizer names as its candidate (such as the mean of
        its distribution).
    validation_return : array, shape (n_generations,)
        Mean return of the best individual over the validation starts; NaN: it was not validated.
    seconds : array, shape (n_generations,)
        Wall clock time.
    observed : array, shape (n_generations, 1 + 2 n_variables) or (n_generations, 0)
        Number of observations in training, their sums and the sums of their squares, where later normalisation
        depends on them.
    ended : int array, shape (n_generations,)
        Number of training episodes that ended in the generation, where columns are environments; else -1.
    """

    generation: np.ndarray
    individual: np.ndarray
    genomes: np.ndarray
    learned: np.ndarray
    behaviour: np.ndarray
    fitness: np.ndarray
    returns: np.ndarray
    lengths: np.ndarray
    terminated: np.ndarray
    failure: np.ndarray
    number: np.ndarray
    best_fitness: np.ndarray
    mean_fitness: np.ndarray
    best_individual: np.ndarray
    validation_return: np.ndarray
    seconds: np.ndarray
    observed: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    ended: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))

    def __post_init__(self) -> None:
        """Give the default arrays of ``ended`` and ``observed`` one row for each generation."""
        if not self.ended.size:
            object.__setattr__(self, "ended", np.full(len(self.number), -1))
        if not self.observed.size:
            object.__setattr__(self, "observed", np.zeros((len(self.number), 0)))

    @property
    def n_generations(self) -> int:
        """Number of generations."""
        return len(self.number)

    @property
    def n_evaluations(self) -> int:
        """Number of evaluated individuals."""
        return len(self.generation)

    @property
    def n_evaluated(self) -> np.ndarray:
        """Number of individuals evaluated by the end of each generation, shape (n_generations,)."""
        # Evaluations are sorted by generation: the position after the last one of a generation is the number so far.
        return np.searchsorted(self.generation, self.number, side="right")

    @property
    def policies(self) -> np.ndarray:
        """Genomes for validation, shape (n_evaluations, n_genes): with learned weights, where these are inherited."""
        if self.learned.shape[1]:
            return self.learned
        return self.genomes

    @property
    def n_episodes(self) -> int:
        """Number of training episodes."""
        in_columns = np.isin(self.generation, self.number[self.ended < 0])  # evaluations with a column for each episode
        n_counted = np.maximum(self.ended, 0).sum()
        return int(self.returns[in_columns].size + n_counted)

    @property
    def n_steps(self) -> int:
        """Number of environment steps in training; steps of individuals that failed are unknown and not counted."""
        return int(self.lengths.sum())

    def of(self, generation: int) -> History:
        """Return the part with one generation."""
        return self._part(self.generation == generation, self.number == generation)

    def before(self, generation: int) -> History:
        """Return the part before a generation."""
        return self._part(self.generation < generation, self.number < generation)

    def _part(self, rows: np.ndarray, row: np.ndarray) -> History:
        """Return the part with some evaluations (``rows``) and some generations (``row``)."""
        arrays: dict[str, Any] = {}
        for f in fields(self):
            kept = rows if _is_per_evaluation(f.name) else row
            arrays[f.name] = getattr(self, f.name)[kept]
        return History(**arrays)

    @classmethod
    def join(cls, parts: Sequence[History]) -> History:
        """Return consecutive parts as one history."""
        arrays: dict[str, Any] = {}
        for f in fields(cls):
            arrays[f.name] = np.concatenate([getattr(part, f.name) for part in parts])
        return cls(**arrays)

    def write(self, file: h5py.File) -> None:
        """Write into an open HDF5 file."""
        for f in fields(self):
            table = _group(f.name)
            if f.name == "failure":
                _write_texts(file, f"{table}/failure", self.failure)
            else:
                file.create_dataset(f"{table}/{f.name}", data=getattr(self, f.name))

    @classmethod
    def read(cls, file: h5py.File) -> History:
        """Read from an open HDF5 file."""
        arrays: dict[str, Any] = {}
        for f in fields(cls):
            place = f"{_group(f.name)}/{f.name}"
            is_missing = f.name in _MISSING_IN_OLD_FILES and place not in file
            if f.name != "failure" and not is_missing:
                arrays[f.name] = array_of(file, place, _kind(f.name), 2 if f.name in _TABLES else 1)
        n_evaluations = len(arrays["fitness"])
        for name in ("learned", "behaviour"):  # the dataclass has defaults for ``observed`` and ``ended``
            arrays.setdefault(name, nothing_learned(n_evaluations))
        history = cls(**arrays, failure=_read_texts(file, "evaluations/failure", n_evaluations))
        history._check()
        return history

    def _check(self) -> None:
        """Raise ValueError unless rows belong together."""
        for f in fields(self):
            n_rows = self.n_evaluations if _is_per_evaluation(f.name) else self.n_generations
            check_equal(f.name, len(getattr(self, f.name)), n_rows)
        check_equal("learned", self.learned.shape[1], self.genomes.shape[1] if self.learned.size else 0)
        for name in ("lengths", "terminated"):
            check_equal(name, getattr(self, name).shape, self.returns.shape)
        if not self.n_generations:
            raise ValueError("it holds no generation")
        check_within("number", self.number, 0, 2**31)
        check_within("lengths", self.lengths, 0, 2**40)
        if not np.array_equal(np.unique(self.generation), self.number) or np.any(np.diff(self.generation) < 0):
            raise ValueError("its evaluations are not those of its generations")
        _, n_individuals = np.unique(self.generation, return_counts=True)
        if np.any(self.best_individual < 0) or np.any(self.best_individual >= n_individuals):
            raise ValueError("best_individual names an individual that is not there")

    def __repr__(self) -> str:
        """Return one line."""
        if not self.n_generations:
            return "<History: no generation>"
        return (
            f"<History of {self.n_generations} generations from {self.number[0]} on, {self.n_evaluations} evaluations, "
            f"best fitness {self.best_fitness.max():.4g}>"
        )


def _group(name: str) -> str:
    """Return the HDF5 group of a field."""
    return "evaluations" if _is_per_evaluation(name) else "generations"


def _kind(name: str) -> str:
    """Return the kind of a field's values, as `array_of` names it."""
    if name == "terminated":
        return "booleans"
    return "whole numbers" if name in _WHOLE else "numbers"


def _is_per_evaluation(name: str) -> bool:
    return name in _PER_EVALUATION


def nothing_learned(n_evaluations: int) -> np.ndarray:
    """Return the empty array of learned genomes of a generation in which nothing is inherited."""
    return np.zeros((n_evaluations, 0))


def _write_texts(file: h5py.File, name: str, texts: np.ndarray) -> None:
    """Write texts, nearly all of them empty: only the others, with their rows."""
    rows = np.flatnonzero(texts != "")
    file.create_dataset(f"{name}/row", data=rows)
    file.create_dataset(f"{name}/text", data=[str(t) for t in texts[rows]], dtype=h5py.string_dtype())


def _read_texts(file: h5py.File, name: str, n_rows: int) -> np.ndarray:
    texts = np.full(n_rows, "", dtype=object)
    if name in file:  # absent from files of format 1
        rows = array_of(file, f"{name}/row", "numbers", 1).astype(np.int64)  # floats where the list is empty
        check_within(name, rows, 0, n_rows - 1)
        texts[rows] = texts_of(file, f"{name}/text")
    return texts
