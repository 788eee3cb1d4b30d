"""Chunks of work: episodes that one worker plays as one batch, and their outcome."""

from __future__ import annotations

import math
import pickle
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np

from neurosim_rl.evaluation.attempt import describe
from neurosim_rl.execution.watchdog import process_watchdog
from neurosim_rl.optimizees import ClosedLoop, Element
from neurosim_rl.records.episodes import Episodes


@dataclass(frozen=True)
class Chunk:
    """Episodes that one worker plays as one batch.

    Parameters
    ----------
    optimizee : bytes
        A pickled `ClosedLoop`.
    vectors : mapping of int to array, each of shape (n_genes,)
        Genomes, by number of the individual.
    elements : tuple of Element
        Elements to play; their ``individual`` is a key of `vectors`.
    positions : tuple of int
        Position of each element in the whole evaluation.
    training : bool
        Whether ``environment.max_steps`` cuts episodes and ``environment.engine`` steps them.
    scored : bool
        Whether to compute the episodes' scores.
    expendable : bool
        Whether the process may be ended when an individual is stuck. True in workers, False in the run's own process.
    patience : int
        Number of individuals in a row that may exceed the time limit, with none played before, until the others count
        as failed without a try; 0: each individual is tried.
    """

    optimizee: bytes
    vectors: Mapping[int, np.ndarray]
    elements: tuple[Element, ...]
    positions: tuple[int, ...]
    training: bool = True
    scored: bool = False
    expendable: bool = False
    patience: int = 0

    @property
    def individuals(self) -> list[int]:
        """Numbers of the individuals, in ascending order."""
        return sorted(self.vectors)

    def of(self, individuals: list[int]) -> Chunk:
        """Return the part of the chunk with some of its individuals."""
        elements: list[Element] = []
        positions: list[int] = []
        for element, position in zip(self.elements, self.positions, strict=True):
            if element.individual in individuals:
                elements.append(element)
                positions.append(position)
        vectors = {number: self.vectors[number] for number in individuals}
        return replace(self, vectors=vectors, elements=tuple(elements), positions=tuple(positions))

    def halves(self) -> tuple[Chunk, Chunk]:
        """Return two parts, each with half of the individuals."""
        middle = len(self.individuals) // 2
        return self.of(self.individuals[:middle]), self.of(self.individuals[middle:])


@dataclass(frozen=True)
class Outcome:
    """Episodes and failures of a chunk.

    Parameters
    ----------
    positions : tuple of int
        Positions of the elements that were played, in the order of `episodes`.
    episodes : Episodes or None
        None: no element was played to its end.
    scores : array, shape (n_episodes,)
        Empty unless the chunk is `scored`.
    failures : dict of int to str
        Reasons for individuals without episodes, by number: one line with the reason, then the traceback.
    learned : array, shape (n_played, n_genes), or None
        Genomes with the weights at the end of each element's trial; None: nothing was learned, or a genome cannot
        hold the weights.
    """

    positions: tuple[int, ...]
    episodes: Episodes | None
    scores: np.ndarray
    failures: dict[int, str]
    learned: np.ndarray | None = None


def play_chunk(chunk: Chunk) -> list[Outcome]:
    """Play a chunk. If that fails, play its individuals one by one, to find the individual that fails."""
    try:
        # Networks with noise of NEST share no kernel, so each individual has the time limit for itself.
        if len(chunk.individuals) > 1 and _plays_alone(chunk):
            return _one_by_one(chunk)
        return [_play(chunk)]
    except (Exception, SystemExit) as error:
        failure = describe(error)
        if len(chunk.individuals) > 1:
            return _one_by_one(chunk)
        return [failed(chunk, failure)]


def _one_by_one(chunk: Chunk) -> list[Outcome]:
    """Play the individuals of a chunk one by one."""
    # An error of one element stops the whole batch. The outcome of an element does not depend on the others in its
    # batch, so the individuals that do not fail give the same episodes alone.
    outcomes: list[Outcome] = []
    patience = Patience(chunk.patience)
    for number in chunk.individuals:
        alone = chunk.of([number])
        if patience.ended:
            outcomes.append(failed(alone, patience.reason))
            continue
        played = play_chunk(alone)
        patience.note(next(iter(played[0].failures.values()), ""))
        outcomes += played
    return outcomes


COSTLY = ("TimeLimitError", "TimeoutError", "WorkerLostError")
"""First words of the reasons of failures that cost much time each."""


