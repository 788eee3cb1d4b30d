"""Candidates for champion: the best individual of each generation, and the order between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurosim_rl.optimizees import Settings
from neurosim_rl.records.history import History


@dataclass(frozen=True)
class Candidate:
    """The best individual so far, by the measure that ``Settings.champion`` names."""

    vector: np.ndarray
    generation: int
    individual: int
    fitness: float
    validation_return: float


def better(candidate: Candidate | None, generation: History, config: Settings) -> Candidate:
    """Return the generation's best individual if it beats the candidate.

    Among equal validation returns, the higher fitness wins; among equal fitnesses too, the later individual wins.
    Where fitness alone counts, the earlier of two equals wins.

    Parameters
    ----------
    generation : History
        History of this one generation.
    config : Settings
        Setting ``champion`` names the measure.
    """
    challenger = _best_in(generation)
    if candidate is None:
        return challenger
    if config.champion == "fitness":
        wins = challenger.fitness > candidate.fitness
    else:
        # Many individuals reach the highest return of cart-pole. Of equals the later one wins: its lineage has
        # survived more training starts.
        wins = _rank(challenger) >= _rank(candidate)
    return challenger if wins else candidate


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
    """Return the candidate after all generations of a history; None: the history is empty."""
    candidate = None
    for number in history.number.tolist():
        candidate = better(candidate, history.of(number), config)
    return candidate


def finalists(history: History, n: int) -> list[Candidate]:
    """Return the n best individuals by validation, best first, each controller once, as its latest individual.

    There may be fewer than n controllers. Equals are ordered as by `better`.
    """
    # One genome is one controller, except under running normalisation: there each generation sees observations
    # that are normalised by the generations before it.
    keeps_observing = history.observed.shape[1] > 0
    latest_of_controller: dict[tuple[bytes, int], Candidate] = {}
    for number in reversed(history.number.tolist()):
        candidate = _best_in(history.of(number))
        controller = (candidate.vector.tobytes(), number if keeps_observing else 0)
        latest_of_controller.setdefault(controller, candidate)
    # The sort is stable, and the dictionary is in the order latest to earliest: of equals the latest comes first.
    ordered = sorted(latest_of_controller.values(), key=_rank, reverse=True)
    return ordered[:n]
