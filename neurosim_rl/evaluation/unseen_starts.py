"""Evaluation of genomes, and of baselines without a network, on unseen starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from neurosim_rl.environments import EnvironmentOptions, create_batch
from neurosim_rl.errors import ConfigurationError, EvaluationError
from neurosim_rl.evaluation.dispatch import dispatch, first_line
from neurosim_rl.execution import Executor, RemoteError, create_executor
from neurosim_rl.loop.rollout import rollout_policy
from neurosim_rl.optimizees import ClosedLoop, Element
from neurosim_rl.records.episodes import Episodes
from neurosim_rl.records.unseen_returns import UnseenReturns
from neurosim_rl.seeds import DEFAULT_FIRST_SEED, UNSEEN_END, Purpose, generator


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

    Parameters
    ----------
    first_seed : int
        The first start seed.
    episodes : int
        Number of start seeds. With trials of several episodes it is the number of trials: each trial has one seed.
    """
    elements = optimizee.evaluation_elements(range(first_seed, first_seed + episodes))
    played = evaluate(optimizee, [vector], elements, executor, training=False)
    return _summary(optimizee, first_seed, played)


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


def evaluate_random_policy(optimizee: ClosedLoop, *, first_seed: int, episodes: int) -> UnseenReturns:
    """Evaluate the policy that draws actions at random from the action space, on the same starts."""
    rng = generator(first_seed, Purpose.RANDOM_POLICY)
    space = optimizee.environment.action_space
    space.seed(int(rng.integers(2**31)))

    def sample(observations: np.ndarray) -> np.ndarray:
        return np.array([space.sample() for _ in observations])

    return _evaluate_policy(optimizee, sample, first_seed, episodes)


def evaluate_rule(optimizee: ClosedLoop, *, first_seed: int, episodes: int) -> UnseenReturns:
    """Evaluate the task's simple rule on the same starts."""
    return _evaluate_policy(optimizee, optimizee.facts.rule, first_seed, episodes)


_BASELINES: dict[tuple[type, EnvironmentOptions, int, int, int], tuple[UnseenReturns, UnseenReturns | None]] = {}


def baselines(optimizee: ClosedLoop, *, first_seed: int, episodes: int) -> tuple[UnseenReturns, UnseenReturns | None]:
    """Evaluate the random policy, and the task's simple rule if it has one, on the same starts.

    The results are kept within a process, because a study has many champions of one task.
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
        random_policy = evaluate_random_policy(optimizee, **unseen)
        rule = evaluate_rule(optimizee, **unseen) if optimizee.facts.rule_label else None
        _BASELINES[key] = random_policy, rule
    return _BASELINES[key]


def _evaluate_policy(
    optimizee: ClosedLoop, policy: Callable[[np.ndarray], np.ndarray], first_seed: int, episodes: int
) -> UnseenReturns:
    """Evaluate a policy without a network: a function from a batch of observations to a batch of actions."""
    seeds = range(first_seed, first_seed + episodes)
    with create_batch(
        optimizee.environment, episodes, training=False, reward_part=optimizee.facts.reward_part
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
    # NaN: the task names a part of the reward, but this environment does not report it.
    is_known = bool(optimizee.facts.reward_part) and not np.isnan(episodes.partial_returns).any()
    partial_returns = episodes.partial_returns if is_known else None
    successes = optimizee.facts.successes(episodes)
    return UnseenReturns(first_seed, episodes.returns, episodes.lengths, successes, n_trial, partial_returns)
