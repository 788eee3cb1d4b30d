"""Evaluation of genomes, and of baselines without a network, on unseen starts."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from neurosim_rl.environments import create_batch
from neurosim_rl.environments.action_parts import sampled
from neurosim_rl.errors import ConfigurationError, EvaluationError
from neurosim_rl.evaluation.attempt import Attempt, tried
from neurosim_rl.evaluation.chunks import Patience
from neurosim_rl.evaluation.dispatch import dispatch, first_line
from neurosim_rl.execution import Executor, RemoteError, create_executor
from neurosim_rl.loop.rollout import rollout_policy
from neurosim_rl.optimizees import ClosedLoop, Element
from neurosim_rl.optimizees.run_size import check_play_size
from neurosim_rl.records.episodes import Episodes
from neurosim_rl.records.unseen_returns import UnseenReturns
from neurosim_rl.seeds import DEFAULT_FIRST_SEED, UNSEEN_END, Purpose, generator

PATIENCE = 3
"""Number of trials in a row that may exceed the time limit, or end their worker, until the others are not tried."""


def evaluate(
    optimizee: ClosedLoop,
    vectors: Sequence[np.ndarray],
    elements: Sequence[Element],
    executor: Executor,
    *,
    training: bool = True,
) -> Episodes:
    """Play all elements, in batches on the executor's workers.

    The result does not depend on the split into batches.

    Parameters
    ----------
    vectors : sequence of array, each of shape (n_genes,)
        Genomes; the ``individual`` of an element is its row here.
    elements : sequence of Element
    training : bool
        Whether ``environment.max_steps`` cuts episodes and ``environment.engine`` steps them.

    Raises
    ------
    EvaluationError
        When an individual fails.
    """
    results = dispatch(optimizee, vectors, elements, executor, training=training)
    if results.failures:
        number, why = min(results.failures.items())
        raise EvaluationError(f"individual {number} failed by {first_line(why)}") from RemoteError(why)
    return results.episodes


def evaluate_unseen(
    optimizee: ClosedLoop, vector: np.ndarray, executor: Executor, *, first_seed: int, episodes: int
) -> UnseenReturns:
    """Evaluate one genome on consecutive start seeds, with the environment's own step limit.

    A trial that fails (an error, NaN, ``timeout_s``, a worker that it ends) counts as failed; the others are played.

    Parameters
    ----------
    first_seed : int
        The first start seed.
    episodes : int
        Number of start seeds. With trials of several episodes it is the number of trials: each trial has one seed.

    Raises
    ------
    NeurosimError
        When the genome or the simulator does not fit the model.
    """
    check_play_size(optimizee, episodes)
    optimizee.check_playable(vector)  # wrong settings are an error, and not a hundred failed trials
    elements = []
    # As individuals of their own, trials fail one by one. All share the one genome, and so one network in a batch.
    for number, element in enumerate(optimizee.evaluation_elements(range(first_seed, first_seed + episodes))):
        elements.append(replace(element, individual=number))
    try:
        results = dispatch(optimizee, [vector] * episodes, elements, executor, training=False, patience=PATIENCE)
    except EvaluationError as error:
        return all_failed(optimizee, first_seed, episodes, str(error.__cause__).strip())
    return _summary(optimizee, first_seed, results.episodes, results.failures)


def evaluate_starts(
    optimizee: ClosedLoop, vector: np.ndarray, *, episodes: int, first_seed: int | None = None, workers: int = 0
) -> UnseenReturns:
    """Evaluate one genome on unseen starts, in local processes that are started for it.

    Parameters
    ----------
    vector : array, shape (n_genes,)
    episodes : int
        Number of start seeds, at least 1.
    first_seed : int or None
        The first start seed; None: 1 000 000.
    workers : int
        0: one for each core; 1: this process.

    Raises
    ------
    ConfigurationError
        For no episode, or for seeds that are not those of unseen starts.
    """
    first_seed = DEFAULT_FIRST_SEED if first_seed is None else first_seed
    check_unseen(optimizee, first_seed, episodes)
    with create_executor(workers) as executor:
        return evaluate_unseen(optimizee, vector, executor, first_seed=first_seed, episodes=episodes)


def check_unseen(optimizee: ClosedLoop, first_seed: int, episodes: int) -> None:
    """Raise unless no run trains or validates on these start seeds.

    Raises
    ------
    ConfigurationError
    """
    if episodes < 1 or not 0 <= first_seed <= UNSEEN_END - episodes:
        raise ConfigurationError(
            f"episodes = {episodes}, first_seed = {first_seed}: expected at least one episode, and seeds from 0 to "
            f"{UNSEEN_END - 1} (training and validation use those above)."
        )
    config = optimizee.config
    n_trained = config.generations * config.episodes
    if config.starts == "generation" and first_seed < n_trained:
        raise ConfigurationError(
            f"first_seed = {first_seed}: this run trained on seeds 0 to {n_trained - 1} (starts = 'generation'). "
            f"Choose {n_trained} or more."
        )


def evaluate_random_policy(
    optimizee: ClosedLoop, *, first_seed: int, episodes: int, limit_s: float = 0.0
) -> UnseenReturns:
    """Evaluate the policy that draws actions at random from the action space, on the same starts.

    Parameters
    ----------
    first_seed, episodes : int
        See `evaluate_unseen`.
    limit_s : float
        Time limit in s for all starts as one batch, and for each of those that are played alone after a failure; 0: no
        limit.
    """
    space = optimizee.environment.action_space

    def play(starts: range) -> Episodes:
        space.seed(int(generator(starts.start, Purpose.RANDOM_POLICY).integers(2**31)))

        def sample(observations: np.ndarray) -> np.ndarray:
            return sampled([space] * len(observations))

        return _play_policy(optimizee, sample, starts, limit_s)

    return _evaluate_policy(optimizee, play, range(first_seed, first_seed + episodes))


def evaluate_rule(optimizee: ClosedLoop, *, first_seed: int, episodes: int, limit_s: float = 0.0) -> UnseenReturns:
    """Evaluate the task's simple rule on the same starts; parameters as of `evaluate_random_policy`."""

    def play(starts: range) -> Episodes:
        return _play_policy(optimizee, optimizee.facts.rule, starts, limit_s)

    return _evaluate_policy(optimizee, play, range(first_seed, first_seed + episodes))


