"""Measurement of a champion: unseen starts, simple policies beside it, and a recording that NEST replays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from neurosim_rl.evaluation.attempt import Attempt, tried_on
from neurosim_rl.evaluation.dispatch import first_line
from neurosim_rl.evaluation.replay import record_each, verify_each
from neurosim_rl.evaluation.unseen_starts import (
    PATIENCE,
    all_failed,
    evaluate_random_policy,
    evaluate_rule,
    evaluate_unseen,
    kept_baseline,
)
from neurosim_rl.execution import Executor
from neurosim_rl.optimizees import ClosedLoop, Configuration
from neurosim_rl.records.history import History
from neurosim_rl.records.recording import Recording, Verification
from neurosim_rl.records.unseen_returns import UnseenReturns
from neurosim_rl.runs.ancestor import Ancestor
from neurosim_rl.runs.candidate import Candidate
from neurosim_rl.runs.champion import ChampionRecord
from neurosim_rl.runs.provenance import provenance
from neurosim_rl.runs.stages import MEASUREMENTS, RANDOM, RECORDING, REPLAY, RULE, UNSEEN, VALIDATION
from neurosim_rl.seeds import DEFAULT_FIRST_SEED
from neurosim_rl.training.choice import Choice
from neurosim_rl.training.stages import Stages

UNSEEN_EPISODES = 100
"""Number of unseen starts. Each start begins one trial, of one or several episodes."""
RECORDED_EPISODES = 10
"""Episodes to record and replay, rounded down to whole trials; at least one trial."""
REPLAY_LIMIT = 10
"""Time that the replay of a trial in NEST may take, in units of ``timeout_s``: NEST is the slower simulator."""


def assess(optimizee: ClosedLoop, candidate: Candidate, executor: Executor) -> ChampionRecord:
    """Return an imported genome as a champion that is measured as those of runs are."""
    with Stages(executor) as stages:
        return measure(unmeasured(optimizee, Choice(candidate, "")), optimizee, stages)


def unmeasured(
    optimizee: ClosedLoop, choice: Choice, history: History | None = None, ancestor: Ancestor | None = None
) -> ChampionRecord:
    """Return a champion on which nothing is measured yet.

    Parameters
    ----------
    choice : Choice
    history : History or None
        History of the run, for the cost of training; None: not known, such as for an imported genome.
    ancestor : Ancestor or None
        Champion at which the run started, with the cost of its training; None: no ancestor.
    """
    candidate = choice.candidate
    before = Ancestor(candidate.vector, n_steps=0, seconds=0.0) if ancestor is None else ancestor
    costs = _costs(before, history)
    missing = [stage for stage in MEASUREMENTS if stage != RULE or optimizee.facts.rule_label]
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
        unseen=UnseenReturns.not_measured(),
        random=UnseenReturns.not_measured(),
        rule=UnseenReturns.not_measured() if RULE in missing else None,
        recording=Recording.none(),
        verification=Verification(0, 0, 0, 0),
        provenance={**provenance(), **optimizee.nest_module_records},
        chosen_by=choice.by,
        missing=tuple(missing),
        stage_failures=choice.failures,
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


def pending(champion: ChampionRecord) -> list[str]:
    """Return the stages that a resumed run has to do: those that are missing, and those that failed."""
    # Validation belongs to the generations, which are not played again.
    stages = [stage for stage in champion.failures if stage != VALIDATION]
    stages += champion.missing
    if RECORDING in stages:
        stages.append(REPLAY)
    return stages


def measure(
    champion: ChampionRecord,
    optimizee: ClosedLoop,
    stages: Stages,
    on_measured: Callable[[ChampionRecord], None] = lambda champion: None,
) -> ChampionRecord:
    """Return the champion with its pending measurements.

    Parameters
    ----------
    optimizee : ClosedLoop
        The champion's task.
    on_measured : callable
        Called with the champion after each stage.
    """
    to_do = pending(champion)
    for stage in MEASUREMENTS:
        if stage not in to_do:
            continue
        outcome = stages.call(stage, partial(_MEASURES[stage], champion, optimizee))
        changes, failure = outcome.value or (_failed(stage, champion, optimizee, outcome.failure), outcome.failure)
        failures = {name: reason for name, reason in champion.stage_failures.items() if name != stage}
        if failure:
            stages.log(f"{stage} failed, in part or all: {first_line(failure)}")
            if stage in (RECORDING, REPLAY):  # returns keep the reason of theirs
                failures[stage] = failure
        missing = tuple(name for name in champion.missing if name != stage)
        champion = replace(champion, **changes, missing=missing, stage_failures=failures)
        on_measured(champion)
    return champion


Measured = tuple[dict[str, Any], str]
"""Fields of a champion that a stage has measured, and the reason of a failure (empty: none)."""


def _failed(stage: str, champion: ChampionRecord, optimizee: ClosedLoop, failure: str) -> dict[str, Any]:
    """Return the fields of a champion of which a whole stage failed."""
    if stage == RECORDING:
        return {"recording": Recording.none()}
    if stage == REPLAY:
        return {"verification": Verification(0, 0, 0, 0, failed=len(champion.recording.start_seeds))}
    return {_RETURNS[stage]: all_failed(optimizee, DEFAULT_FIRST_SEED, UNSEEN_EPISODES, failure)}


def _measure_unseen(champion: ChampionRecord, optimizee: ClosedLoop, executor: Executor) -> Measured:
    first, n = DEFAULT_FIRST_SEED, UNSEEN_EPISODES
    returns = evaluate_unseen(optimizee, champion.vector, executor, first_seed=first, episodes=n)
    return {_RETURNS[UNSEEN]: returns}, returns.failure


def _measure_baseline(
    stage: str,
    evaluate_policy: Callable[..., UnseenReturns],
    champion: ChampionRecord,
    optimizee: ClosedLoop,
    executor: Executor,
) -> Measured:
    limit_s = 2 * (1 + PATIENCE) * optimizee.config.timeout_s

    def call(bound: Callable[..., UnseenReturns], *arguments: Any) -> UnseenReturns:
        outcome = tried_on(executor, bound, *arguments, limit_s=limit_s)
        if outcome.value is None:
            return all_failed(optimizee, DEFAULT_FIRST_SEED, UNSEEN_EPISODES, outcome.failure)
        return outcome.value

    first, n = DEFAULT_FIRST_SEED, UNSEEN_EPISODES
    returns = kept_baseline(evaluate_policy, optimizee, first_seed=first, episodes=n, call=call)
    return {_RETURNS[stage]: returns}, returns.failure


def _record(champion: ChampionRecord, optimizee: ClosedLoop, executor: Executor) -> Measured:
    start_seeds = _starts_to_record(champion.unseen, optimizee)
    if not start_seeds:
        return {"recording": Recording.none()}, "no unseen start was played to its end"
    timeout_s = optimizee.config.timeout_s
    limit_s = 2 * (1 + 2 * len(start_seeds)) * timeout_s
    outcome = tried_on(executor, record_each, optimizee, champion.vector, start_seeds, timeout_s, limit_s=limit_s)
    recorded = outcome.value or Attempt[Recording](None, outcome.failure)
    return {"recording": recorded.value or Recording.none()}, recorded.failure


def _starts_to_record(unseen: UnseenReturns, optimizee: ClosedLoop) -> Sequence[int]:
    """Return the first unseen starts from which the champion did not fail."""
    n_trial = optimizee.n_trial_episodes(training=False)
    played = unseen.played[::n_trial].nonzero()[0] + unseen.first_seed
    return played[: max(1, RECORDED_EPISODES // n_trial)].tolist()


def _replay(champion: ChampionRecord, optimizee: ClosedLoop, executor: Executor) -> Measured:
    recording, limit_s = champion.recording, REPLAY_LIMIT * optimizee.config.timeout_s
    if recording.is_empty:
        return _failed(REPLAY, champion, optimizee, ""), "nothing is recorded"
    arguments = optimizee, champion.vector, recording, limit_s
    outcome = tried_on(executor, verify_each, *arguments, limit_s=2 * len(recording.start_seeds) * limit_s)
    if outcome.value is None or outcome.value.value is None:
        return _failed(REPLAY, champion, optimizee, ""), outcome.failure
    return {"verification": outcome.value.value}, outcome.value.failure


_RETURNS = {UNSEEN: "unseen", RANDOM: "random", RULE: "rule"}
"""Fields of a champion with returns on unseen starts, by stage."""

_MEASURES: dict[str, Callable[[ChampionRecord, ClosedLoop, Executor], Measured]] = {
    UNSEEN: _measure_unseen,
    RECORDING: _record,
    RANDOM: partial(_measure_baseline, RANDOM, evaluate_random_policy),
    RULE: partial(_measure_baseline, RULE, evaluate_rule),
    REPLAY: _replay,
}
"""Functions that measure a champion, by stage."""
