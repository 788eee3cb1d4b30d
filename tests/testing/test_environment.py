"""The contract of environments: ours keep it, and each way to break it is told."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.classic_control import CartPoleEnv
from gymnasium.spaces import Box, Discrete

from neurosim_rl.testing import ContractError, check_environment
from tests.environments.test_contract import Individual, Inherits, Reseeds, Unseeded, Walk


@pytest.mark.parametrize("name", ["neurosim_rl/ChangingCartPole-v0", "neurosim_rl/TargetReachingVehicle-v0"])
def test_our_environments_keep_the_contract(name: str) -> None:
    check_environment(name)


class Seeded(Walk):
    """A random walk that Gymnasium's check takes, too."""

    observation_space = Box(-99, 99, (1,), np.float64)

    def __init__(self, mass: float = 1.0) -> None:
        self.mass = mass


class OutOfSpace(Seeded):
    observation_space = Box(5, 9, (1,), np.float64)


class Single(Seeded):
    """Observations of another type than the space says."""

    observation_space = Box(-99, 99, (1,), np.float32)


class FourValues(Seeded):
    def step(self, action: Any) -> Any:
        return super().step(action)[:4]


class OldReset(Seeded):
    def reset(self) -> Any:  # type: ignore[override]
        return np.zeros(1), {}


class NaN(Seeded):
    def reward(self) -> float:
        return float("nan")


class Tires(Seeded):
    """Rewards less for good after ten steps of an episode; Gymnasium's check plays shorter ones."""

    tired = False

    def reward(self) -> float:
        self.tired |= self.t >= 10
        return -float(self.tired)


class Refuses(Seeded):
    """Has fewer actions than its space."""

    action_space = Discrete(2)

    def step(self, action: Any) -> Any:
        raise ValueError(f"no action {action}")


def test_an_environment_of_ones_own_may_keep_it_by_class_factory_or_id() -> None:
    check_environment(Seeded, mass=2.0)
    check_environment(lambda: Seeded())
    gymnasium.register("Own-v0", entry_point=Seeded, max_episode_steps=40)  # type: ignore[arg-type]
    try:
        check_environment("Own-v0")
    finally:
        gymnasium.registry.pop("Own-v0")
    assert not [name for name in gymnasium.registry if name.startswith("neurosim_rl_testing/")]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (Tires, r"is not the same twice: .*reward after step 1 is -?0\.0 at first, and -1\.0 .*super"),
        (Individual, "is not the same twice"),
        (Reseeds, r"Gymnasium's check_env fails: AssertionError: Using `env.reset\(seed=123\)` then"),
        (Inherits, "Gymnasium's check_env fails: AssertionError: Deterministic step observations"),
        (Unseeded, "Gymnasium's check_env fails: AssertionError: Deterministic step observations"),
        (OutOfSpace, "Gymnasium's check_env fails: AssertionError"),
        (Single, "Gymnasium's check_env fails: AssertionError"),
        (FourValues, "Gymnasium's check_env fails"),
        (OldReset, "Gymnasium's check_env fails"),
        (NaN, "Gymnasium's check_env fails: AssertionError: Deterministic step rewards"),
        (Refuses, "fails: ValueError: no action"),
    ],
)
def test_a_broken_environment_is_told(broken: type[gymnasium.Env], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        check_environment(broken)


def test_an_environment_that_does_not_exist_is_told() -> None:
    with pytest.raises(ContractError, match="making it fails: EnvironmentSetupError: unknown environment 'CartPol-v1'"):
        check_environment("CartPol-v1")


@pytest.mark.parametrize("wrong", [None, 3, CartPoleEnv()], ids=["None", "3", "made"])
def test_what_makes_no_environment_is_told(wrong: Any) -> None:
    message = "check_environment: .*: expected an id, a class or a function that makes an environment; got .*lambda"
    with pytest.raises(ContractError, match=message):
        check_environment(wrong)
