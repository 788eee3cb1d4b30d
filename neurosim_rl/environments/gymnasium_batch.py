"""Batches of Gymnasium environments in this process, the reference for validation and reports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import gymnasium
import numpy as np
from gymnasium.wrappers import OrderEnforcing, TimeLimit

from neurosim_rl.environments.action_parts import taken
from neurosim_rl.environments.batch import EnvironmentBatch
from neurosim_rl.environments.returned_values import (
    first_observations,
    five_values,
    one_each,
    refuse_signature,
)
from neurosim_rl.environments.spec import EnvironmentOptions, EnvironmentSpec, make, setup_errors

_POOL: dict[str, tuple[object, list[gymnasium.Env]]] = {}
"""Environments of this process that no batch uses at present, by options, with the registration that made them.

Creating one costs as much as 50 steps.
"""


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

    def __enter__(self) -> GymnasiumBatch:
        """Take environments from the pool of this process, or create them."""
        pool = _pool(self.spec.options)
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
            _pool(self.spec.options).extend(self._environments)
        self._environments = []

    def _reset(self, seeds: Sequence[int]) -> np.ndarray:
        with self._beginning:
            results = [env.reset(seed=int(seed)) for env, seed in zip(self._environments, seeds, strict=True)]
            return self._first(results)

    def _restart(self, elements: np.ndarray) -> np.ndarray:
        with self._beginning:
            return self._first([self._environments[element].reset() for element in elements.tolist()])

    def _first(self, results: Sequence[Any]) -> np.ndarray:
        """Return the observations of some resets, one row for each."""
        return self._as_rows(first_observations(self.spec.options.id, results))

    @property
    @contextmanager
    def _beginning(self) -> Iterator[None]:
        """A context that reports an error of an environment at the beginning of an episode."""
        name = self.spec.options.id
        with setup_errors(f"{name} cannot begin an episode", "Check environment.kwargs."):
            try:
                yield
            except TypeError as error:
                refuse_signature(name, error)

    def _step(self, active: np.ndarray, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        environments, name = self._environments, self.spec.options.id
        own = taken(actions, self.spec.action_space, self.spec.own_action_space)
        results = [environments[index].step(action) for index, action in zip(active.tolist(), own, strict=True)]
        observations, rewards, terminated, truncated, info = five_values(name, results)
        if self._reward_part:
            self._part = np.array([entries.get(self._reward_part, np.nan) for entries in info], dtype=np.float64)
        return (
            self._as_rows(observations),
            one_each(name, "reward", rewards, np.float64),
            one_each(name, "value of terminated", terminated, np.bool_),
            one_each(name, "value of truncated", truncated, np.bool_),
        )

    def _as_rows(self, observations: Sequence[Any]) -> np.ndarray:
        return self.spec.observed.rows(observations, len(self.spec.observation_low))


def _pool(options: EnvironmentOptions) -> list[gymnasium.Env]:
    """Return the unused environments with these options; an id that is registered again is another environment."""
    key, registered = repr(options), gymnasium.registry.get(options.id)
    if key not in _POOL or _POOL[key][0] is not registered:
        _POOL[key] = (registered, [])
    return _POOL[key][1]
