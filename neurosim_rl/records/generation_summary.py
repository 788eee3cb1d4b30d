"""A generation in a few numbers: the points of a run's curves."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from neurosim_rl.records.history import History


@dataclass(frozen=True)
class GenerationSummary:
    """A finished generation in a few numbers.

    Parameters
    ----------
    generation : int
        Its number, from 0.
    best_fitness, mean_fitness, worst_fitness : float
        Over its individuals, without those that failed.
    mean_return : float
        Mean return of all its training episodes.
    validation_return : float
        Mean return of its best individual over the validation starts; NaN: it was not validated.
    n_failed : int
        Individuals that got the penalty fitness.
    generation_seconds : float
        Wall clock time of this generation, in s.
    evaluations, steps, seconds : int, int, float
        Individuals, environment steps and wall clock time in s of the run up to its end.
    """

    generation: int
    best_fitness: float
    mean_fitness: float
    worst_fitness: float
    mean_return: float
    validation_return: float
    n_failed: int
    generation_seconds: float
    evaluations: int
    steps: int
    seconds: float

    def curves(self) -> dict[str, float]:
        """Return the finite numbers by name, without that of the generation."""
        values = {name: float(value) for name, value in asdict(self).items() if name != "generation"}
        return {name: value for name, value in values.items() if np.isfinite(value)}


def summaries(history: History, before: GenerationSummary | None = None) -> list[GenerationSummary]:
    """Return the summary of each generation; `before` is that of the generation before the first, None: there is none.

    Sums are carried from one generation to the next, so that single generations and a whole history give the same bits.
    """
    found = []
    for number in history.number.tolist():
        before = _after(before, history.of(number))
        found.append(before)
    return found


def _after(before: GenerationSummary | None, generation: History) -> GenerationSummary:
    evaluations, steps, seconds = (0, 0, 0.0) if before is None else (before.evaluations, before.steps, before.seconds)
    fit = generation.failure == ""
    return GenerationSummary(
        generation=int(generation.number[0]),
        best_fitness=float(generation.best_fitness[0]),
        mean_fitness=float(generation.mean_fitness[0]),
        worst_fitness=float(generation.fitness[fit].min()),
        mean_return=float(generation.returns.mean()),
        validation_return=float(generation.validation_return[0]),
        n_failed=int(np.count_nonzero(~fit)),
        generation_seconds=float(generation.seconds[0]),
        evaluations=evaluations + len(fit),
        steps=steps + int(generation.lengths.sum()),
        seconds=seconds + float(generation.seconds[0]),
    )
