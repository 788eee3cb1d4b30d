"""Elements of a batch: what is played, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurosim_rl.records.episodes import Episodes
from neurosim_rl.records.spikes import Spikes


@dataclass(frozen=True)
class Element:
    """One batch element: an individual in a trial of one episode, or of several in which it learns.

    Parameters
    ----------
    individual : int
        Row of the individual among the vectors that are evaluated together.
    start_seed : int
        Seed with which the environment is reset.
    seed : int
        That of its run, from which the element's random stream descends: a batch may hold elements of several runs.
    key : tuple of int
        Purpose and key of that stream (see :mod:`neurosim_rl.seeds`).
    max_steps : int
        Steps after which a curriculum cuts its episodes; 0: none does.
    """

    individual: int
    start_seed: int
    seed: int
    key: tuple[int, ...]
    max_steps: int = 0


@dataclass(frozen=True)
class PlayedBatch:
    """What came of a batch.

    Parameters
    ----------
    episodes : Episodes
    spikes : Spikes or None
        Of all neurons, if they were recorded (none, if there are no neurons).
    learned : array, shape (n_elements, n_genes), or None
        Genomes with the weights that each element ended with; None: it did not learn, or no genome can hold that.
    """

    episodes: Episodes
    spikes: Spikes | None = None
    learned: np.ndarray | None = None