class Patience:
    """A count of costly failures: where nothing but those is found, the rest is not tried.

    Parameters
    ----------
    limit : int
        Number of costly failures in a row, from the first individual on; 0: no limit.
    """

    def __init__(self, limit: int) -> None:
        self._limit, self._n_failed, self.reason = limit, 0, ""

    @property
    def ended(self) -> bool:
        """Whether the rest is not tried."""
        return 0 < self._limit <= self._n_failed

    def note(self, failure: str) -> None:
        """Count the failure of one individual; any other outcome than a costly failure ends the count for good."""
        if not failure.startswith(COSTLY):
            self._limit = 0
            return
        self._n_failed += 1
        self.reason = f"{failure.splitlines()[0]} (not tried: all {self._n_failed} before failed so)"


def _plays_alone(chunk: Chunk) -> bool:
    """Return whether networks need a kernel each; individuals of a run do not differ in that."""
    optimizee = _load(chunk.optimizee)
    if not optimizee.has_neurons:
        return False
    return bool(optimizee.network(chunk.vectors[chunk.individuals[0]]).plays_alone)


def play_chunks(chunks: Sequence[Chunk]) -> list[list[Outcome]]:
    """Play chunks of several runs as one batch; return the outcomes that `play_chunk` gives for each chunk.

    If the batch fails, each chunk is played by itself, to find the one that fails.

    Parameters
    ----------
    chunks : sequence of Chunk
        Their optimizees differ in the seed only, and `training` and `scored` are the same in all of them.
    """
    try:
        if len(chunks) > 1 and not _plays_alone(chunks[0]):
            return [[outcome] for outcome in _taken_apart(_play(_joined(chunks)), chunks)]
    except (Exception, SystemExit):
        pass  # the same error is raised and reported below, when its chunk is played alone
    return list(map(play_chunk, chunks))


def _joined(chunks: Sequence[Chunk]) -> Chunk:
    """Return one chunk with all elements; individuals are numbered through, because two runs use the same numbers."""
    vectors: dict[int, np.ndarray] = {}
    elements: list[Element] = []
    for chunk in chunks:
        new_number = {individual: len(vectors) + k for k, individual in enumerate(chunk.individuals)}
        for individual, vector in chunk.vectors.items():
            vectors[new_number[individual]] = vector
        elements += _renumbered(chunk.elements, new_number)
    return replace(chunks[0], vectors=vectors, elements=tuple(elements), positions=tuple(range(len(elements))))


def _renumbered(elements: Sequence[Element], new_number: Mapping[int, int]) -> list[Element]:
    """Return elements with new numbers of their individuals."""
    return [replace(element, individual=new_number[element.individual]) for element in elements]


def _taken_apart(whole: Outcome, chunks: Sequence[Chunk]) -> list[Outcome]:
    """Return the outcome of each chunk, from the outcome of the batch of all chunks."""
    assert whole.episodes is not None
    bounds = np.cumsum([0, *[len(chunk.elements) for chunk in chunks]])
    n_trial_episodes = len(whole.episodes) // int(bounds[-1])
    outcomes = []
    for chunk, (start, end) in zip(chunks, pairwise(bounds.tolist()), strict=True):
        first, last = start * n_trial_episodes, end * n_trial_episodes
        learned = whole.learned[start:end] if whole.learned is not None else None
        parts = whole.episodes.part(first, last), whole.scores[first:last]
        outcomes.append(Outcome(chunk.positions, *parts, {}, learned))
    return outcomes


def failed(chunk: Chunk, why: str) -> Outcome:
    """Return the outcome of a chunk without any episode."""
    return Outcome((), None, np.zeros(0), dict.fromkeys(chunk.individuals, why))


def _play(chunk: Chunk) -> Outcome:
    optimizee = _load(chunk.optimizee)
    # Numbers may have gaps, rows have none. Individuals that share one array share its row, and so one network.
    rows: dict[int, int] = {}
    vectors: list[np.ndarray] = []
    row_of: dict[int, int] = {}
    for number in chunk.individuals:
        vector = chunk.vectors[number]
        if id(vector) not in rows:
            rows[id(vector)] = len(vectors)
            vectors.append(vector)
        row_of[number] = rows[id(vector)]
    elements = _renumbered(chunk.elements, row_of)
    timeout_s = optimizee.config.timeout_s
    deadline = time.monotonic() + timeout_s if timeout_s else math.inf
    # The deadline is checked between windows. The watchdog ends a worker that is stuck within a window; it allows twice
    # the time, so that it never ends a worker that is only slow.
    with process_watchdog(2 * timeout_s if chunk.expendable else 0.0):
        played = optimizee.play(vectors, elements, training=chunk.training, deadline=deadline)
    scores = optimizee.scores(played.episodes) if chunk.scored else np.zeros(0)
    return Outcome(chunk.positions, played.episodes, scores, {}, played.learned)


@lru_cache(maxsize=4)
def _load(blob: bytes) -> ClosedLoop:
    """Return the pickled optimizee; a worker creates environment, encoder and model once for all of a run's chunks."""
    return pickle.loads(blob)
