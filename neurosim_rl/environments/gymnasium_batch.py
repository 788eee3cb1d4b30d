"""Batches of Gymnasium environments in this process, the reference for validation and reports."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box
from gymnasium.wrappers import OrderEnforcing, TimeLimit

from neurosim_rl.environments.batch import EnvironmentBatch
from neurosim_rl.environments.spec import EnvironmentSpec, make, setup_errors

_POOL: dict[str, list[gymnasium.Env]] = {}
"""Environments of this process that no batch uses at present; creating one costs as much as 50 steps."""


class GymnasiumBatch(EnvironmentBatch):
    """One Gymnasium environment for each element, stepped one after the other.

    Parameters
    ----------
    spec, n_batch, max_steps
        See `EnvironmentBatch`.
    reward_part : str
        Entry of Gymnasium's ``info`` with a part of the reward that is recorded separately; empty = none. NaN is
        recorded if ``info`` has no such entry, as in older versions of an environment.
    """

    def __init__(self, spec: EnvironmentSpec, n_batch: int, max_steps: int = 0, reward_part: str = "") -> None:
        super().__init__(spec, n_batch, max_steps)
        self._reward_part = reward_part
        self._environments: list[gymnasium.Env] = []
        space = spec.action_space
        self._action_shape = space.shape if isinstance(space, Box) else None

    def __enter__(self) -> GymnasiumBatch:
        """Take environments from the pool of this process, or create them."""
        pool = _POOL.setdefault(repr(self.spec.options), [])
        self._environments = [pool.pop() if pool else self._make() for _ in range(self.n_batch)]
        return self

    def _make(self) -> gymnasium.Env:
        """Return an environment without its wrappers for call order and step limit, which the batch checks itself."""
        env = make(self.spec.options)
        while isinstance(env, OrderEnforcing) or (
            isinstance(env, TimeLimit) and env._max_episode_steps >= self.spec.step_limit
        ):
            env = env.env
        return env

    def __exit__(self, *exc: object) -> None:
        """Return the environments to the pool; after an error they may be broken and are dropped."""
        if exc[0] is None:
            _POOL[repr(self.spec.options)].extend(self._environments)
        self._environments = []

    def _reset(self, seeds: Sequence[int]) -> np.ndarray:
        with self._beginning:
            first = [env.reset(seed=int(seed))[0] for env, seed in zip(self._environments, seeds, strict=True)]
        return _as_rows(first)

    def _restart(self, elements: np.ndarray) -> np.ndarray:
        with self._beginning:
            first = [self._environments[element].reset()[0] for element in elements.tolist()]
        return _as_rows(first)

    @property
    def _beginning(self) -> AbstractContextManager[None]:
        """A context that reports an error of an environment at the beginning of an episode."""
        return setup_errors(f"{self.spec.options.id} cannot begin an episode", "Check environment.kwargs.")

    def _step(self, active: np.ndarray, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        environments = self._environments
        pairs = zip(active.tolist(), self._as_actions(actions), strict=True)
        results = [environments[index].step(action) for index, action in pairs]
        observations, rewards, terminated, truncated, info = zip(*results, strict=True)
        if self._reward_part:
            self._part = np.array([entries.get(self._reward_part, np.nan) for entries in info], dtype=np.float64)
        return (
            _as_rows(observations),
            np.array(rewards, dtype=np.float64),
            np.array(terminated, dtype=bool),
            np.array(truncated, dtype=bool),
        )

    def _as_actions(self, actions: np.ndarray) -> Any:
        """Return actions in the form of Gymnasium: whole numbers, or arrays of the space's shape."""
        if self._action_shape is None:
            return actions.astype(np.int64).tolist()
        return actions.astype(np.float32).reshape(len(actions), *self._action_shape)


def _as_rows(observations: Sequence[Any]) -> np.ndarray:
    return np.array(observations, dtype=np.float64).reshape(len(observations), -1)
