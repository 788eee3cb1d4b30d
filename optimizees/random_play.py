"""What the policy that draws its actions at random observes, to measure how far observations spread."""

from __future__ import annotations

from copy import deepcopy

import numpy as np

from neurosim_rl.environments import EnvironmentSpec, create_batch
from neurosim_rl.rollout import rollout_policy
from neurosim_rl.seeds import Purpose, generator, random_play_start

N_TOGETHER = 8
"""Episodes that are played at a time."""


def random_observations(environment: EnvironmentSpec, n_steps: int, seed: int) -> np.ndarray:
    """Return what random play observes before each action, episode by episode, shape (n, n_observations).

    Parameters
    ----------
    environment : EnvironmentSpec
    n_steps : int
        Whole episodes are played until there are so many steps, or more.
    seed : int
        Starts and actions descend from it.
    """
    space = deepcopy(environment.action_space)
    space.seed(int(generator(seed, Purpose.RANDOM_PLAY, 1).integers(2**31)))
    observed: list[np.ndarray] = []
    n_played = 0
    with create_batch(environment, N_TOGETHER, training=False) as environments:
        while sum(map(len, observed)) < n_steps:
            episodes = rollout_policy(
                lambda observations, _: np.array([space.sample() for _ in observations]),
                environments,
                start_seeds=[random_play_start(seed, n_played + k) for k in range(N_TOGETHER)],
                traces=True,
            )
            assert episodes.traces is not None
            rows = zip(episodes.traces.observations, episodes.lengths.tolist(), strict=True)
            observed += [observations[:length] for observations, length in rows]
            n_played += N_TOGETHER
    return np.concatenate(observed)
