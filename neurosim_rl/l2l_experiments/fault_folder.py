"""The folder ``faults`` in L2L's output folder: a readable file for each individual that failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurosim_rl.errors import EvaluationError
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

    def forget(self, generation: int) -> None:
        """Remove what an earlier run says about a generation."""
        for path in [*self.path.glob(f"generation-{generation}-*.txt"), *self.path.glob(f".under-way-{generation}-*")]:
            path.unlink()

    def assess(self, generation: int, n_individuals: int, n_may_fail: int) -> bool:
        """Return whether any individual of a generation could be evaluated.

        Raises
        ------
        EvaluationError
            When more than `n_may_fail` could not; tells the first reason.
        """
        failed = [index for index in range(n_individuals) if self.file(generation, index).exists()]
        if len(failed) > n_may_fail:
            reason = self.file(generation, failed[0]).read_text(encoding="utf-8").partition("\n")[0]
            raise EvaluationError(
                f"{len(failed)} of {n_individuals} individuals of generation {generation} could not be evaluated: "
                f"{reason}. Mend the optimizee; tracebacks are in {self.path}."
            )
        return len(failed) < n_individuals

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


def n_allowed_faults(n_individuals: int, any_success: bool, stop_run: bool) -> int:
    """Return how many individuals of a generation may fail before going on makes no sense.

    None with L2L's ``stop_run``; all but one as long as none ever could be evaluated; else all.
    """
    return 0 if stop_run else n_individuals - (not any_success)
