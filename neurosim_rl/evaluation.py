"""Evaluating genomes on unseen starts, and the statistics of that."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import bootstrap

from neurosim_rl.dispatch import dispatch, first_line
from neurosim_rl.environments import create_batch
from neurosim_rl.episodes import Episodes
from neurosim_rl.errors import EvaluationError
from neurosim_rl.execution import Executor, RemoteError
from neurosim_rl.optimizees import ClosedLoop, Element
from neurosim_rl.rollout import rollout_policy
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


@dataclass(frozen=True)
class HeldOut:
    """What a policy is worth on starts that nobody trained on.

    Parameters
    ----------
    first_seed : int
        Trial k resets its environment with seed ``first_seed + k``.
    returns : array, shape (n_episodes,)
        Of all episodes of the first trial, then of the next.
    lengths : int array, shape (n_episodes,)
    successes : bool array, shape (n_episodes,), or None
        None: the task does not say what success is.
    n_trial : int
        Episodes of each trial.
    partial_returns : array, shape (n_episodes,), or None
        Sums of the task's ``reward_part``; None: it has none, or its environment does not tell.
    """

    first_seed: int
    returns: np.ndarray
    lengths: np.ndarray
    successes: np.ndarray | None
    n_trial: int = 1
    partial_returns: np.ndarray | None = None

    @property
    def trial_returns(self) -> np.ndarray:
        """Mean return of each trial's episodes, shape (n_trials,): what a life was worth, learning included."""
        return self.returns if self.n_trial == 1 else self.returns.reshape(-1, self.n_trial).mean(axis=1)

    @property
    def returns_in_trial(self) -> np.ndarray:
        """Mean return of first episodes, of second ones, and so on, shape (n_trial,): the course of learning."""
        return self.returns.reshape(-1, self.n_trial).mean(axis=0)

    @property
    def mean_return(self) -> float:
        """Mean return."""
        return float(self.returns.mean())

    @property
    def success_rate(self) -> float | None:
        """Share of successful episodes; None where the task does not say what success is."""
        return None if self.successes is None else float(self.successes.mean())

    @property
    def mean_length(self) -> float:
        """Mean number of steps."""
        return float(self.lengths.mean())

    def ci95(self) -> tuple[float, float]:
        """Return the 95 % percentile-bootstrap interval of the mean return (10 000 resamples, seeded).

        Trials are resampled, not episodes: those of one trial share its world and what was learned in it.
        """
        returns = self.trial_returns
        if len(returns) < 2 or np.ptp(returns) == 0:
            return self.mean_return, self.mean_return
        interval = bootstrap(
            (returns,),
            np.mean,
            n_resamples=10_000,
            method="percentile",
            rng=generator(0, Purpose.BOOTSTRAP),
        ).confidence_interval
        return float(interval.low), float(interval.high)


def held_out(
    optimizee: ClosedLoop, vector: np.ndarray, executor: Executor, *, first_seed: int, episodes: int
) -> HeldOut:
    """Evaluate one genome on seeds from ``first_seed`` on, under the environment's own step limit.

    With trials of several episodes, ``episodes`` counts the trials: each has a seed.
    """
    elements = optimizee.evaluation_elements(range(first_seed, first_seed + episodes))
    return _summary(optimizee, first_seed, evaluate(optimizee, [vector], elements, executor, training=False))


def held_out_random(optimizee: ClosedLoop, *, first_seed: int, episodes: int) -> HeldOut:
    """Evaluate the policy that draws from the action space, on the same starts."""
    rng = generator(first_seed, Purpose.RANDOM_POLICY)
    space = optimizee.environment.action_space
    space.seed(int(rng.integers(2**31)))
    return _held_out_policy(optimizee, lambda o: np.array([space.sample() for _ in o]), first_seed, episodes)


def held_out_rule(optimizee: ClosedLoop, *, first_seed: int, episodes: int) -> HeldOut:
    """Evaluate the task's simple rule on the same starts."""
    return _held_out_policy(optimizee, optimizee.rule, first_seed, episodes)


_BASELINES: dict[tuple[type, str, int, int, int], tuple[HeldOut, HeldOut | None]] = {}


def baselines(optimizee: ClosedLoop, *, first_seed: int, episodes: int) -> tuple[HeldOut, HeldOut | None]:
    """Evaluate the random policy, and the task's simple rule if it has one, on the same starts.

    Within a process it is remembered what a task's baselines are worth: a study has many champions of one task.
    """
    environment = json.dumps(dict(optimizee.config.environment), sort_keys=True, default=list)
    key = (type(optimizee), environment, optimizee.n_trial_episodes(training=False), first_seed, episodes)
    if key not in _BASELINES:
        unseen = {"first_seed": first_seed, "episodes": episodes}
        rule = held_out_rule(optimizee, **unseen) if optimizee.rule_label else None
        _BASELINES[key] = held_out_random(optimizee, **unseen), rule
    return _BASELINES[key]


def _held_out_policy(
    optimizee: ClosedLoop, policy: Callable[[np.ndarray], np.ndarray], first_seed: int, episodes: int
) -> HeldOut:
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


def _summary(optimizee: ClosedLoop, first_seed: int, episodes: Episodes) -> HeldOut:
    n_trial = optimizee.n_trial_episodes(training=False)
    is_told = bool(optimizee.reward_part) and not np.isnan(episodes.partial_returns).any()
    partial_returns = episodes.partial_returns if is_told else None
    successes = optimizee.successes(episodes)
    return HeldOut(first_seed, episodes.returns, episodes.lengths, successes, n_trial, partial_returns)
