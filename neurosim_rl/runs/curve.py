"""The curve of a run: what its history holds of each generation, and its failures, small enough to keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from neurosim_rl.errors import RunFolderError
from neurosim_rl.records.history import History
from neurosim_rl.runs.ending import Done
from neurosim_rl.settings.printable import KEPT, printable

MOST_POINTS = 1000
"""Most points of a curve that a browser gets."""
MOST_FAILURES = 50
"""Most different failures that are kept of a run; equal ones are counted."""
LONGEST_FAILURE = 20_000
"""Most characters of a failure's traceback that are kept: its end, which says what went wrong."""


@dataclass(frozen=True)
class Failure:
    """Equal failures of some individuals.

    Parameters
    ----------
    text : str
        Reason in the first line, then the traceback.
    count : int
    generation, individual : int
        The first of them.
    """

    text: str
    count: int
    generation: int
    individual: int

    def table(self) -> dict[str, Any]:
        """Return the failure as plain values; control characters are shown."""
        where = f"generation {self.generation + 1}, individual {self.individual}"
        if self.count > 1:
            where = f"{self.count} individuals, first {where}"
        return failure_table(where, self.text)


def failure_table(where: str, text: str) -> dict[str, Any]:
    """Return a failure as plain values: where it was, its reason, and its traceback; control characters are shown."""
    reason, _, trace = text.partition("\n")
    return {"where": where, "reason": printable(reason), "traceback": printable(trace[-LONGEST_FAILURE:], KEPT)}


@dataclass(frozen=True)
class RunCurve:
    """Values of consecutive generations, each an array of shape (n_generations,), and the failures in them.

    Parameters
    ----------
    number : int array
        Number of each generation.
    individuals : int array
        Individuals of each generation.
    best_fitness, mean_fitness, validation_return : array
        As in `neurosim_rl.records.history.History`.
    seconds : array
        Wall-clock time of each generation in s.
    n_failed : int array
        Individuals of each generation that failed.
    failures : tuple of Failure
    """

    number: np.ndarray
    individuals: np.ndarray
    best_fitness: np.ndarray
    mean_fitness: np.ndarray
    validation_return: np.ndarray
    seconds: np.ndarray
    n_failed: np.ndarray
    failures: tuple[Failure, ...] = ()

    @classmethod
    def none(cls) -> RunCurve:
        """Return the curve of a run without a finished generation."""
        whole, real = np.zeros(0, np.int64), np.zeros(0)
        return cls(whole, whole, real, real, real, real, whole)

    @classmethod
    def of(cls, history: History) -> RunCurve:
        """Return the curve of a history."""
        has_failed = history.failure != ""
        ends = np.append(np.searchsorted(history.generation, history.number), history.n_evaluations)
        before = np.append(0, np.cumsum(has_failed))
        return cls(
            number=history.number,
            individuals=np.diff(ends),
            best_fitness=history.best_fitness,
            mean_fitness=history.mean_fitness,
            validation_return=history.validation_return,
            seconds=history.seconds,
            n_failed=np.diff(before[ends]),
            failures=_failures_of(history, np.flatnonzero(has_failed)),
        )

    @classmethod
    def join(cls, parts: Sequence[RunCurve]) -> RunCurve:
        """Return consecutive parts as one curve.

        Raises
        ------
        RunFolderError
            When a generation is missing between them, or there twice.
        """
        if not parts:
            return cls.none()
        arrays: dict[str, Any] = {}
        for field in fields(cls):
            if field.name != "failures":
                arrays[field.name] = np.concatenate([getattr(part, field.name) for part in parts])
        number = arrays["number"]
        if not np.array_equal(number, np.arange(len(number))):
            raise RunFolderError(f"generations between 0 and {number[-1]} are missing. Restore them.")
        return cls(**arrays, failures=_counted(failure for part in parts for failure in part.failures))

    @property
    def n_generations(self) -> int:
        """Number of generations."""
        return len(self.number)

    def done(self) -> Done:
        """Return the work of the run so far."""
        validated = self.validation_return[np.isfinite(self.validation_return)]
        best = float(validated.max()) if len(validated) else -np.inf
        return Done(self.n_generations, float(self.seconds.sum()), best)

    def table(self) -> dict[str, Any]:
        """Return at most `MOST_POINTS` points as plain values, the last one among them.

        Generations count from 1; ``evaluated`` and ``seconds`` are sums from the beginning of the run.
        """
        step = max(1, -(-self.n_generations // MOST_POINTS))
        kept = np.arange(self.n_generations)[::-1][::step][::-1]
        return {
            "generation": self.number[kept] + 1,
            "evaluated": np.cumsum(self.individuals)[kept],
            "seconds": np.cumsum(self.seconds)[kept].round(3),
            "best_fitness": self.best_fitness[kept],
            "best_so_far": np.fmax.accumulate(self.best_fitness)[kept],
            "mean_fitness": self.mean_fitness[kept],
            "validation_return": self.validation_return[kept],
        }


def _failures_of(history: History, rows: np.ndarray) -> tuple[Failure, ...]:
    found = []
    for row in rows:
        reason, line_end, trace = str(history.failure[row]).partition("\n")
        text = reason[:LONGEST_FAILURE] + line_end + trace[-LONGEST_FAILURE:]
        found.append(Failure(text, 1, int(history.generation[row]), int(history.individual[row])))
    return _counted(found)


def _counted(failures: Iterable[Failure]) -> tuple[Failure, ...]:
    """Return each different failure once, with its count, the latest `MOST_FAILURES` of them."""
    first: dict[str, Failure] = {}
    counts: Counter[str] = Counter()
    for failure in failures:
        first.setdefault(failure.text, failure)
        counts[failure.text] += failure.count
    kept = list(first.values())[-MOST_FAILURES:]
    return tuple(Failure(one.text, counts[one.text], one.generation, one.individual) for one in kept)
