"""Actions of several parts: choices and numbers, their columns, and the form that an environment takes."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Space, Text, Tuple

from neurosim_rl.environments.action_parts import column_labels, parts_of, sampled, taken, with_bounds
from neurosim_rl.errors import EnvironmentSetupError, ShapeError
from tests.echo import ALL

ROBOT = Tuple([Box(-np.inf, np.inf, (2,)), MultiDiscrete([3, 2], start=[0, 5]), MultiBinary(2), Box(0, 1, ())])


def test_each_choice_and_each_box_is_a_part() -> None:
    parts = parts_of(Dict({"b": ROBOT, "a": Discrete(4, start=-1)}))
    assert parts[0] == Discrete(4, start=-1)
    assert [type(part) for part in parts[1:]] == [Box, *[Discrete] * 4, Box]
    assert parts[2:6] == [Discrete(3), Discrete(2, start=5), Discrete(2), Discrete(2)]


def test_columns_have_the_names_of_their_leaves() -> None:
    assert column_labels(ROBOT) == (
        *("part 0[0]", "part 0[1]", "part 1[0]", "part 1[1]", "part 2[0]", "part 2[1]", "part 3"),
    )
    assert column_labels(Dict({"grip": Discrete(2)})) == ("grip",)
    assert column_labels(MultiBinary(2)) == ("action[0]", "action[1]")
    assert column_labels(Box(-1, 1, (2,))) == ("action 0", "action 1")


def as_lists(action: Any) -> Any:
    if isinstance(action, dict):
        return {key: as_lists(value) for key, value in action.items()}
    return [as_lists(part) for part in action] if isinstance(action, tuple) else np.asarray(action).tolist()


@pytest.mark.parametrize("space", ALL.values(), ids=list(ALL))
def test_sampled_rows_become_the_actions_that_gymnasium_sampled(space: Space) -> None:
    drawn, again = deepcopy(space), deepcopy(space)
    drawn.seed(8)
    again.seed(8)
    rows = sampled([drawn] * 12)
    actions = taken(rows, space, space)
    assert [as_lists(action) for action in actions] == [as_lists(again.sample()) for _ in range(12)]
    assert all(space.contains(action) or isinstance(space, Discrete) for action in actions)


def test_configured_bounds_are_those_of_all_boxes_in_turn() -> None:
    bounded = with_bounds("X-v0", ROBOT, (-3.0, -2.0, 0.5), (3.0, 2.0, 0.75))
    assert isinstance(bounded, Tuple)
    first: Any = bounded[0]
    last: Any = bounded[3]
    assert (first.low.tolist(), first.high.tolist()) == ([-3, -2], [3, 2])
    assert (float(last.low), float(last.high)) == (0.5, 0.75)
    assert first.dtype == np.float64
    assert bounded[1] == ROBOT[1]
    with pytest.raises(ShapeError, match=r"environment\.action_low has shape \(2,\); expected \(3,\)"):
        with_bounds("X-v0", ROBOT, (-3.0, -2.0), ())


def test_what_no_decoder_knows_is_refused() -> None:
    with pytest.raises(EnvironmentSetupError, match=r"has the action space .*Text.*; expected Discrete, Box, MultiDi"):
        with_bounds("X-v0", Tuple([Discrete(2), Text(3)]), (), ())
