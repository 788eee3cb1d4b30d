"""Choice and evaluation of a champion: validation, finalists, unseen starts, and a recording that NEST replays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

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
"""Number of unseen starts. Each start begins one trial, of one or several episodes."""
RECORDED_EPISODES = 10
"""Episodes to record and replay, rounded down to whole trials; at least one trial."""


def validate(optimizee: ClosedLoop, executor: Executor, candidate: Candidate | None, vector: np.ndarray) -> float:
    """Return the mean return of a genome over the validation starts; -inf: the evaluation fails; NaN: no validation."""
    if not optimizee.config.validation_episodes:
        return float("nan")
    # Elitism brings the same genome back in each generation, and its validation return is known. Under running
    # normalisation that return is out of date: the same genome now gets other inputs.
    if candidate is not None and not optimizee.keeps_observing and np.array_equal(vector, candidate.vector):
        return candidate.validation_return
    return _mean_return(optimizee, vector, optimizee.validation_elements(), executor)


def _mean_return(optimizee: ClosedLoop, vector: np.ndarray, elements: Sequence[Element], executor: Executor) -> float:
    # A genome that fails here is no reason to end the run: the lowest value keeps it from becoming champion.
    try:
        return float(evaluate(optimizee, [vector], elements, executor, training=False).returns.mean())
    except EvaluationError:
        return -math.inf


def choose_finalist(optimizee: ClosedLoop, candidate: Candidate, folder: RunFolder, executor: Executor) -> Candidate:
    """Return the champion: the finalist with the highest mean return over new validation starts.

    There are twice as many new starts as validation episodes (see `ClosedLoop.final_elements`).
    """
    history, config = folder.history(), optimizee.config
    assert history is not None
    if config.champion != "validation":
        return candidate
    found = finalists(history, config.finalists)
    if len(found) < 2:
        return candidate
    # The best validation return of many generations is partly luck with the validation starts. On new starts this
    # luck is gone. Finalists differ little, and there are few of them: twice as many starts tell them apart better
    # and cost little.
    elements = optimizee.final_elements()
    returns, texts = [], []
    for finalist in found:
        # Each finalist plays with the normalisation of its own generation, for which it was selected.
        as_met = task_at_generation(optimizee, history, finalist.generation)
        mean_return = _mean_return(as_met, finalist.vector, elements, executor)
        returns.append(mean_return)
        texts.append(f"generation {finalist.generation}: {mean_return:.2f}")
    folder.log(f"mean returns of finalists over {len(elements)} new validation starts: {', '.join(texts)}")
    best = int(np.argmax(returns))  # the first of equals, which validated best
    return found[best]


def assess(
    optimizee: ClosedLoop,
    candidate: Candidate,
    executor: Executor,
    history: History | None = None,
    ancestor: Ancestor | None = None,
) -> ChampionRecord:
    """Evaluate a candidate on unseen starts beside simple policies, record some trials, and verify them in NEST.

    Parameters
    ----------
    history : History or None
        History of the run, for the cost of training; None: not known, such as for an imported genome.
    ancestor : Ancestor or None
        Champion at which the run started, with the cost of its training; None: no ancestor.
    """
    before = Ancestor(candidate.vector, n_steps=0, seconds=0.0) if ancestor is None else ancestor
    costs = _costs(before, history)
    unseen = {"first_seed": DEFAULT_FIRST_SEED, "episodes": UNSEEN_EPISODES}
    result = evaluate_unseen(optimizee, candidate.vector, executor, **unseen)
    n_recorded = max(1, RECORDED_EPISODES // optimizee.n_trial_episodes(training=False))
    start_seeds = range(DEFAULT_FIRST_SEED, DEFAULT_FIRST_SEED + n_recorded)
    # NEST has one kernel for each process, and only one thread may use it.
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
        n_evaluations=costs.n_evaluations,
        n_episodes=costs.n_episodes,
        n_steps=costs.n_steps,
        seconds=costs.seconds,
        ancestor_kind=before.kind,
        unseen=result,
        random=random,
        rule=rule,
        recording=recording,
        verification=executor.call_in_nest_thread(verify, optimizee, candidate.vector, recording),
        provenance=provenance(),
    )


def _costs(before: Ancestor, history: History | None) -> Ancestor:
    """Return the ancestor with the costs of the run added to its own; an unknown cost makes the sum unknown."""
    if history is None:
        return replace(before, seconds=None)
    return replace(
        before,
        n_evaluations=before.n_evaluations + history.n_evaluations,
        n_episodes=before.n_episodes + history.n_episodes,
        n_steps=None if before.n_steps is None else before.n_steps + history.n_steps,
        seconds=None if before.seconds is None else before.seconds + float(history.seconds.sum()),
    )
