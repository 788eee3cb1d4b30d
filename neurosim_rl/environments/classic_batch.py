"""Batches of Gymnasium's classic tasks, stepped by compiled code that gives Gymnasium's own bits."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import gymnasium
import numpy as np

from neurosim_rl.environments.classic_control import Dynamics, dynamics_of
from neurosim_rl.environments.gymnasium_batch import GymnasiumBatch
from neurosim_rl.environments.spec import EnvironmentOptions, EnvironmentSpec

COMPARED_ELEMENTS, COMPARED_STEPS = 8, 64
"""Size of the comparison with Gymnasium, once in a process."""
_EQUAL: dict[EnvironmentOptions, tuple[object, bool]] = {}
"""Whether compiled steps equal those of Gymnasium in this process, by options, with the registration at that time."""


class ClassicBatch(GymnasiumBatch):
    """One Gymnasium environment for each element: it draws the starts, and compiled code steps all together."""

    def __enter__(self) -> ClassicBatch:
        """Take environments, and prepare their steps."""
        super().__enter__()
        env = self._environments[0]
        kind = dynamics_of(env)
        assert kind is not None
        self._dynamics: Dynamics = kind(env.unwrapped, self.n_batch)
        return self

    def _reset(self, seeds: Sequence[int]) -> np.ndarray:
        observations = super()._reset(seeds)
        self._begin(np.arange(self.n_batch))
        return observations

    def _restart(self, elements: np.ndarray) -> np.ndarray:
        observations = super()._restart(elements)
        self._begin(elements)
        return observations

    def _begin(self, elements: np.ndarray) -> None:
        self._dynamics.begin(elements, _states_of([self._environments[element] for element in elements.tolist()]))

    def _step(self, active: np.ndarray, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        own = actions.reshape(len(active)).astype(self.spec.own_action_space.dtype)
        is_first = self._n_steps[active] == 0
        observations, rewards, terminated = self._dynamics.step(active, own, is_first)
        return observations.astype(np.float64), rewards, terminated, np.zeros(len(active), np.bool_)


def is_classic(spec: EnvironmentSpec) -> bool:
    """Return whether compiled code steps an environment exactly as Gymnasium does.

    The installed Gymnasium decides: some random steps of both are compared, once in a process. The last bit of a
    cosine depends on the processor and on NumPy, and another version of Gymnasium may have other equations.
    """
    options = spec.options
    if options.wrappers:
        return False
    registered = gymnasium.registry.get(options.id)
    known = _EQUAL.get(options)
    if known is None or known[0] is not registered:
        known = _EQUAL[options] = (registered, _equals_gymnasium(spec))
    return known[1]


def _equals_gymnasium(spec: EnvironmentSpec) -> bool:
    with GymnasiumBatch(spec, COMPARED_ELEMENTS) as theirs:
        if dynamics_of(theirs._environments[0]) is None:
            return False
        with ClassicBatch(spec, COMPARED_ELEMENTS) as ours:
            return _same_steps(ours, theirs)


def _same_steps(ours: ClassicBatch, theirs: GymnasiumBatch) -> bool:
    """Return whether two batches give the same states, observations, rewards and ends for the same actions."""
    space = deepcopy(theirs.spec.action_space)  # a draw changes a space
    space.seed(0)
    seeds = list(range(COMPARED_ELEMENTS))
    active = np.arange(COMPARED_ELEMENTS)
    if not np.array_equal(ours.reset(seeds), theirs.reset(seeds)):
        return False
    for _ in range(COMPARED_STEPS):
        actions = np.array([space.sample() for _ in active])
        mine, its = ours.step(active, actions), theirs.step(active, actions)
        pairs = ((mine.observations, its.observations), (mine.rewards, its.rewards), (mine.ended, its.ended))
        states = (ours._dynamics.state.T, _states_of(theirs._environments))
        if not all(np.array_equal(a, b) for a, b in (*pairs, states)):
            return False
        over = active[its.ended]
        if over.size and not np.array_equal(ours.restart(over), theirs.restart(over)):
            return False
    return True


def _states_of(environments: Sequence[Any]) -> np.ndarray:
    """Return the states that environments of Gymnasium hold, shape (n_environments, n_states)."""
    return np.array([env.unwrapped.state for env in environments], dtype=np.float64)
