"""Observations of nested spaces: Gymnasium's own order, names, bounds, and refusals."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete, Graph, MultiBinary, MultiDiscrete, OneOf, Sequence, Space, Text, Tuple

from neurosim_rl.environments.observed import Observed
from neurosim_rl.errors import EnvironmentSetupError
from tests.echo import ALL

MIXED = Dict(
    {
        "cue": Discrete(2, start=3),
        "arm": Tuple([Box(np.full(2, -2.0), np.array([5.0, np.inf]), dtype=np.float64), MultiBinary(1)]),
        "dice": MultiDiscrete([1, 2], start=[7, 0]),
    }
)


@pytest.mark.parametrize("space", [*ALL.values(), MIXED], ids=[*ALL, "mixed"])
def test_rows_equal_gymnasiums_flattened_observations(space: Space) -> None:
    space.seed(3)
    samples = [space.sample() for _ in range(20)]
    expected = [gymnasium.spaces.flatten(space, sample) for sample in samples]
    rows = Observed("Echo-v0", space).rows(samples, gymnasium.spaces.flatdim(space))
    np.testing.assert_array_equal(rows, np.array(expected, np.float64))


def test_each_number_has_the_name_and_the_bounds_of_its_leaf() -> None:
    observed = Observed("Mixed-v0", MIXED)
    assert observed.labels == (
        *("arm.part 0[0]", "arm.part 0[1]", "arm.part 1[0]"),
        *("cue = 3", "cue = 4"),
        *("dice[0] = 7", "dice[1] = 0", "dice[1] = 1"),
    )
    assert observed.bounds("observation_low", ()).tolist() == [-2, -2, 0, 0, 0, 0, 0, 0]
    assert observed.bounds("observation_high", ()).tolist() == [5, np.inf, 1, 1, 1, 1, 1, 1]
    assert observed.bounds("observation_high", (9,) * 8).tolist() == [9] * 8
    assert observed.n_at_once == 2 + 1 + 1 + 2
    assert not observed.is_choice


class Named(Discrete):
    """A space of a library that derives from Gymnasium's, as those of NeuroGym do."""


def test_a_space_that_derives_from_gymnasiums_is_of_its_kind() -> None:
    observed = Observed("X-v0", Dict({"cue": Named(2)}))
    assert observed.rows([{"cue": 1}], 2).tolist() == [[0, 1]]
    assert observed.labels == ("cue = 0", "cue = 1")


def test_numbers_alone_have_no_names_and_choices_alone_are_choices() -> None:
    assert Observed("X-v0", Box(0, 1, (2,))).labels == ()
    assert Observed("X-v0", Discrete(2)).labels == ("observation = 0", "observation = 1")
    assert Observed("X-v0", Tuple([Discrete(2), MultiBinary(1)])).is_choice
    assert Observed("X-v0", Box(0, 1, ())).n_at_once == 1


@pytest.mark.parametrize(
    ("space", "value", "message"),
    [
        (Discrete(3), -1, r"observation = -1 \(int\); expected whole numbers from 0 to 2"),
        (Discrete(3, start=2), 5, r"expected whole numbers from 2 to 4"),
        (Discrete(3), "left", r"observation = 'left' \(str\); expected one whole number"),
        (MultiDiscrete([2, 2]), [0, 2], r"expected whole numbers from 0 to 1"),
        (MultiDiscrete([2, 2]), [0.5, 1], r"expected whole numbers from 0 to 1"),
        (MultiBinary(2), [0, 2], r"expected bits 0 and 1"),
        (Tuple([Box(0, 1, (2,))]), ([1.0],), r"part 0 = a list of 1 values; expected 2 numbers"),
        (Dict({"cue": Discrete(2)}), {"cues": 1}, r"expected one with 'cue'"),
        (Tuple([Discrete(2), Discrete(2)]), (1,), r"expected one with 'part 1'"),
    ],
)
def test_an_observation_outside_its_space_is_refused(space: Space, value: Any, message: str) -> None:
    observed = Observed("X-v0", space)
    with pytest.raises(EnvironmentSetupError, match=f"X-v0 returned .*{message}.*Correct the space"):
        observed.rows([value], gymnasium.spaces.flatdim(space))


@pytest.mark.parametrize("space", [Text(5), Sequence(Discrete(2)), Graph(Discrete(2), None), OneOf([Discrete(2)])])
def test_spaces_without_a_fixed_number_of_values_are_refused(space: Space) -> None:
    with pytest.raises(
        EnvironmentSetupError, match=f"type {type(space).__name__}, which has no fixed number of values"
    ):
        Observed("X-v0", space)
    with pytest.raises(EnvironmentSetupError, match=r"mission is of type .*FilterObservation\", filter_keys = "):
        Observed("X-v0", Dict({"mission": space, "seen": Discrete(2)}))


@pytest.mark.parametrize("space", [Box(0, 1, (0,)), Dict({}), Tuple([Dict({}), Box(0, 1, (2, 0))])])
def test_spaces_without_any_number_are_refused(space: Space) -> None:
    with pytest.raises(
        EnvironmentSetupError, match=r"X-v0: the observation space .* has no numbers; expected at least"
    ):
        Observed("X-v0", space)


@pytest.mark.parametrize(
    ("shape", "dtype", "refused"),
    [
        ((96, 96, 3), np.uint8, True),
        ((16, 16), np.uint8, True),
        ((12, 12), np.uint8, False),
        ((200,), np.uint8, False),
        ((84, 84), np.float32, True),
        ((64, 64), np.float32, False),  # a table of numbers, perhaps
        ((5000, 2), np.float32, False),
    ],
)
def test_pictures_are_refused_with_the_wrappers_that_help(shape: tuple[int, ...], dtype: Any, refused: bool) -> None:
    space = Dict({"camera": Box(0, 255, shape, dtype)})
    if not refused:
        assert len(Observed("X-v0", space).labels) == np.prod(shape)
        return
    with pytest.raises(EnvironmentSetupError, match=r"camera is a picture of .*ResizeObservation") as caught:
        Observed("X-v0", space)
    assert ("GrayscaleObservation" in str(caught.value)) == (dtype is np.uint8)
