"""Bounds that mean none, and actions in the form that an environment takes."""

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete
from hypothesis import given
from hypothesis import strategies as st

from neurosim_rl.environments import EnvironmentOptions, EnvironmentSpec, GymnasiumBatch
from neurosim_rl.environments.spaces import action_bounds, as_taken, bounds_of
from neurosim_rl.errors import DecodingError, EnvironmentSetupError

LARGEST_FLOAT32 = 3.4028234663852886e38
WHOLE = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")


@pytest.mark.parametrize(
    ("dtype", "bound", "means_none"),
    [
        ("float32", LARGEST_FLOAT32, True),
        ("float64", LARGEST_FLOAT32, True),
        ("float64", 1.7976931348623157e308, True),
        ("float32", 1e38, True),
        ("float32", np.inf, True),
        ("float16", 65504, True),
        ("float32", 65504, False),
        ("float32", 2.0**100, False),
        ("int32", 2**31 - 1, True),
        ("int64", 2**63 - 1, True),
        ("uint32", 2**32 - 1, True),
        ("uint64", 2**64 - 1, True),
        ("int64", 2**31 - 1, False),
        ("uint8", 255, False),
        ("int16", 32767, False),
    ],
)
def test_the_largest_value_of_a_wide_type_is_no_bound(dtype: str, bound: float, means_none: bool) -> None:
    found = bounds_of("observation_high", np.array([bound, 1], dtype), ())
    assert found.tolist() == [np.inf if means_none else bound, 1]


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64"])
def test_one_side_may_be_unbounded(dtype: str) -> None:
    limits = np.iinfo(dtype) if dtype.startswith("int") else np.finfo(dtype)
    assert bounds_of("observation_low", np.array([limits.min, -3], dtype), ()).tolist() == [-np.inf, -3]
    assert bounds_of("observation_low", np.array([0], "uint64"), ()).tolist() == [0]


def test_configured_bounds_replace_the_missing_ones_and_may_be_missing_themselves() -> None:
    own = np.full(2, LARGEST_FLOAT32, np.float32)
    assert bounds_of("observation_high", own, (2.5, 3)).tolist() == [2.5, 3]
    assert bounds_of("observation_high", own, (2.5, 3.4e38)).tolist() == [2.5, np.inf]


@pytest.mark.parametrize("dtype", WHOLE)
def test_whole_numbers_keep_their_type_and_bounds_between_them_are_rounded_inwards(dtype: str) -> None:
    space = action_bounds(Box(1, 100, (2,), np.dtype(dtype).type), (1.5, -7), (4.5, 1e30))
    assert space.dtype == dtype
    assert (space.low.tolist(), space.high.tolist()) == ([2, 1], [4, 100])


def test_bounds_without_two_whole_numbers_between_them_are_refused() -> None:
    with pytest.raises(EnvironmentSetupError, match=r"action\[0\] has bounds \[2, 1\]; expected the lower bound below"):
        action_bounds(Box(0, 3, (1,), np.int32), (1.2,), (1.8,))


@pytest.mark.parametrize(
    ("action", "expected"),
    [(1.5, 2), (2.5, 2), (1.49, 1), (-0.4, 0), (-9, 0), (2.51, 3), (1e300, 3), (np.inf, 3), (-np.inf, 0)],
)
def test_a_whole_number_action_is_the_nearest_within_the_bounds(action: float, expected: int) -> None:
    """Halves become even."""
    space = action_bounds(Box(0, 3, (1,), np.int32), (), ())
    found = as_taken(np.array([[action]]), space, space)
    assert found.dtype == np.int32
    assert found.tolist() == [[expected]]


@given(
    dtype=st.sampled_from(WHOLE),
    actions=st.lists(st.floats(allow_nan=False), min_size=1, max_size=5),
    data=st.data(),
)
def test_whole_number_actions_are_in_the_space_whatever_its_bounds(dtype: str, actions: list[float], data: Any) -> None:
    limits = np.iinfo(dtype)
    low, high = sorted(data.draw(st.tuples(*[st.integers(int(limits.min), int(limits.max))] * 2)))
    own = Box(np.array([low], dtype), np.array([high], dtype), dtype=np.dtype(dtype).type)
    try:
        space = action_bounds(own, (), ())
    except EnvironmentSetupError:
        assert float(low) == float(high)
        return
    for found in as_taken(np.array(actions)[:, None], space, own):
        assert own.contains(found)


