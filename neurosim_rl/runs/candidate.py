"""Who becomes champion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurosim_rl.configuration import Configuration
from neurosim_rl.runs.history import History


@dataclass(frozen=True)
class Candidate:
    """The best individual so far, by the configured measure."""

    vector: np.ndarray
    generation: int
    individual: int
    fitness: float
    validation_return: float


def better(candidate: Candidate | None, generation: History, config: Configuration) -> Candidate:
    """Return the generation's best individual if it beats the candidate.

    Equal validation returns, as at the ceiling of cart-pole, are decided by fitness, and then for the later one: its
    lineage has survived more starts. Equal fitness, where that alone counts, is decided for the earlier one.

    Parameters
    ----------
    generation : History
        Of one generation.
    config : Configuration
        Its ``champion`` says which measure counts.
    """
    best = int(generation.best_individual[0])
    challenger = Candidate(
        generation.genomes[best],
        int(generation.number[0]),
        best,
        float(generation.fitness[best]),
        float(generation.validation_return[0]),
    )
    if candidate is None:
        return challenger
    if config.champion == "fitness":
        return challenger if challenger.fitness > candidate.fitness else candidate
    mine, theirs = ((c.validation_return, c.fitness) for c in (challenger, candidate))
    return challenger if mine >= theirs else candidate


def best_of(history: History, config: Configuration) -> Candidate | None:
    """Return the candidate after all generations of a history."""
    candidate = None
    for number in history.number.tolist():
        candidate = better(candidate, history.of(number), config)
    return candidate
