"""An environment whose best answer is its observation, for any space of choices, bits and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Space, Tuple

N_STEPS = 6
CHOICES = {
    "Discrete": Discrete(3),
    "from 5": Discrete(3, start=5),
    "MultiDiscrete": MultiDiscrete([2, 4]),
    "from -1": MultiDiscrete(np.array([[2], [3]]), start=np.array([[-1], [2]])),
    "MultiBinary": MultiBinary(3),
    "bits in two axes": MultiBinary([2, 2]),
    "Tuple": Tuple([Discrete(2, start=1), MultiBinary(2)]),
    "Dict": Dict({"z": Discrete(2), "a": MultiDiscrete([3, 2])}),
}
"""Spaces of choices and bits."""
ALL = {
    **CHOICES,
    "Box": Box(-1.0, 1.0, (2, 2)),
    "with numbers": Tuple([Box(-1.0, 1.0, (1,)), Discrete(2)]),
    "nested": Dict({"b": Tuple([MultiBinary(1), Box(-1.0, 1.0, ())]), "a": Dict({"c": Discrete(4, start=-2)})}),
}


class Echo(gymnasium.Env):
    """Observes a value of a space, and gets it back as the action.

    The reward is 1 if all choices and bits are those that were observed, and each number is the hyperbolic tangent of
    the observed one. So the best return is the number of steps.
    """

    def __init__(self, space: Space) -> None:
        self.observation_space, self.action_space = space, space
        self.drawn = deepcopy(space)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict]:
        super().reset(seed=seed)
        self.drawn.seed(int(self.np_random.integers(2**31)))
        self.shown = self.drawn.sample()
        return self.shown, {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict]:
        # Of the type that Gymnasium's own sample has.
        assert self.action_space.contains(action), action
        reward = float(echoes(self.action_space, self.shown, action))
        self.shown = self.drawn.sample()
        return self.shown, reward, False, False, {}


def echoes(space: Space, shown: Any, action: Any) -> bool:
    if isinstance(space, Dict):
        return all(echoes(member, shown[key], action[key]) for key, member in space.spaces.items())
    if isinstance(space, Tuple):
        return all(echoes(*each) for each in zip(space.spaces, shown, action, strict=True))
    if isinstance(space, Box):
        return np.allclose(np.tanh(shown), action, atol=1e-6)
    return np.array_equal(shown, action)


@contextmanager
def registered(space: Space, name: str = "Echo-v0", steps: int | None = N_STEPS) -> Iterator[str]:
    """In the ``with`` block, `Echo` of a space is registered."""
    gymnasium.register(name, entry_point=lambda **options: Echo(space), max_episode_steps=steps)
    try:
        yield name
    finally:
        del gymnasium.registry[name]
