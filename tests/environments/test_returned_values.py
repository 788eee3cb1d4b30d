"""What reset and step return: sizes of one, older interfaces, and observations unlike their space."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

from neurosim_rl.environments import EnvironmentOptions, EnvironmentSpec, GymnasiumBatch, Step
from neurosim_rl.environments.returned_values import one_each, rows_of
from neurosim_rl.errors import EnvironmentSetupError

OBSERVED = np.array([0.25, -0.5], np.float32)
GOOD_RESET: tuple[Any, ...] = (OBSERVED, {})
GOOD_STEP: tuple[Any, ...] = (OBSERVED, 1.5, False, False, {})


class Returning(gymnasium.Env):
    """Returns what the test says."""

    observation_space: gymnasium.Space = Box(-1, 1, (2,), np.float32)
    action_space: gymnasium.Space = Discrete(2)
    from_reset: Any = GOOD_RESET
    from_step: Any = GOOD_STEP

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        return self.from_reset

    def step(self, action: Any) -> Any:
        return self.from_step


@pytest.fixture
def returning() -> Iterator[type[Returning]]:
    """A class of its own for each test, registered."""

    class Own(Returning):
        pass

    gymnasium.register("Returning-v0", entry_point=Own, max_episode_steps=10)  # type: ignore[arg-type]
    yield Own
    del gymnasium.registry["Returning-v0"]


def play_one(n: int = 2) -> Step:
    """Return the first step of a batch of `n`."""
    with GymnasiumBatch(EnvironmentSpec.of(EnvironmentOptions(id="Returning-v0")), n) as batch:
        batch.reset(list(range(n)))
        return batch.step(np.arange(n), np.zeros(n, int))


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize(
    "reward", [1.5, np.float32(1.5), np.array(1.5), np.array([1.5]), np.array([[1.5]], np.float32), [1.5], (1.5,)]
)
def test_a_reward_of_size_one_is_a_number(reward: Any, n: int, returning: type[Returning]) -> None:
    returning.from_step = (OBSERVED, reward, False, False, {})
    found = play_one(n).rewards
    assert (found.shape, found.dtype, found.tolist()) == ((n,), np.float64, [1.5] * n)


@pytest.mark.parametrize("ended", [np.array([True]), np.array(True), np.bool_(True), 1, [True]])
def test_ends_of_size_one_are_truth_values(ended: Any, returning: type[Returning]) -> None:
    returning.from_step = (OBSERVED, 0.0, ended, ended, {})
    step = play_one()
    assert step.terminated.tolist() == step.truncated.tolist() == step.ended.tolist() == [True, True]


def test_numbers_and_arrays_of_size_one_may_be_mixed() -> None:
    assert one_each("X-v0", "reward", [1, np.array([2.0]), np.array([[3.0]])], np.float64).tolist() == [1, 2, 3]


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize(
    ("reward", "described"),
    [
        (np.array([1.0, 2.0]), r"an array of shape \(2,\) and type float64"),
        (np.zeros((0,)), r"an array of shape \(0,\)"),
        ([1.0, 2.0, 3.0], "a list of 3 values"),
        ({"forward": 1.0}, r"\{'forward': 1.0\} \(dict\)"),
        ("much", r"'much' \(str\)"),
        ("1.5", r"'1.5' \(str\)"),
        (None, r"None \(NoneType\)"),
        (np.complex128(1), "complex"),
        (1j, r"1j \(complex\)"),
    ],
)
def test_another_reward_is_refused_in_one_line(reward: Any, described: str, n: int, returning: type[Returning]) -> None:
    returning.from_step = (OBSERVED, reward, False, False, {})
    with pytest.raises(EnvironmentSetupError, match=f"reward that is .*{described}.*; expected one number") as caught:
        play_one(n)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("result", "described"),
    [
        ((OBSERVED, 1.0, False, {}), r"a tuple of 4 values; expected five values\. It follows the interface of gym"),
        ((OBSERVED, 1.0, False), "a tuple of 3 values; expected five values"),
        ((OBSERVED, 1.0, False, False, {}, 0), "a tuple of 6 values"),
        (OBSERVED, r"an array of shape \(2,\)"),
        (None, r"None \(NoneType\)"),
    ],
)
def test_a_step_without_five_values_is_refused_with_advice(
    result: Any, described: str, returning: type[Returning]
) -> None:
    returning.from_step = result
    with pytest.raises(
        EnvironmentSetupError, match=rf"^Returning-v0: step\(\) returned {described}.*GymV26Environment"
    ):
        play_one()


@pytest.mark.parametrize(
    ("result", "described"),
    [
        (OBSERVED, r"an array of shape \(2,\) and type float32"),
        ((0.25, -0.5), "a tuple of 2 values"),
        ([OBSERVED, {}], "a list of 2 values"),
        (None, "None"),
    ],
)
def test_a_reset_without_info_is_refused_with_advice(result: Any, described: str, returning: type[Returning]) -> None:
    returning.from_reset = result
    with pytest.raises(EnvironmentSetupError, match=rf"^Returning-v0: reset\(\) returned {described}.*before 0\.26"):
        play_one()


def test_a_reset_that_takes_no_seed_is_refused_with_advice(returning: type[Returning]) -> None:
    returning.reset = lambda self: OBSERVED  # type: ignore[method-assign, assignment, misc]
    with pytest.raises(EnvironmentSetupError, match=r"unexpected keyword argument 'seed'; expected reset\(seed="):
        play_one()


def test_another_type_error_of_a_reset_is_no_matter_of_the_interface(returning: type[Returning]) -> None:
    def reset(self: Any, *, seed: Any = None, options: Any = None) -> Any:
        return 1 + "x"  # type: ignore[operator]

    returning.reset = reset  # type: ignore[method-assign]
    with pytest.raises(
        EnvironmentSetupError, match=r"cannot begin an episode: .*TypeError: .*Check environment\.kwargs"
    ):
        play_one()


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("moment", ["from_reset", "from_step"])
@pytest.mark.parametrize(
    ("observation", "described"),
    [
        (np.zeros(3), r"an array of shape \(3,\)"),
        (np.zeros((2, 2)), r"an array of shape \(2, 2\)"),
        (0.5, r"0.5 \(float\)"),
        ({"position": 0.5}, "dict"),
        (None, "None"),
        ([0.5, [1, 2]], "a list of 2 values"),
        (np.zeros(2, complex), "complex128"),
    ],
)
def test_an_observation_unlike_its_space_is_refused(
    observation: Any, described: str, moment: str, n: int, returning: type[Returning]
) -> None:
    good = GOOD_RESET if moment == "from_reset" else GOOD_STEP
    setattr(returning, moment, (observation, *good[1:]))
    message = rf"^Returning-v0 returned an observation that is .*{described}.*; expected 2 numbers"
    with pytest.raises(EnvironmentSetupError, match=message) as caught:
        play_one(n)
    assert "\n" not in str(caught.value)


def test_observations_of_equal_size_and_other_shape_are_flattened() -> None:
    found = rows_of("X-v0", [np.ones(2), np.zeros((1, 2)), [3, 4]], 2)
    assert found.tolist() == [[1, 1], [0, 0], [3, 4]]


@pytest.fixture
def gym() -> Iterator[ModuleType]:
    """A stand-in for gym: a space and an environment with its module's name."""
    module = ModuleType("gym.core")
    sys.modules["gym.core"] = module
    exec("class Env:\n    pass\nclass Space:\n    pass\n", module.__dict__)
    yield module
    del sys.modules["gym.core"]