_KEPT: dict[tuple[Any, ...], UnseenReturns] = {}
"""Results of policies without a network in this process: a study has many champions of one task."""


def kept_baseline(
    evaluate_policy: Callable[..., UnseenReturns],
    optimizee: ClosedLoop,
    *,
    first_seed: int,
    episodes: int,
    call: Callable[..., UnseenReturns] | None = None,
) -> UnseenReturns:
    """Return the result of `evaluate_random_policy` or `evaluate_rule`, which is kept within this process.

    Results with failed trials are not kept: the next call may have another time limit.

    Parameters
    ----------
    evaluate_policy : callable
        The one or the other.
    call : callable or None
        Calls the function with its arguments, such as in a worker; None: it is called here.
    """
    config, n_trial = optimizee.config, optimizee.n_trial_episodes(training=False)
    key = (evaluate_policy, type(optimizee), config.environment, n_trial, first_seed, episodes)
    if key in _KEPT:
        return _KEPT[key]
    bound = partial(evaluate_policy, first_seed=first_seed, episodes=episodes, limit_s=config.timeout_s)
    returns = bound(optimizee) if call is None else call(bound, optimizee)
    if not returns.n_failed:
        _KEPT[key] = returns
    return returns


def baselines(optimizee: ClosedLoop, *, first_seed: int, episodes: int) -> tuple[UnseenReturns, UnseenReturns | None]:
    """Evaluate the random policy, and the task's simple rule if it has one, on the same starts."""
    random_policy = kept_baseline(evaluate_random_policy, optimizee, first_seed=first_seed, episodes=episodes)
    rule = None
    if optimizee.facts.rule_label:
        rule = kept_baseline(evaluate_rule, optimizee, first_seed=first_seed, episodes=episodes)
    return random_policy, rule


