"""Tasks of NeuroGym begin as their seed says. A stand-in draws as NeuroGym does; a benchmark plays the package."""

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

from neurosim_rl.environments import EnvironmentOptions, EnvironmentSpec, GymnasiumBatch, make


class Trials(gymnasium.Env):
    """Draws from a generator that only ``seed`` makes, as ``neurogym.core.TrialEnv``."""

    observation_space, action_space = Box(-np.inf, np.inf, (1,)), Discrete(2)

    def __init__(self) -> None:
        self.rng = np.random.RandomState()
        self.performance = 1

    def seed(self, seed: int | None = None) -> None:
        self.rng = np.random.RandomState(seed)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        super().reset(seed=seed)
        return self.rng.normal(size=1).astype(np.float32), {}

    def step(self, action: int) -> Any:
        return self.rng.normal(size=1).astype(np.float32), 0.0, False, False, {}


@pytest.fixture
def options(monkeypatch: pytest.MonkeyPatch) -> Any:
    gymnasium.register("Trials-v0", entry_point=lambda: Trials(), max_episode_steps=5)  # type: ignore[arg-type]
    yield lambda module: (
        monkeypatch.setattr(Trials, "__module__", module),
        EnvironmentOptions.read({"id": "Trials-v0"}, "environment"),
    )[1]
    del gymnasium.registry["Trials-v0"]


def test_starts_follow_from_the_seed_and_a_restart_goes_on(options: Any) -> None:
    with GymnasiumBatch(EnvironmentSpec.of(options("neurogym.envs.native.trials")), 3) as batch:
        first = batch.reset([5, 6, 2**32 + 5])
        assert first[0] == first[2] != first[1]
        assert batch.restart(np.array([0, 2])).tolist() != first[[0, 2]].tolist()
        np.testing.assert_array_equal(batch.reset([5, 6, 5]), first)
        assert first[0, 0] == np.float32(np.random.RandomState(5).normal())
        inner: list[Any] = [env.unwrapped for env in batch._environments]
        assert [env.performance for env in inner] == [0, 0, 0]


def test_others_are_left_alone(options: Any) -> None:
    env = make(options("neurogymnastics.trials"))
    assert env.reset(seed=5)[0] != env.reset(seed=5)[0]
