"""The history of a run: every evaluation of its generations, in memory and in HDF5."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import h5py
import numpy as np

_PER_EVALUATION = (
    *("generation", "individual", "genomes", "learned", "behaviour"),
    *("fitness", "returns", "lengths", "terminated", "failure"),
)


@dataclass(frozen=True)
class History:
    """All evaluations of some consecutive generations.

    One row an evaluation (n_evaluations): ``generation``, ``individual``, ``genomes`` (…, n_genes), ``learned`` (…,
    n_genes: the genome with the weights that it learned, where these are inherited; else (…, 0)), ``behaviour`` (…,
    n_descriptors: what an optimizer that looks for variety was told of it; else (…, 0)), ``fitness``, ``returns`` and
    ``lengths`` and ``terminated`` (…, n_episodes), ``failure`` (why an individual got the penalty, with the traceback;
    empty: it did not). Of training by gradients, the individual is the network after a generation,
    and a column of ``returns``, ``lengths`` and ``terminated`` an environment (see `neurosim_rl.learning.PPO`).
    One row a generation (n_generations): ``number``, ``best_fitness``, ``mean_fitness``, ``best_individual``,
    ``validation_return`` (mean over validation starts of the best individual; NaN: none), ``seconds`` (wall clock),
    ``observed`` (…, 1 + 2 n_variables: how many observations its training episodes gave, their sum and that of their
    squares, where later normalisation depends on it; else (…, 0)), ``ended`` (how many training episodes ended in it,
    where columns of ``returns`` are environments; else -1: each column is an episode).
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
        """Let generations of which nothing was observed have a row each, and those whose episodes are columns."""
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
        return np.searchsorted(self.generation, self.number, side="right")

    @property
    def policies(self) -> np.ndarray:
        """Genomes as they are judged, shape (n_evaluations, n_genes): as learned, where that is inherited."""
        return self.learned if self.learned.shape[1] else self.genomes

    @property
    def n_episodes(self) -> int:
        """Number of training episodes."""
        in_columns = np.isin(self.generation, self.number[self.ended < 0])
        return int(self.returns[in_columns].size + np.maximum(self.ended, 0).sum())

    @property
    def n_steps(self) -> int:
        """Number of environment steps of training; those of individuals that failed are not known, nor counted."""
        return int(self.lengths.sum())

    def of(self, generation: int) -> History:
        """Return one generation's part."""
        return self._part(self.generation == generation, self.number == generation)

    def before(self, generation: int) -> History:
        """Return the part before a generation."""
        return self._part(self.generation < generation, self.number < generation)

    def _part(self, rows: np.ndarray, row: np.ndarray) -> History:
        """Return some evaluations and generations."""
        return History(**{f.name: getattr(self, f.name)[rows if _is_per_row(f.name) else row] for f in fields(self)})

    @classmethod
    def join(cls, parts: Sequence[History]) -> History:
        """Return consecutive parts as one."""
        return cls(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)})

    def write(self, file: h5py.File) -> None:
        """Write into an open HDF5 file."""
        for f in fields(self):
            table = "evaluations" if _is_per_row(f.name) else "generations"
            if f.name == "failure":
                _write_texts(file, f"{table}/failure", self.failure)
            else:
                file.create_dataset(f"{table}/{f.name}", data=getattr(self, f.name))

    @classmethod
    def read(cls, file: h5py.File) -> History:
        """Read from an open HDF5 file."""
        names = {f.name: "evaluations" if _is_per_row(f.name) else "generations" for f in fields(cls)}
        del names["failure"]
        for name in ("observed", "ended"):
            if name not in file["generations"]:  # absent from older files
                del names[name]
        later = [names.pop(name) and name for name in ("learned", "behaviour")]  # absent from older files
        arrays = {name: file[f"{table}/{name}"][()] for name, table in names.items()}
        for name in later:
            is_there = name in file["evaluations"]
            arrays[name] = file[f"evaluations/{name}"][()] if is_there else nothing_learned(len(arrays["fitness"]))
        return cls(**arrays, failure=_read_texts(file, "evaluations/failure", len(arrays["fitness"])))


def _is_per_row(name: str) -> bool:
    return name in _PER_EVALUATION


def nothing_learned(n_evaluations: int) -> np.ndarray:
    """Return the learned genomes of a generation in which nothing is inherited, shape (n_evaluations, 0)."""
    return np.zeros((n_evaluations, 0))


def _write_texts(file: h5py.File, name: str, texts: np.ndarray) -> None:
    """Write texts of which nearly all are empty: the others and their rows."""
    rows = np.flatnonzero(texts != "")
    file.create_dataset(f"{name}/row", data=rows)
    file.create_dataset(f"{name}/text", data=[str(t) for t in texts[rows]], dtype=h5py.string_dtype())


def _read_texts(file: h5py.File, name: str, n_rows: int) -> np.ndarray:
    texts = np.full(n_rows, "", dtype=object)
    if name in file:  # absent from files of format 1
        texts[file[f"{name}/row"][()]] = file[f"{name}/text"].asstr()[()]
    return texts
