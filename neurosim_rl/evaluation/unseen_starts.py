"""Evaluating genomes on unseen starts, and the statistics of that."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from neurosim_rl.environments import EnvironmentOptions, create_batch
from neurosim_rl.errors import EvaluationError
from neurosim_rl.evaluation.dispatch import dispatch, first_line
from neurosim_rl.execution import Executor, RemoteError
from neurosim_rl.loop.rollout import rollout_policy
from neurosim_rl.optimizees import ClosedLoop, Element
from neurosim_rl.records.episodes import Episodes
from neurosim_rl.records.unseen_returns import UnseenReturns
from neurosim_rl.seeds import Purpose, generator


def evaluate(
    optimizee: ClosedLoop,
    vectors: Sequence[np.ndarray],
    elements: Sequence[Element],
    executor: Executor,
    *,
    training: bool = True,
) -> Episodes:
    """Play all elements, in batches spread over the executor's workers.

    The result does not depend on how they are spread.

    Parameters
    ----------
    vectors : sequence of array, each of shape (n_genes,)
        Genomes; elements refer to their rows.
    elements : sequence of Element
    training : bool
        Whether ``environment.max_steps`` cuts episodes and ``environment.engine`` steps them.

    Raises
    ------
    EvaluationError
        When any individual fails.
    """
    results = dispatch(optimizee, vectors, elements, executor, training=training)
    if results.failures:
        number, why = min(results.failures.items())
        raise EvaluationError(f"individual {number} failed by {first_line(why)}") from RemoteError(why)
    return results.episodes


def evaluate_unseen(
    optimizee: ClosedLoop, vector: np.ndarray, executor: Executor, *, first_seed: int, episodes: int
) -> UnseenReturns:
    """Evaluate one genome on seeds from ``first_seed`` on, under the environment's own step limit.

    With trials of several episodes, ``episodes`` counts the trials: each has a seed.
    """
    elements = optimizee.evaluation_elements(range(first_seed, first_seed + episodes))
    return _summary(optimizee, first_seed, evaluate(optimizee, [vector], elements, executor, training=False))


def evaluate_random_policy(optimizee: ClosedLoop, *, first_seed: int, episodes: int) -> UnseenReturns:
    """Evaluate the policy that draws from the action space, on the same starts."""
    rng = generator(first_seed, Purpose.RANDOM_POLICY)
    space = optimizee.environment.action_space
    space.seed(int(rng.integers(2**31)))
    return _evaluate_policy(optimizee, lambda o: np.array([space.sample() for _ in o]), first_seed, episodes)


def evaluate_rule(optimizee: ClosedLoop, *, first_seed: int, episodes: int) -> UnseenReturns:
    """Evaluate the task's simple rule on the same starts."""
    return _evaluate_policy(optimizee, optimizee.rule, first_seed, episodes)


_BASELINES: dict[tuple[type, EnvironmentOptions, int, int, int], tuple[UnseenReturns, UnseenReturns | None]] = {}


def baselines(optimizee: ClosedLoop, *, first_seed: int, episodes: int) -> tuple[UnseenReturns, UnseenReturns | None]:
    """Evaluate the random policy, and the task's simple rule if it has one, on the same starts.

    Within a process it is remembered what a task's baselines are worth: a study has many champions of one task.
    """
    key = (
        type(optimizee),
        optimizee.config.environment,
        optimizee.n_trial_episodes(training=False),
        first_seed,
        episodes,
    )
    if key not in _BASELINES:
        unseen = {"first_seed": first_seed, "episodes": episodes}
        rule = evaluate_rule(optimizee, **unseen) if optimizee.rule_label else None
        _BASELINES[key] = evaluate_random_policy(optimizee, **unseen), rule
    return _BASELINES[key]


def _evaluate_policy(
    optimizee: ClosedLoop, policy: Callable[[np.ndarray], np.ndarray], first_seed: int, episodes: int
) -> UnseenReturns:
    """Evaluate a policy without a network: observations in, actions out, both batched."""
    seeds = range(first_seed, first_seed + episodes)
    with create_batch(
        optimizee.environment, episodes, training=False, reward_part=optimizee.reward_part
    ) as environments:
        played = rollout_policy(
            lambda observations, _: policy(observations),
            environments,
            start_seeds=seeds,
            n_episodes=optimizee.n_trial_episodes(training=False),
        )
    return _summary(optimizee, first_seed, played)


def _summary(optimizee: ClosedLoop, first_seed: int, episodes: Episodes) -> UnseenReturns:
    n_trial = optimizee.n_trial_episodes(training=False)
    is_told = bool(optimizee.reward_part) and not np.isnan(episodes.partial_returns).any()
    partial_returns = episodes.partial_returns if is_told else None
    successes = optimizee.successes(episodes)
    return UnseenReturns(first_seed, episodes.returns, episodes.lengths, successes, n_trial, partial_returns)
