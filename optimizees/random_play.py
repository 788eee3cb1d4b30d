"""Random play, to measure the statistics of observations for normalisations."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

import numpy as np
from gymnasium.spaces import Space

from neurosim_rl.bridge import MeasuredNormalisation
from neurosim_rl.environments import EnvironmentSpec, create_batch
from neurosim_rl.environments.action_parts import sampled
from neurosim_rl.errors import ConfigurationError, EnvironmentSetupError
from neurosim_rl.loop.rollout import rollout_policy
from neurosim_rl.seeds import Purpose, generator, random_play_start

FIRST_EPISODES, MOST_EPISODES = 5, 32
"""Episodes in one batch: in the first, and at most."""
MOST_STEPS = 2_000_000
"""Most steps of random play."""
LARGEST_OBSERVATION = 1e150
"""Observations that are not below it count as infinite."""

_MEASURED: dict[tuple[str, str], MeasuredNormalisation] = {}
"""Measured normalisations of this process, by environment and normalisation."""


def measured(normalisation: MeasuredNormalisation, environment: EnvironmentSpec) -> MeasuredNormalisation:
    """Return the normalisation with the statistics of an environment's random play; a process plays once for each."""
    if normalisation.steps > MOST_STEPS:
        raise ConfigurationError(
            f"normalisation.steps = {normalisation.steps}: random play of so many steps takes more than "
            f"{MOST_STEPS // 1_000_000} minutes; expected at most {MOST_STEPS}. Set fewer steps, or give the "
            f"statistics: {', '.join(normalisation.measured_names)}."
        )
    key = (repr(environment.options), repr(normalisation))
    if key not in _MEASURED:
        observed = random_observations(environment, normalisation.steps, normalisation.seed)
        _check_finite(environment, observed)
        _MEASURED[key] = normalisation.measured(observed)
    return _MEASURED[key]


def _check_finite(environment: EnvironmentSpec, observed: np.ndarray) -> None:
    """Raise for observations without a mean or a variance: infinite ones, and those with infinite squares."""
    bad = ~(np.abs(observed) < LARGEST_OBSERVATION)
    if bad.any():
        step, variable = np.argwhere(bad)[0].tolist()
        raise EnvironmentSetupError(
            f"{environment.options.id} returned observation[{variable}] = {observed[step, variable]} in random play; "
            "expected finite numbers, to measure a normalisation. Check the environment, or set normalisation.name = "
            "'none'."
        )


def random_observations(environment: EnvironmentSpec, n_steps: int, seed: int) -> np.ndarray:
    """Return the observations of random play before each action, episode by episode, shape (n, n_observations).

    Parameters
    ----------
    environment : EnvironmentSpec
    n_steps : int
        Least number of steps. Episodes are whole, and at least `FIRST_EPISODES`: there may be more steps.
    seed : int
        Seed of starts and actions, with the number of each episode.
    """
    observed: list[np.ndarray] = []
    n_observed, n_more = 0, FIRST_EPISODES
    while n_observed < n_steps:
        episodes = _play(environment, range(len(observed), len(observed) + n_more), seed)
        for observations in episodes:
            if n_observed < n_steps or len(observed) < FIRST_EPISODES:
                observed.append(observations)
                n_observed += len(observations)
        # As many episodes as the steps still missing take, by the mean length so far, rounded up. The batches do not
        # change the outcome: each episode has its own seeds, and surplus episodes are dropped.
        n_more = min(MOST_EPISODES, -(-(n_steps - n_observed) * len(observed) // n_observed))
    return np.concatenate(observed)


def _play(environment: EnvironmentSpec, numbers: Sequence[int], seed: int) -> list[np.ndarray]:
    """Return the observations of some episodes, each of shape (n_steps, n_observations)."""
    spaces = [_seeded(environment.action_space, seed, number) for number in numbers]
    with create_batch(environment, len(numbers), training=False) as environments:
        played = rollout_policy(
            lambda _, active: sampled([spaces[element] for element in active.tolist()]),
            environments,
            start_seeds=[random_play_start(seed, number) for number in numbers],
            traces=True,
        )
    assert played.traces is not None
    rows = zip(played.traces.observations, played.lengths.tolist(), strict=True)
    return [observations[:length] for observations, length in rows]


def _seeded(space: Space, seed: int, episode: int) -> Space:
    """Return a copy of the action space that draws an episode's actions."""
    copy = deepcopy(space)
    copy.seed(int(generator(seed, Purpose.RANDOM_PLAY, 1, episode).integers(2**31)))
    return copy
