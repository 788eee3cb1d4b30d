"""A first generation in which all individuals have the same fitness."""

from __future__ import annotations

import numpy as np

from neurosim_rl.records.history import History


def flat_fitness(generation: History) -> str:
    """Return a note about a first generation in which all have the same fitness; empty: fitnesses differ.

    Individuals that failed do not count, and one individual alone is no reason for a note.

    Parameters
    ----------
    generation : History
        The first generation.
    """
    fitness = generation.fitness[generation.failure == ""]
    if len(fitness) < 2 or np.ptp(fitness) > 0:
        return ""
    return (
        f"all {len(fitness)} individuals of the first generation have the fitness {fitness[0]:.4g}: "
        "selection has nothing to choose by. Either output neurons are silent (raise weights or the encoder's drive), "
        "or the reward is too rare (choose another fitness, or more episodes)."
    )
