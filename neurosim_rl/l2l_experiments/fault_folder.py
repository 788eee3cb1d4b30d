"""The folder ``faults`` in L2L's output folder: a readable file for each individual that failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurosim_rl.l2l_experiments.attempt import Fault


@dataclass(frozen=True)
class FaultFolder:
    """Knows every path in the folder.

    Parameters
    ----------
    path : Path
        Made when something is written.
    """

    path: Path

    @classmethod
    def of(cls, paths: Any) -> FaultFolder:
        """Return the folder that belongs to L2L's ``Paths``."""
        return cls(Path(paths.output_dir_path) / "faults")

    def file(self, generation: int, index: int) -> Path:
        """Return the path of an individual's file."""
        return self.path / f"generation-{generation}-individual-{index}.txt"

    def record(self, individual: Any, fault: Fault) -> None:
        """Add a fault to the file of L2L's individual."""
        self.path.mkdir(parents=True, exist_ok=True)
        name = f"generation {individual.generation}, individual {individual.ind_idx}"
        with self.file(individual.generation, individual.ind_idx).open("a", encoding="utf-8") as out:
            out.write(f"{name}: {fault.reason}\n\nIts parameters:\n")
            out.writelines(f"  {key} = {value}\n" for key, value in individual.params.items())
            out.write(f"\n{fault.trace}\n")

    @contextmanager
    def under_way(self, generation: int, index: int) -> Iterator[None]:
        """Keep a mark while an individual is simulated: it stays if that ends the process."""
        self.path.mkdir(parents=True, exist_ok=True)
        mark = self._mark(generation, index)
        mark.touch()
        yield
        mark.unlink(missing_ok=True)

    def ended_under_way(self, generation: int, index: int) -> bool:
        """Whether the individual's mark was left behind; it is taken away."""
        mark = self._mark(generation, index)
        found = mark.exists()
        mark.unlink(missing_ok=True)
        return found

    def _mark(self, generation: int, index: int) -> Path:
        return self.path / f".under-way-{generation}-{index}"
