"""Shares of work: episodes that one worker plays together, and individuals that fail there."""

from __future__ import annotations

import math
import pickle
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np

from neurosim_rl.execution.watchdog import process_watchdog
from neurosim_rl.optimizees import ClosedLoop, Element
from neurosim_rl.records.episodes import Episodes


@dataclass(frozen=True)
class Chunk:
    """Episodes that are played together.

    Parameters
    ----------
    optimizee : bytes
        A pickled `ClosedLoop`.
    vectors : mapping of int to array, each of shape (n_genes,)
        Genomes by number of the individual.
    elements : tuple of Element
        Refer to these numbers.
    positions : tuple of int
        Where each element stands among all that are played.
    training : bool
        Whether ``environment.max_steps`` cuts episodes and ``environment.engine`` steps them.
    scored : bool
        Whether the episodes' scores are wanted.
    expendable : bool
        Whether the process may be ended when an individual is stuck: a worker may, the run's own process not.
    """

    optimizee: bytes
    vectors: Mapping[int, np.ndarray]
    elements: tuple[Element, ...]
    positions: tuple[int, ...]
    training: bool = True
    scored: bool = False
    expendable: bool = False

    @property
    def individuals(self) -> list[int]:
        """Numbers of the individuals, ascending."""
        return sorted(self.vectors)

    def of(self, individuals: list[int]) -> Chunk:
        """Return the part of some individuals."""
        kept = [k for k, element in enumerate(self.elements) if element.individual in individuals]
        return replace(
            self,
            vectors={number: self.vectors[number] for number in individuals},
            elements=tuple(self.elements[k] for k in kept),
            positions=tuple(self.positions[k] for k in kept),
        )

    def halves(self) -> tuple[Chunk, Chunk]:
        """Return two parts with half the individuals each."""
        middle = len(self.individuals) // 2
        return self.of(self.individuals[:middle]), self.of(self.individuals[middle:])


@dataclass(frozen=True)
class Outcome:
    """What came of a share.

    Parameters
    ----------
    positions : tuple of int
        Of the elements that were played, in the order of `episodes`.
    episodes : Episodes or None
        None: none was played to its end.
    scores : array, shape (n_episodes,)
        Empty when they were not asked for.
    learned : array, shape (n_played, n_genes), or None
        Genomes with the weights that elements ended with; None: they did not learn, or no genome can hold it.
    failures : dict of int to str
        Why individuals have no episodes, by number: the reason on the first line, then the traceback.
    """

    positions: tuple[int, ...]
    episodes: Episodes | None
    scores: np.ndarray
    failures: dict[int, str]
    learned: np.ndarray | None = None


def play_chunk(share: Chunk) -> list[Outcome]:
    """Play a share; where that fails, play its individuals one by one, to know which of them fails."""
    try:
        return [_play(share)]
    except (Exception, SystemExit) as error:
        if len(share.individuals) > 1:
            return [outcome for number in share.individuals for outcome in play_chunk(share.of([number]))]
        reason = " ".join(str(error).split())
        return [failed(share, f"{type(error).__name__}: {reason}\n{traceback.format_exc()}")]


def play_chunks(shares: Sequence[Chunk]) -> list[list[Outcome]]:
    """Play shares of several runs as one batch; each has the outcomes that `play_chunk` would give.

    Where the batch fails, each share is played by itself, to know which of them fails.

    Parameters
    ----------
    shares : sequence of Chunk
        Their optimizees differ in nothing but the seed, and they want the same: `training`, `scored`.
    """
    if len(shares) > 1:
        try:
            whole = _play(_joined(shares))
        except (Exception, SystemExit):  # whatever it is, it comes again
            pass
        else:
            return [[outcome] for outcome in _taken_apart(whole, shares)]
    return [play_chunk(share) for share in shares]


def _joined(shares: Sequence[Chunk]) -> Chunk:
    """Return one share of all elements, with individuals numbered through."""
    vectors: dict[int, np.ndarray] = {}
    elements: list[Element] = []
    for share in shares:
        number = {individual: len(vectors) + k for k, individual in enumerate(share.individuals)}
        vectors |= {number[individual]: vector for individual, vector in share.vectors.items()}
        elements += [replace(e, individual=number[e.individual]) for e in share.elements]
    return replace(shares[0], vectors=vectors, elements=tuple(elements), positions=tuple(range(len(elements))))


def _taken_apart(whole: Outcome, shares: Sequence[Chunk]) -> list[Outcome]:
    """Return the outcome of each share of a batch that was played to its end."""
    assert whole.episodes is not None
    bounds = np.cumsum([0, *(len(share.elements) for share in shares)])
    n_trial_episodes = len(whole.episodes) // int(bounds[-1])
    outcomes = []
    for share, (start, end) in zip(shares, pairwise(bounds.tolist()), strict=True):
        first, last = start * n_trial_episodes, end * n_trial_episodes
        learned = whole.learned[start:end] if whole.learned is not None else None
        parts = whole.episodes.part(first, last), whole.scores[first:last]
        outcomes.append(Outcome(share.positions, *parts, {}, learned))
    return outcomes


def failed(share: Chunk, why: str) -> Outcome:
    """Return the outcome of a share of which nothing came."""
    return Outcome((), None, np.zeros(0), dict.fromkeys(share.individuals, why))


def _play(share: Chunk) -> Outcome:
    optimizee = _load(share.optimizee)
    row_of = {number: row for row, number in enumerate(share.individuals)}
    vectors = [share.vectors[number] for number in share.individuals]
    elements = [replace(e, individual=row_of[e.individual]) for e in share.elements]
    timeout_s = optimizee.config.timeout_s
    deadline = time.monotonic() + timeout_s if timeout_s else math.inf
    with process_watchdog(2 * timeout_s if share.expendable else 0.0):
        played = optimizee.play(vectors, elements, training=share.training, deadline=deadline)
    scores = optimizee.scores(played.episodes) if share.scored else np.zeros(0)
    return Outcome(share.positions, played.episodes, scores, {}, played.learned)


@lru_cache(maxsize=4)
def _load(blob: bytes) -> ClosedLoop:
    """Return the pickled optimizee; a worker makes its environment, encoder and model once."""
    return pickle.loads(blob)
