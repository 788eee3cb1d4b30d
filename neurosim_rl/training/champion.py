"""Judging what a run found: over validation starts while it runs, and at its end on unseen starts and in NEST."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from neurosim_rl.errors import EvaluationError
from neurosim_rl.evaluation.replay import record, verify
from neurosim_rl.evaluation.unseen_starts import baselines, evaluate, evaluate_unseen
from neurosim_rl.execution import Executor
from neurosim_rl.optimizees import ClosedLoop, Configuration, Element
from neurosim_rl.records.history import History
from neurosim_rl.runs import RunFolder
from neurosim_rl.runs.ancestor import Ancestor
from neurosim_rl.runs.candidate import Candidate, finalists
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.runs.provenance import provenance
from neurosim_rl.seeds import DEFAULT_FIRST_SEED
from neurosim_rl.training.normalisation import task_at_generation

UNSEEN_EPISODES = 100
"""Unseen starts: each is that of an episode, or of a trial of several."""
RECORDED_EPISODES = 10
"""Episodes that are recorded and replayed, in whole trials, at least one."""


def validate(optimizee: ClosedLoop, executor: Executor, candidate: Candidate | None, vector: np.ndarray) -> float:
    """Return the mean return over the validation starts; -inf: it fails there.

    The candidate's is known already, unless observations look different now.
    """
    if not optimizee.config.validation_episodes:
        return float("nan")
    known = None if optimizee.keeps_observing else candidate
    if known is not None and np.array_equal(vector, known.vector):
        return known.validation_return
    return _mean_return(optimizee, vector, optimizee.validation_elements(), executor)


def _mean_return(optimizee: ClosedLoop, vector: np.ndarray, elements: Sequence[Element], executor: Executor) -> float:
    try:
        return float(evaluate(optimizee, [vector], elements, executor, training=False).returns.mean())
    except EvaluationError:
        return -math.inf


def choose_finalist(optimizee: ClosedLoop, candidate: Candidate, folder: RunFolder, executor: Executor) -> Candidate:
    """Return the champion: the finalist of the highest mean return over new validation starts.

    The best of many generations was also lucky with the validation starts; the new ones know nothing of that.
    """
    history, config = folder.history(), optimizee.config
    assert history is not None
    found = finalists(history, config.finalists) if config.champion == "validation" else []
    if len(found) < 2:
        return candidate
    elements = optimizee.final_elements()
    as_met = [task_at_generation(optimizee, history, finalist.generation) for finalist in found]
    returns = [_mean_return(o, finalist.vector, elements, executor) for o, finalist in zip(as_met, found, strict=True)]
    best = int(np.argmax(returns))  # the first of equals, which validated best
    told = ", ".join(f"generation {f.generation}: {r:.2f}" for f, r in zip(found, returns, strict=True))
    folder.log(f"mean returns of finalists over {len(elements)} new validation starts: {told}")
    return found[best]


def assess(
    optimizee: ClosedLoop,
    candidate: Candidate,
    executor: Executor,
    history: History | None = None,
    ancestor: Ancestor | None = None,
) -> ChampionRecord:
    """Evaluate a candidate on unseen starts beside simple policies, record it, and verify it in NEST.

    Parameters
    ----------
    history : History or None
        What it took to find it; None: nothing that is known.
    ancestor : Ancestor or None
        What the run went on from, and what it took to find that; None: nothing.
    """
    before = Ancestor(candidate.vector, n_steps=0, seconds=0.0) if ancestor is None else ancestor
    unseen = {"first_seed": DEFAULT_FIRST_SEED, "episodes": UNSEEN_EPISODES}
    result = evaluate_unseen(optimizee, candidate.vector, executor, **unseen)
    n_recorded = max(1, RECORDED_EPISODES // optimizee.n_trial_episodes(training=False))
    start_seeds = range(DEFAULT_FIRST_SEED, DEFAULT_FIRST_SEED + n_recorded)
    recording = executor.call_in_nest_thread(record, optimizee, candidate.vector, start_seeds)
    random, rule = baselines(optimizee, **unseen)
    assert isinstance(optimizee.config, Configuration)
    return ChampionRecord(
        config=optimizee.config,
        vector=candidate.vector,
        generation=candidate.generation,
        individual=candidate.individual,
        fitness=candidate.fitness,
        validation_return=candidate.validation_return,
        n_evaluations=before.n_evaluations + (0 if history is None else history.n_evaluations),
        n_episodes=before.n_episodes + (0 if history is None else history.n_episodes),
        n_steps=None if before.n_steps is None else before.n_steps + (0 if history is None else history.n_steps),
        seconds=None if history is None or before.seconds is None else before.seconds + float(history.seconds.sum()),
        ancestor_kind=before.kind,
        unseen=result,
        random=random,
        rule=rule,
        recording=recording,
        verification=executor.call_in_nest_thread(verify, optimizee, candidate.vector, recording),
        provenance=provenance(),
    )
