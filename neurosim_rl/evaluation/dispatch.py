"""Evaluation of many episodes on an executor's workers.

The result does not depend on the number of workers or on the split into chunks. Neither an individual that fails nor a
worker that dies ends a run. The protocol:

1. All elements are cut into chunks; each chunk is one task of a worker.
2. An error in a chunk stays in its worker, which plays the chunk's individuals one by one and reports those that fail
   (`play_chunk`).
3. Chunks that were lost with a worker are submitted again, all together: most deaths have other causes than the chunk.
4. A chunk that was lost twice is halved, and a half that is lost is halved again, until the individual is found that
   ends workers. These parts are played one at a time, with nothing beside them, so that a death has one cause.
5. An individual that ends its worker `TRIES_ALONE` times in a row, alone, has failed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cloudpickle
import numpy as np

from neurosim_rl.errors import EvaluationError
from neurosim_rl.evaluation.chunks import Chunk, Outcome, Patience, failed, play_chunk
from neurosim_rl.execution import Executor, RemoteError, WorkerLostError
from neurosim_rl.optimizees import ClosedLoop, Element
from neurosim_rl.records.episodes import Episodes

TRIES_ALONE = 3
"""Number of workers that one individual ends in a row, alone, before it counts as failed."""


@dataclass(frozen=True)
class BatchResult:
    """Episodes, scores and failures of all elements, in their order.

    Parameters
    ----------
    episodes : Episodes
        Episodes of failed individuals have NaN as return and no steps.
    scores : array, shape (n_episodes,)
        NaN where an individual failed, and everywhere without `scored`.
    failures : dict of int to str
        Reasons of failed individuals, by number: one line with the reason, then the traceback.
    learned : array, shape (n_elements, n_genes), or None
        Genomes with the weights at the end of each element's trial; unchanged where an individual failed. None:
        nothing was learned, or a genome cannot hold the weights.
    """

    episodes: Episodes
    scores: np.ndarray
    failures: dict[int, str]
    learned: np.ndarray | None = None


def dispatch(
    optimizee: ClosedLoop,
    vectors: Sequence[np.ndarray],
    elements: Sequence[Element],
    executor: Executor,
    *,
    training: bool = True,
    scored: bool = False,
    patience: int = 0,
) -> BatchResult:
    """Play all elements, in chunks, on the executor's workers.

    The result does not depend on the split. See the module's docstring for workers that die.

    Parameters
    ----------
    vectors : sequence of array, each of shape (n_genes,)
        Genomes; the ``individual`` of an element is its row here.
    elements : sequence of Element
    training, scored, patience
        See :class:`neurosim_rl.evaluation.chunks.Chunk`. Patience ends with individuals that end their worker, too.

    Raises
    ------
    EvaluationError
        When every individual failed.
    ExecutionError
        When the executor itself has failed.
    """
    # As few chunks as `batch_size` allows, for a large batch costs less than two small ones; but one for each worker.
    n_full = math.ceil(len(elements) / optimizee.config.batch_size)
    n_chunks = max(n_full, min(executor.n_workers, len(elements)))
    whole = Chunk(
        cloudpickle.dumps(optimizee),  # by value, if the class is defined in the user's script
        dict(enumerate(vectors)),
        tuple(elements),
        tuple(range(len(elements))),
        training,
        scored,
        expendable=executor.has_processes,
        patience=patience,
    )
    bounds = np.linspace(0, len(elements), n_chunks + 1).astype(int)
    chunks = [_cut(whole, a, b) for a, b in pairwise(bounds)]
    outcomes = _collect(chunks, executor)
    result = _join(outcomes, elements, optimizee.n_trial_episodes(training))
    if not (optimizee.learns(training) and optimizee.keeps_learned):
        return result
    return replace(result, learned=_learned(outcomes, vectors, elements))


def _cut(chunk: Chunk, start: int, end: int) -> Chunk:
    """Return the elements from start to end as a chunk, with no other genomes than theirs."""
    elements = chunk.elements[start:end]
    vectors = {e.individual: chunk.vectors[e.individual] for e in elements}
    return replace(chunk, vectors=vectors, elements=elements, positions=chunk.positions[start:end])


def _collect(chunks: list[Chunk], executor: Executor) -> list[Outcome]:
    """Return the outcomes of all chunks; chunks lost with a worker are repeated (steps 3 to 5 of the protocol)."""
    outcomes, lost = _attempt(chunks, executor)
    outcomes_again, lost_again = _attempt(lost, executor)
    outcomes += outcomes_again
    patience = Patience(chunks[0].patience)
    for chunk in lost_again:
        outcomes += _isolate(chunk, executor, patience)
    return outcomes


def _attempt(chunks: list[Chunk], executor: Executor) -> tuple[list[Outcome], list[Chunk]]:
    """Submit chunks together; return the outcomes of those that were played, and the chunks lost with a worker."""
    futures = [executor.submit(play_chunk, chunk) for chunk in chunks]
    outcomes: list[Outcome] = []
    lost: list[Chunk] = []
    try:
        for chunk, future in zip(chunks, futures, strict=True):
            try:
                outcomes += future.result()
            except WorkerLostError:
                lost.append(chunk)
    finally:
        for future in futures:  # after an error of the executor, or an interrupt
            future.cancel()
    return outcomes, lost


def _isolate(chunk: Chunk, executor: Executor, patience: Patience) -> list[Outcome]:
    """Play a chunk that ends workers in halves, quarters and so on, one part at a time."""
    if patience.ended:
        return [failed(chunk, patience.reason)]
    if len(chunk.individuals) == 1:
        outcomes = _last_tries(chunk, executor)
        patience.note(next(iter(outcomes[0].failures.values()), ""))
        return outcomes
    outcomes = []
    for half in chunk.halves():
        if patience.ended:
            outcomes.append(failed(half, patience.reason))
            continue
        played, lost = _attempt([half], executor)
        if played:  # the worker lives: not all of the rest end theirs
            patience.note("")
        outcomes += played
        for part in lost:
            outcomes += _isolate(part, executor, patience)
    return outcomes


def _last_tries(chunk: Chunk, executor: Executor) -> list[Outcome]:
    """Play a chunk of one individual, several times if need be."""
    for _ in range(TRIES_ALONE):
        outcomes, lost = _attempt([chunk], executor)
        if not lost:
            return outcomes
    why = f"WorkerLostError: its worker died or was stuck, {TRIES_ALONE} times in a row, while it was evaluated alone"
    return [failed(chunk, why)]


def _join(outcomes: list[Outcome], elements: Sequence[Element], n_trial: int) -> BatchResult:
    """Put episodes and scores into the order of the elements.

    All episodes of a failed individual are dropped: some may have been played, in another chunk, but the split into
    chunks must not show in the result.
    """
    failures: dict[int, str] = {}
    for outcome in outcomes:
        failures |= outcome.failures
    if all(outcome.episodes is None for outcome in outcomes):
        number, why = min(failures.items())
        who = f"every individual failed; number {number}" if len(failures) > 1 else "the individual failed"
        raise EvaluationError(f"{who} by {first_line(why)}") from RemoteError(why)
    # Rows count the episodes in the order of arrival. ``played`` is the place of each row among the episodes of all
    # elements; ``kept`` are the rows of individuals that have not failed.
    positions: list[int] = []
    parts: list[Episodes] = []
    parts_of_scores: list[np.ndarray] = []
    for outcome in outcomes:
        if outcome.episodes is not None:
            positions += outcome.positions
            parts.append(outcome.episodes)
            parts_of_scores.append(outcome.scores)
    played = _episodes_of(np.asarray(positions, np.int64), n_trial)
    kept = np.flatnonzero([elements[place // n_trial].individual not in failures for place in played])
    episodes = Episodes.join(parts)
    scores = np.full(len(elements) * n_trial, np.nan)
    scores_played = np.concatenate(parts_of_scores)
    if scores_played.size:
        scores[played[kept]] = scores_played[kept]
    start_seeds = np.repeat([element.start_seed for element in elements], n_trial).tolist()
    return BatchResult(episodes.spread(kept, played[kept], start_seeds), scores, failures)


def _episodes_of(positions: np.ndarray, n_trial: int) -> np.ndarray:
    """Return the places of some elements' episodes among the episodes of all elements."""
    return (positions[:, None] * n_trial + np.arange(n_trial)).ravel()


def _learned(outcomes: list[Outcome], vectors: Sequence[np.ndarray], elements: Sequence[Element]) -> np.ndarray:
    """Return the genome of each element, with the weights at the end of its trial."""
    learned = np.stack([vectors[e.individual] for e in elements])
    for outcome in outcomes:
        if outcome.learned is not None:
            learned[list(outcome.positions)] = outcome.learned
    return learned


def first_line(failure: str) -> str:
    """Return the reason of a failure, without its traceback."""
    return failure.partition("\n")[0]
