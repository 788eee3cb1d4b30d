"""Trials: the batch elements of training, validation and evaluation, and the outcome of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from neurosim_rl.optimizees.configuration import Settings
from neurosim_rl.records.episodes import Episodes, Traces
from neurosim_rl.records.spikes import Spikes
from neurosim_rl.seeds import Purpose, training_start, validation_start


@dataclass(frozen=True)
class Element:
    """One batch element: an individual in one trial.

    Parameters
    ----------
    individual : int
        Row of the individual among the vectors of the batch.
    start_seed : int
        Seed of the environment's reset.
    seed : int
        Seed of the element's run, for its random stream. A batch may have elements of several runs.
    key : tuple of int
        Purpose and key of that stream (see :mod:`neurosim_rl.seeds`).
    max_steps : int
        Steps after which a curriculum cuts its episodes; 0: no curriculum.
    """

    individual: int
    start_seed: int
    seed: int
    key: tuple[int, ...]
    max_steps: int = 0


@dataclass(frozen=True)
class PlayedBatch:
    """Outcome of a batch.

    Parameters
    ----------
    episodes : Episodes
    spikes : Spikes or None
        Spikes of all neurons; None: not recorded. A policy without neurons has an empty record.
    learned : array, shape (n_elements, n_genes), or None
        Genomes with the final weights of each element; None: no learning, or no genome can hold the weights.
    """

    episodes: Episodes
    spikes: Spikes | None = None
    learned: np.ndarray | None = None

    @classmethod
    def join(cls, parts: Sequence[PlayedBatch]) -> PlayedBatch:
        """Return the outcome of several batches of one element each as one, in their order."""
        episodes, traces, spikes, learned = [], [], [], []
        for part in parts:
            episodes.append(part.episodes)
            if part.episodes.traces is not None:
                traces.append(part.episodes.traces)
            if part.spikes is not None:
                spikes.append(part.spikes)
            if part.learned is not None:
                learned.append(part.learned)
        joined = Episodes.join(episodes)
        return cls(
            replace(joined, traces=Traces.join(traces)) if traces else joined,
            Spikes.join(spikes) if spikes else None,
            np.concatenate(learned) if learned else None,
        )


def training_elements(config: Settings, generation: int, individuals: Sequence[int]) -> list[Element]:
    """Return the training trials of some individuals, individual by individual."""
    max_steps = config.environment.curriculum_steps(generation)
    elements = []
    for row, individual in enumerate(individuals):
        for episode in range(config.episodes):
            start = _training_start(config, generation, episode)
            key = (int(Purpose.TRAINING_ELEMENT), generation, individual, episode)
            elements.append(Element(row, start, config.seed, key, max_steps))
    return elements


def _training_start(config: Settings, generation: int, episode: int) -> int:
    if config.starts == "generation":
        # As in published experiments that seed Gymnasium by the generation; runs of different seeds share these starts.
        return generation * config.episodes + episode
    number = generation if config.starts == "fresh" else 0
    return training_start(config.seed, number, episode)


def validation_elements(config: Settings) -> list[Element]:
    """Return the validation trials of one individual."""
    return _validation(config, 0, config.validation_episodes)


def final_elements(config: Settings) -> list[Element]:
    """Return the trials that decide between finalists: twice as many, from other validation starts."""
    return _validation(config, config.validation_episodes, 2 * config.validation_episodes)


def _validation(config: Settings, first: int, n: int) -> list[Element]:
    starts = [validation_start(config.seed, number) for number in range(first, first + n)]
    return evaluation_elements(config, starts)


def evaluation_elements(config: Settings, start_seeds: Sequence[int]) -> list[Element]:
    """Return one trial of one individual for each start seed."""
    purpose = int(Purpose.EVALUATION_ELEMENT)
    return [Element(0, int(start), config.seed, (purpose, int(start))) for start in start_seeds]
