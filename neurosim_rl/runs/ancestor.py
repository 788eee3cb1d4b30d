"""Ancestor of a run: the champion of another run, as a genome and the cost of its training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurosim_rl.records.entries import array_of, real_of, text_of, whole_of
from neurosim_rl.runs.files import reading_h5, writing_h5


@dataclass(frozen=True)
class Ancestor:
    """A genome at which a run starts, with the cost of its training.

    Parameters
    ----------
    vector : array, shape (n_genes,)
    n_evaluations, n_episodes : int
        Individuals evaluated and training episodes played in its run, those of its own ancestors included.
    n_steps : int or None
        Environment steps of these episodes; None: not known.
    seconds : float or None
        Wall-clock time of its training in s, ancestors included; None: not known.
    kind : str
        Kind of controller (see `neurosim_rl.measures.controllers`); empty: not known.
    """

    vector: np.ndarray
    n_evaluations: int = 0
    n_episodes: int = 0
    n_steps: int | None = None
    seconds: float | None = None
    kind: str = ""

    def write(self, path: Path) -> None:
        """Write the file. A failed write leaves no file."""
        with writing_h5(path, "ancestor") as file:
            file["vector"] = self.vector
            file.attrs["n_evaluations"], file.attrs["n_episodes"] = self.n_evaluations, self.n_episodes
            file.attrs["kind"] = self.kind
            # HDF5 attributes have no None: an unknown value is an absent attribute.
            for name in ("n_steps", "seconds"):
                value = getattr(self, name)
                if value is not None:
                    file.attrs[name] = value

    @classmethod
    def read(cls, path: Path) -> Ancestor:
        """Read the file.

        Raises
        ------
        RunFolderError
            When the file is missing or damaged.
        """
        with reading_h5(path, "ancestor") as file:
            attributes = file.attrs
            costs: dict[str, Any] = {}
            if "n_steps" in attributes:
                costs["n_steps"] = whole_of(attributes, "n_steps")
            if "seconds" in attributes:
                costs["seconds"] = real_of(attributes, "seconds")
            return cls(
                vector=array_of(file, "vector", "numbers", 1),
                n_evaluations=whole_of(attributes, "n_evaluations"),
                n_episodes=whole_of(attributes, "n_episodes"),
                kind=text_of(attributes, "kind") if "kind" in attributes else "",  # absent from older files
                **costs,
            )

    def __repr__(self) -> str:
        """Return one line."""
        return f"<Ancestor of {len(self.vector)} genes after {self.n_evaluations} evaluations>"
