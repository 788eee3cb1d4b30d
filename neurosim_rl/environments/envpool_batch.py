"""Batches of EnvPool environments: the same dynamics in C++, for training that Gymnasium's Python would slow down."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from gymnasium.spaces import Discrete

from neurosim_rl.environments.batch import EnvironmentBatch
from neurosim_rl.environments.spec import EnvironmentSpec
from neurosim_rl.errors import EnvironmentSetupError
from neurosim_rl.settings.checks import nearest, require_extra

LEAVES_OUT = ("include_cfrc_ext_in_observation",)
"""Keyword arguments of Gymnasium that EnvPool can imitate: if false, they leave out the last observations."""


class EnvPoolBatch(EnvironmentBatch):
    """A pool of EnvPool environments, one for each element.

    Starts come from EnvPool's own generator: the same seed gives another start than in Gymnasium, from the same
    distribution. Observations are float32, except in MuJoCo (float64), as in Gymnasium. Rewards are float32.
    """

    def __init__(self, spec: EnvironmentSpec, n_batch: int, max_steps: int = 0) -> None:
        super().__init__(spec, n_batch, max_steps)
        self._envpool = require_extra("envpool", "fast")
        _check_offered(spec, self._envpool.list_all_envs())
        self._action_type = np.int32 if isinstance(spec.action_space, Discrete) else np.float32

    def _reset(self, seeds: Sequence[int]) -> np.ndarray:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # EnvPool warns that it rounds bounds to float32
            self._pool = self._envpool.make(
                self.spec.options.id,
                env_type="gymnasium",
                num_envs=self.n_batch,
                num_threads=1,  # workers are processes already, so more threads would compete for the same cores
                seed=[int(seed) % 2**31 for seed in seeds],
                max_episode_steps=self.spec.step_limit,
            )
            return self._as_rows(self._pool.reset()[0])

    def _restart(self, elements: np.ndarray) -> np.ndarray:
        observations, info = self._pool.reset(elements.astype(np.int32))
        return self._as_rows(observations[np.argsort(info["env_id"])])

    def _step(self, active: np.ndarray, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        actions = actions.astype(self._action_type)
        if not isinstance(self.spec.action_space, Discrete):
            assert self.spec.action_space.shape is not None
            actions = actions.reshape(len(actions), *self.spec.action_space.shape)
        observations, rewards, terminated, truncated, info = self._pool.step(actions, active.astype(np.int32))
        order = np.argsort(info["env_id"])  # EnvPool returns environments in the order in which they finish
        return (
            self._as_rows(observations[order]),
            rewards[order].astype(np.float64),
            terminated[order].astype(bool),
            truncated[order].astype(bool),
        )

    def _as_rows(self, observations: np.ndarray) -> np.ndarray:
        """Return the observations that Gymnasium's environment has, shape (n_rows, n_observations), float64.

        EnvPool's ant always observes contact forces here, because it does not pay for contacts otherwise.
        """
        rows = observations.reshape(len(observations), -1)
        return rows[:, : len(self.spec.observation_low)].astype(np.float64)


def _check_offered(spec: EnvironmentSpec, offered: Sequence[str]) -> None:
    if spec.options.wrappers:
        raise EnvironmentSetupError(
            "environment.wrappers are Gymnasium's; EnvPool would not use them. Leave them out, or set "
            "environment.engine = 'gymnasium'."
        )
    if spec.options.id not in offered:
        match = nearest(spec.options.id, offered)
        hint = f" Nearest: {match!r}." if match else ""
        raise EnvironmentSetupError(f"EnvPool has no {spec.options.id!r}.{hint} Set environment.engine = 'gymnasium'.")
    unknown = [name for name in spec.options.kwargs if name not in LEAVES_OUT]
    if unknown:
        raise EnvironmentSetupError(
            f"environment.kwargs are Gymnasium's; EnvPool would not obey {unknown[0]!r}, only {', '.join(LEAVES_OUT)}. "
            "Remove the argument, or set environment.engine = 'gymnasium'."
        )
