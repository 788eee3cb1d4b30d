"""Handing out episodes to workers: any split gives the same; neither a bad individual nor a dead worker ends a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cloudpickle
import numpy as np

from neurosim_rl.errors import EvaluationError
from neurosim_rl.evaluation.chunks import Chunk, Outcome, failed, play_chunk
from neurosim_rl.execution import Executor, RemoteError, WorkerLostError
from neurosim_rl.optimizees import ClosedLoop, Element
from neurosim_rl.records.episodes import Episodes

TRIES_ALONE = 3
"""An individual that was lost with its worker so many times in a row, alone, is to blame."""


@dataclass(frozen=True)
class BatchResult:
    """What came of all elements, in their order.

    Parameters
    ----------
    episodes : Episodes
        Those of failed individuals have NaN as return and no steps.
    scores : array, shape (n_episodes,)
        NaN where an individual failed, or everywhere when scores were not asked for.
    failures : dict of int to str
        Why individuals failed, by number: the reason on the first line, then the traceback.
    learned : array, shape (n_elements, n_genes), or None
        Genomes with the weights that elements ended with, as they were where an individual failed; None: they did not
        learn, or no genome can hold it.
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
) -> BatchResult:
    """Play all elements, in shares spread over the executor's workers.

    The result does not depend on how they are spread. A share whose worker died is played again. If that worker dies
    as well, the share is halved until the individual is found that ends workers.

    Parameters
    ----------
    vectors : sequence of array, each of shape (n_genes,)
        Genomes; elements refer to their rows.
    elements : sequence of Element
    training, scored : bool
        See :class:`neurosim_rl.evaluation.chunks.Chunk`.

    Raises
    ------
    EvaluationError
        When every individual failed.
    ExecutionError
        When the executor cannot go on.
    """
    n_shares = max(-(-len(elements) // optimizee.config.batch_size), min(executor.n_workers, len(elements)))
    whole = Chunk(
        cloudpickle.dumps(optimizee),  # by value if it is a class of the user's script
        dict(enumerate(vectors)),
        tuple(elements),
        tuple(range(len(elements))),
        training,
        scored,
        expendable=executor.has_processes,
    )
    bounds = np.linspace(0, len(elements), n_shares + 1).astype(int)
    shares = [_cut(whole, a, b) for a, b in pairwise(bounds)]
    outcomes = _collect(shares, executor)
    results = _join(outcomes, elements, optimizee.n_trial_episodes(training))
    if not (optimizee.learns(training) and optimizee.keeps_learned):
        return results
    return replace(results, learned=_learned(outcomes, vectors, elements))


def _cut(share: Chunk, start: int, end: int) -> Chunk:
    """Return the elements from start to end, with only the genomes that they need."""
    elements = share.elements[start:end]
    vectors = {e.individual: share.vectors[e.individual] for e in elements}
    return replace(share, vectors=vectors, elements=elements, positions=share.positions[start:end])


def _collect(shares: list[Chunk], executor: Executor) -> list[Outcome]:
    """Return the outcomes of all shares; those lost with a worker are tried again, all at once, then one at a time."""
    outcomes, lost = _attempt(shares, executor)
    again, lost = _attempt(lost, executor)
    return outcomes + again + [outcome for share in lost for outcome in _isolate(share, executor)]


def _attempt(shares: list[Chunk], executor: Executor) -> tuple[list[Outcome], list[Chunk]]:
    """Return the outcomes of shares that were played, and the shares that were lost with a worker."""
    futures = [executor.submit(play_chunk, share) for share in shares]
    outcomes: list[Outcome] = []
    lost: list[Chunk] = []
    try:
        for share, future in zip(shares, futures, strict=True):
            try:
                outcomes += future.result()
            except WorkerLostError:
                lost.append(share)
    finally:
        for future in futures:
            future.cancel()
    return outcomes, lost


def _isolate(share: Chunk, executor: Executor) -> list[Outcome]:
    """Play a share that ends workers in ever smaller parts, one at a time."""
    if len(share.individuals) == 1:
        return _last_tries(share, executor)
    outcomes: list[Outcome] = []
    for half in share.halves():
        played, lost = _attempt([half], executor)
        outcomes += played
        outcomes += [outcome for part in lost for outcome in _isolate(part, executor)]
    return outcomes


def _last_tries(share: Chunk, executor: Executor) -> list[Outcome]:
    for _ in range(TRIES_ALONE):
        outcomes, lost = _attempt([share], executor)
        if not lost:
            return outcomes
    why = f"WorkerLostError: its worker died or was stuck, {TRIES_ALONE} times in a row, while it was evaluated alone"
    return [failed(share, why)]


def _join(outcomes: list[Outcome], elements: Sequence[Element], n_trial: int) -> BatchResult:
    """Put everything in the order of the elements; of a failed individual nothing counts, not even what was played."""
    failures = {number: why for outcome in outcomes for number, why in outcome.failures.items()}
    whole = [o for o in outcomes if o.episodes is not None]
    if not whole:
        number, why = min(failures.items())
        who = f"every individual failed; number {number}" if len(failures) > 1 else "the individual failed"
        raise EvaluationError(f"{who} by {first_line(why)}") from RemoteError(why)
    played = np.concatenate([_episodes_of(np.asarray(o.positions, np.int64), n_trial) for o in whole])
    rows = np.flatnonzero([elements[position // n_trial].individual not in failures for position in played])
    episodes = Episodes.join([o.episodes for o in whole if o.episodes is not None])
    scores = np.full(len(elements) * n_trial, np.nan)
    if any(len(o.scores) for o in whole):
        scores[played[rows]] = np.concatenate([o.scores for o in whole])[rows]
    start_seeds = [e.start_seed for e in elements for _ in range(n_trial)]
    return BatchResult(episodes.spread(rows, played[rows], start_seeds), scores, failures)


def _episodes_of(positions: np.ndarray, n_trial: int) -> np.ndarray:
    """Return where the episodes of elements stand among those of all elements."""
    return (positions[:, None] * n_trial + np.arange(n_trial)).ravel()


def _learned(outcomes: list[Outcome], vectors: Sequence[np.ndarray], elements: Sequence[Element]) -> np.ndarray:
    """Return the genomes that elements ended with."""
    learned = np.stack([vectors[e.individual] for e in elements])
    for outcome in outcomes:
        if outcome.learned is not None:
            learned[list(outcome.positions)] = outcome.learned
    return learned


def first_line(failure: str) -> str:
    """Return the reason of a failure, without its traceback."""
    return failure.partition("\n")[0]
