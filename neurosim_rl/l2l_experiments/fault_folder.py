"""The folder ``faults`` in L2L's output folder: a text file for each individual that failed."""

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
    """Files of the folder ``faults``, and the marks of individuals that are being simulated.

    Parameters
    ----------
    path : Path
        Created with the first file.
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
        """Remove the files of a generation that an earlier experiment left."""
        for pattern in (f"generation-{generation}-*.txt", f".under-way-{generation}-*"):
            for path in self.path.glob(pattern):
                path.unlink()

    def assess(self, generation: int, n_individuals: int, n_may_fail: int) -> bool:
        """Return whether at least one individual of a generation has a fitness.

        Raises
        ------
        EvaluationError
            When more than `n_may_fail` individuals failed; the message has the first reason.
        """
        failed = [index for index in range(n_individuals) if self.file(generation, index).exists()]
        if len(failed) > n_may_fail:
            reason = self.file(generation, failed[0]).read_text(encoding="utf-8").partition("\n")[0]
            raise EvaluationError(
                f"{len(failed)} of {n_individuals} individuals of generation {generation} could not be evaluated: "
                f"{reason}. Repair the optimizee; tracebacks are in {self.path}."
            )
        return len(failed) < n_individuals

    @contextmanager
    def under_way(self, generation: int, index: int) -> Iterator[None]:
        """Keep a mark (an empty file) while an individual is simulated."""
        # A worker that dies inside cannot report its individual. Its mark stays, and the main process finds it there
        # (see `WatchedRunner.restart_individual`).
        self.path.mkdir(parents=True, exist_ok=True)
        mark = self._mark(generation, index)
        mark.touch()
        yield
        mark.unlink(missing_ok=True)

    def ended_under_way(self, generation: int, index: int) -> bool:
        """Return whether an individual's mark was left behind, and remove it."""
        mark = self._mark(generation, index)
        found = mark.exists()
        mark.unlink(missing_ok=True)
        return found

    def _mark(self, generation: int, index: int) -> Path:
        return self.path / f".under-way-{generation}-{index}"


def n_allowed_faults(n_individuals: int, any_success: bool, stop_run: bool) -> int:
    """Return how many individuals of a generation may fail before the experiment ends with an error.

    0 with L2L's ``stop_run``. Else all of them, but all but one until any individual has been evaluated: if all fail
    from the start, the optimizee is at fault.
    """
    if stop_run:
        return 0
    return n_individuals if any_success else n_individuals - 1