@pytest.mark.parametrize(
    ("low", "high", "action", "expected"),
    [
        (0, 2**31 - 1, -1.0, 0),
        (-(2**31), 5, 9.0, 5),
        (-(2**31), 2**31 - 1, 1e300, 2**31 - 1),
    ],
)
def test_a_bound_that_is_known_holds_beside_one_that_is_not(low: int, high: int, action: float, expected: int) -> None:
    own = Box(low, high, (1,), np.int32)
    assert as_taken(np.array([[action]]), action_bounds(own, (), ()), own).tolist() == [[expected]]


def test_a_configured_bound_holds_beside_one_that_is_not_known() -> None:
    own = Box(0, 2**31 - 1, (1,), np.int32)
    space = action_bounds(own, (2.5,), (1e300,))
    assert as_taken(np.array([[-7.0], [1e300]]), space, own).tolist() == [[3], [2**31 - 1]]


def test_nan_is_no_whole_number() -> None:
    space = action_bounds(Box(0, 3, (1,), np.int32), (), ())
    with pytest.raises(DecodingError, match=r"an action is nan; expected a number"):
        as_taken(np.array([[np.nan]]), space, space)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_real_actions_have_the_type_of_the_space(dtype: str) -> None:
    own = Box(-1, 1, (2, 3), np.dtype(dtype).type)
    found = as_taken(np.full((4, 6), 1 / 3), action_bounds(own, (), ()), own)
    assert (found.shape, found.dtype) == ((4, 2, 3), np.dtype(dtype))
    assert found[0, 0, 0] == np.array(1 / 3, dtype)


def test_discrete_actions_are_python_numbers() -> None:
    assert as_taken(np.array([1.0, 2.0]), Discrete(3), Discrete(3)) == [1, 2]
    assert as_taken(np.array([[1.0], [2.0]]), Discrete(3), Discrete(3)) == [1, 2]


class Counting(gymnasium.Env):
    """Takes and gives whole numbers, and keeps the actions that it gets."""

    observation_space = Box(0, 2**31 - 1, (2,), np.int32)

    def __init__(self, dtype: str, low: int, high: int) -> None:
        self.action_space = Box(low, high, (1,), np.dtype(dtype).type)
        self.got: list[Any] = []

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        super().reset(seed=seed)
        return np.array([7, 2**31 - 1], np.int32), {}

    def step(self, action: Any) -> tuple[np.ndarray, float, bool, bool, dict]:
        self.got.append(action)
        return np.array([7, 1], np.int32), 0.0, False, False, {}


@pytest.mark.parametrize("dtype", WHOLE)
def test_an_environment_of_whole_numbers_is_played_in_its_own_type(
    dtype: str,
) -> None:
    made: list[Counting] = []

    def entry_point() -> Counting:
        made.append(Counting(dtype, 1, 5))
        return made[-1]

    gymnasium.register("Counting-v0", entry_point=entry_point, max_episode_steps=10)  # type: ignore[arg-type]
    try:
        spec = EnvironmentSpec.of(EnvironmentOptions(id="Counting-v0"))
        with GymnasiumBatch(spec, 1) as batch:
            assert batch.reset([1]).tolist() == [[7, 2**31 - 1]]
            for action in (-3.0, 2.4, 9.0):
                batch.step(np.array([0]), np.array([[action]]))
    finally:
        del gymnasium.registry["Counting-v0"]
    assert spec.observation_high.tolist() == [np.inf, np.inf]
    assert [action.tolist() for action in made[-1].got] == [[1], [2], [5]]
    assert all(made[-1].action_space.contains(action) for action in made[-1].got)
    drawn = [int(spec.action_space.sample()[0]) for _ in range(200)]
    assert sorted(set(drawn)) == [1, 2, 3, 4, 5]
