"""Who becomes champion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurosim_rl.optimizees import Settings
from neurosim_rl.records.history import History


@dataclass(frozen=True)
class Candidate:
    """The best individual so far, by the configured measure."""

    vector: np.ndarray
    generation: int
    individual: int
    fitness: float
    validation_return: float


def better(candidate: Candidate | None, generation: History, config: Settings) -> Candidate:
    """Return the generation's best individual if it beats the candidate.

    Equal validation returns, as at the ceiling of cart-pole, are decided by fitness, and then for the later one: its
    lineage has survived more starts. Equal fitness, where that alone counts, is decided for the earlier one.

    Parameters
    ----------
    generation : History
        Of one generation.
    config : Settings
        Its ``champion`` says which measure counts.
    """
    challenger = _best_in(generation)
    if candidate is None:
        return challenger
    if config.champion == "fitness":
        return challenger if challenger.fitness > candidate.fitness else candidate
    return challenger if _rank(challenger) >= _rank(candidate) else candidate


def _best_in(generation: History) -> Candidate:
    best = int(generation.best_individual[0])
    return Candidate(
        generation.policies[best],
        int(generation.number[0]),
        best,
        float(generation.fitness[best]),
        float(generation.validation_return[0]),
    )


def _rank(candidate: Candidate) -> tuple[float, float]:
    return candidate.validation_return, candidate.fitness


def best_of(history: History, config: Settings) -> Candidate | None:
    """Return the candidate after all generations of a history."""
    candidate = None
    for number in history.number.tolist():
        candidate = better(candidate, history.of(number), config)
    return candidate


def finalists(history: History, n: int) -> list[Candidate]:
    """Return the n best by validation, best first; of the same controller only the latest, fewer if there are no more.

    The same genome is the same controller, unless each generation was normalised by what those before it observed.
    Equals are ordered as by `better`.
    """
    keeps_observing = history.observed.shape[1] > 0

    def controller(candidate: Candidate) -> tuple[bytes, int]:
        return candidate.vector.tobytes(), candidate.generation if keeps_observing else 0

    latest_first = [_best_in(history.of(number)) for number in reversed(history.number.tolist())]
    different = {controller(candidate): candidate for candidate in reversed(latest_first)}
    ordered = sorted(latest_first, key=_rank, reverse=True)  # stable: of equals the latest stays first
    return [candidate for candidate in ordered if different[controller(candidate)] is candidate][:n]
