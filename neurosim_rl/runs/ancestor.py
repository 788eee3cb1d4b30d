"""The champion of another run from which a run goes on: its genome, and what it took to find it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neurosim_rl.runs.files import reading_h5, writing_h5


@dataclass(frozen=True)
class Ancestor:
    """A genome that a run goes on from.

    Parameters
    ----------
    vector : array, shape (n_genes,)
    n_evaluations, n_episodes : int
        Individuals evaluated, and training episodes played, until it was found, by its own ancestors too.
    n_steps : int or None
        Environment steps of these; None: not known.
    seconds : float or None
        Wall-clock time of these in s; None: not known.
    kind : str
        Of controller (see `neurosim_rl.measures.controllers`); empty: not known.
    """

    vector: np.ndarray
    n_evaluations: int = 0
    n_episodes: int = 0
    n_steps: int | None = None
    seconds: float | None = None
    kind: str = ""

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        with writing_h5(path, "ancestor") as file:
            file["vector"] = self.vector
            file.attrs["n_evaluations"], file.attrs["n_episodes"] = self.n_evaluations, self.n_episodes
            file.attrs["kind"] = self.kind
            for name in ("n_steps", "seconds"):
                if getattr(self, name) is not None:
                    file.attrs[name] = getattr(self, name)

    @classmethod
    def read(cls, path: Path) -> Ancestor:
        """Read the file.

        Raises
        ------
        RunFolderError
            When it is missing or damaged.
        """
        with reading_h5(path, "ancestor") as file:
            return cls(
                vector=file["vector"][()],
                n_evaluations=int(file.attrs["n_evaluations"]),
                n_episodes=int(file.attrs["n_episodes"]),
                n_steps=int(file.attrs["n_steps"]) if "n_steps" in file.attrs else None,
                seconds=float(file.attrs["seconds"]) if "seconds" in file.attrs else None,
                kind=str(file.attrs.get("kind", "")),  # absent from older files
            )

    def __repr__(self) -> str:
        """Return one line."""
        return f"<Ancestor of {len(self.vector)} genes after {self.n_evaluations} evaluations>"
