"""Choice of a champion: validation in each generation, and finalists at the end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from neurosim_rl.errors import EvaluationError
from neurosim_rl.evaluation.attempt import Attempt, tried
from neurosim_rl.evaluation.chunks import Patience
from neurosim_rl.evaluation.dispatch import first_line
from neurosim_rl.evaluation.unseen_starts import PATIENCE, evaluate
from neurosim_rl.execution import Executor
from neurosim_rl.optimizees import ClosedLoop, Element
from neurosim_rl.records.history import History
from neurosim_rl.runs.candidate import Candidate, finalists
from neurosim_rl.runs.stages import FINALISTS, FITNESS, VALIDATION
from neurosim_rl.training.normalisation import task_at_generation
from neurosim_rl.training.stages import Stages


def validate(
    optimizee: ClosedLoop, stages: Stages, candidate: Candidate | None, generation: int, vector: np.ndarray
) -> float:
    """Return the mean return of a genome over the validation starts; -inf: the evaluation fails; NaN: no validation."""
    if not optimizee.config.validation_episodes:
        return float("nan")
    # Elitism brings the same genome back in each generation, and its validation return is known. Under running
    # normalisation that return is out of date: the same genome now gets other inputs.
    if candidate is not None and not optimizee.keeps_observing and np.array_equal(vector, candidate.vector):
        return candidate.validation_return
    outcome = stages.call(VALIDATION, partial(_mean_return, optimizee, vector, optimizee.validation_elements()))
    if outcome.value is None:
        # A genome that fails here is no reason to end the run: the lowest value keeps it from becoming champion.
        stages.log(f"generation {generation}: validation failed: {first_line(outcome.failure)}")
        return -math.inf
    return outcome.value


def _mean_return(optimizee: ClosedLoop, vector: np.ndarray, elements: Sequence[Element], executor: Executor) -> float:
    mean_return = float(evaluate(optimizee, [vector], elements, executor, training=False).returns.mean())
    if not math.isfinite(mean_return):
        raise EvaluationError(f"the mean return is {mean_return}")
    return mean_return


@dataclass(frozen=True)
class Choice:
    """A champion, and the measure that chose it.

    Parameters
    ----------
    candidate : Candidate
    by : str
        ``"finalists"``, ``"validation"`` or ``"training fitness"``.
    failures : dict of str to str
        Reasons why a better measure could not choose, by stage.
    """

    candidate: Candidate
    by: str
    failures: dict[str, str] = field(default_factory=dict)


def choose_champion(optimizee: ClosedLoop, candidate: Candidate, history: History, stages: Stages) -> Choice:
    """Return the champion: the finalist with the highest mean return over new validation starts.

    There are twice as many new starts as validation episodes (see `ClosedLoop.final_elements`). Where all finalists
    fail there, validation chooses; where validation failed in all generations, the training fitness.

    Parameters
    ----------
    candidate : Candidate
        The best individual of the run by validation, or by the measure that the configuration names.
    """
    config = optimizee.config
    if config.champion != "validation":
        return Choice(candidate, FITNESS)
    by, failures = VALIDATION, {}
    if not math.isfinite(candidate.validation_return):
        by = FITNESS
        failures[VALIDATION] = f"it failed in all {history.n_generations} generations (see events.log)"
    found = finalists(history, config.finalists)
    if len(found) < 2:
        return Choice(candidate, by, failures)
    outcome = stages.call(FINALISTS, partial(_final_returns, optimizee, found, history))
    if outcome.value is None:
        stages.log(f"{FINALISTS} failed: {first_line(outcome.failure)}")
        return Choice(candidate, by, {**failures, FINALISTS: outcome.failure})
    stages.log(_final_text(optimizee, found, outcome.value))
    best = int(np.argmax(outcome.value))  # the first of equals, which validated best
    return Choice(found[best], FINALISTS, failures)


def _final_returns(
    optimizee: ClosedLoop, found: Sequence[Candidate], history: History, executor: Executor
) -> list[float]:
    """Return the mean return of each finalist over the new starts; -inf: it fails there.

    Raises
    ------
    EvaluationError
        When all fail.
    """
    # The best validation return of many generations is partly luck with the validation starts. On new starts this
    # luck is gone. Finalists differ little, and there are few of them: twice as many starts tell them apart better
    # and cost little.
    elements = optimizee.final_elements()
    returns: list[float] = []
    failures: list[str] = []
    patience = Patience(PATIENCE)
    for finalist in found:
        # Each finalist plays with the normalisation of its own generation, for which it was selected.
        as_met = task_at_generation(optimizee, history, finalist.generation)
        outcome: Attempt[float] = Attempt(None, patience.reason)
        if not patience.ended:
            outcome = tried(_mean_return, as_met, finalist.vector, elements, executor)
            patience.note(outcome.failure.partition(" failed by ")[2])
        if outcome.value is None:
            failures.append(first_line(outcome.failure))
        returns.append(-math.inf if outcome.value is None else outcome.value)
    if len(failures) == len(found):
        raise EvaluationError(f"all {len(found)} failed; the first by {failures[0]}")
    return returns


def _final_text(optimizee: ClosedLoop, found: Sequence[Candidate], returns: Sequence[float]) -> str:
    texts = []
    for finalist, mean_return in zip(found, returns, strict=True):
        result = f"{mean_return:.2f}" if math.isfinite(mean_return) else "failed"
        texts.append(f"generation {finalist.generation}: {result}")
    n_starts = len(optimizee.final_elements())
    return f"mean returns of finalists over {n_starts} new validation starts: {', '.join(texts)}"