@pytest.mark.parametrize("which", ["observation_space", "action_space"])
def test_a_space_of_gym_is_named(which: str, gym: ModuleType, returning: type[Returning]) -> None:
    setattr(returning, which, type("Box", (gym.Space,), {"dtype": np.float32})())
    with pytest.raises(EnvironmentSetupError, match=r"^Returning-v0 has a space of gym \(Box\).*GymV26Environment"):
        EnvironmentSpec.of(EnvironmentOptions(id="Returning-v0"))


@pytest.mark.parametrize("derived", [0, 1])
def test_an_environment_of_gym_is_named(derived: int, gym: ModuleType) -> None:
    cls = gym.Env
    for _ in range(derived + 1):
        cls = type("Old", (cls,), {})
    gymnasium.register("Old-v0", entry_point=cls, max_episode_steps=10)
    try:
        with pytest.raises(EnvironmentSetupError, match=r"^cannot make 'Old-v0': .*shimmy.*GymV26Environment"):
            EnvironmentSpec.of(EnvironmentOptions(id="Old-v0"))
    finally:
        del gymnasium.registry["Old-v0"]


def test_an_id_that_is_registered_again_does_not_get_old_environments(returning: type[Returning]) -> None:
    assert play_one().rewards.tolist() == [1.5, 1.5]

    class Other(Returning):
        from_step: tuple[Any, ...] = (OBSERVED, 7.0, False, False, {})

    del gymnasium.registry["Returning-v0"]
    gymnasium.register("Returning-v0", entry_point=Other, max_episode_steps=10)  # type: ignore[arg-type]
    assert play_one().rewards.tolist() == [7.0, 7.0]