def _play_policy(
    optimizee: ClosedLoop, policy: Callable[[np.ndarray], np.ndarray], starts: range, limit_s: float
) -> Episodes:
    """Play a policy without a network: a function from a batch of observations to a batch of actions."""
    with create_batch(
        optimizee.environment, len(starts), training=False, reward_part=optimizee.facts.reward_part
    ) as environments:
        return rollout_policy(
            lambda observations, _: policy(observations),
            environments,
            start_seeds=starts,
            n_episodes=optimizee.n_trial_episodes(training=False),
            deadline=time.monotonic() + limit_s if limit_s else math.inf,
        )


def _evaluate_policy(optimizee: ClosedLoop, play: Callable[[range], Episodes], starts: range) -> UnseenReturns:
    """Evaluate a policy from all starts as one batch; if that fails, from each start alone."""
    whole = tried(play, starts)
    if whole.value is not None:
        return _summary(optimizee, starts.start, whole.value, {})
    n_trial = optimizee.n_trial_episodes(training=False)
    parts: list[Episodes] = []
    rows: list[int] = []
    failures: dict[int, str] = {}
    patience = Patience(PATIENCE)
    for number, start in enumerate(starts):
        alone = Attempt[Episodes](None, patience.reason) if patience.ended else tried(play, range(start, start + 1))
        if alone.value is None:
            failures[number] = alone.failure
        else:
            parts.append(alone.value)
            rows += range(number * n_trial, (number + 1) * n_trial)
        if not patience.ended:
            patience.note(alone.failure)
    if not parts:
        return all_failed(optimizee, starts.start, len(starts), failures[0])
    seeds = np.repeat(starts, n_trial).tolist()
    joined = Episodes.join(parts)
    return _summary(optimizee, starts.start, joined.spread(np.arange(len(joined)), np.array(rows), seeds), failures)


def all_failed(optimizee: ClosedLoop, first_seed: int, episodes: int, failure: str) -> UnseenReturns:
    """Return the result of a policy that failed from every start, with the reason."""
    n_trial, defines_success = optimizee.n_trial_episodes(training=False), optimizee.facts.defines_success
    return UnseenReturns.all_failed(first_seed, episodes, n_trial, failure, defines_success=defines_success)


def _summary(optimizee: ClosedLoop, first_seed: int, episodes: Episodes, failures: Mapping[int, str]) -> UnseenReturns:
    """Return the returns of all trials; `failures` has the reasons of those that failed, by number."""
    n_trial = optimizee.n_trial_episodes(training=False)
    by_trial = episodes.returns.reshape(-1, n_trial)
    bad = ~np.isfinite(by_trial).all(axis=1)
    failure = failures[min(failures)] if failures else ""
    if bad.any() and not failure:
        failure = f"a return is {by_trial[bad][0].sum()}"
    if bad.all():
        return all_failed(optimizee, first_seed, len(bad), failure)
    played = np.repeat(~bad, n_trial)
    # NaN: the task names a part of the reward, but this environment does not report it.
    is_known = bool(optimizee.facts.reward_part) and not np.isnan(episodes.partial_returns[played]).any()
    successes = optimizee.facts.successes(episodes)
    return UnseenReturns(
        first_seed,
        np.where(played, episodes.returns, np.nan),
        np.where(played, episodes.lengths, 0),
        None if successes is None else successes & played,
        n_trial,
        np.where(played, episodes.partial_returns, np.nan) if is_known else None,
        failure,
    )
