"""Actions of several parts: each part has output neurons of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete, MultiBinary, MultiDiscrete, Tuple

from neurosim_rl.bridge import DECODERS, Decoder
from neurosim_rl.bridge.actions import actions_of_outputs, n_action_outputs, reflected_actions
from neurosim_rl.errors import DecodingError
from neurosim_rl.settings.options import read_component

SPACE = Tuple([MultiDiscrete([2, 3], start=[0, 4]), Box(-2.0, 2.0, (1,)), MultiBinary(1)])
COUNTS = np.array([[0, 3, 1, 0, 2, 4, 2, 0, 1], [0, 0, 0, 0, 0, 0, 8, 5, 5]])
"""Two windows: neurons of a choice of 2, of one of 3, of both sides of a number, of a bit."""


def decoder(space: object, name: str = "parts", **options: Any) -> Decoder:
    made: Decoder = read_component("decoder", DECODERS, {"name": name, **options}).create(
        action_space=space, window_ms=20.0
    )
    return made


def decoded(made: Decoder, counts: np.ndarray) -> list:
    made.start([])
    return made.decode(counts, np.arange(len(counts)), [np.random.default_rng(k) for k in range(len(counts))]).tolist()


def test_each_part_is_decoded_by_itself() -> None:
    """At 200 Hz, 4 spikes in 20 ms are the bound: (4 - 2) / 4 of it, then -8 / 4, which saturates. Ties: the first."""
    made = decoder(SPACE)
    assert made.n_outputs == 2 + 3 + 2 + 2
    assert decoded(made, COUNTS) == [[1, 6, 1.0, 1], [0, 4, -2.0, 0]]


def test_options_reach_the_decoders_of_their_kind() -> None:
    made = decoder(MultiBinary(2), discrete={"name": "winner", "tie": "first", "neurons_per_action": 2})
    assert made.n_outputs == 8
    assert decoded(made, np.array([[1, 2, 0, 2, 0, 0, 1, 0]])) == [[0, 1]]
    made = decoder(Tuple([Box(-1.0, 1.0, (1,))]), continuous={"name": "rate-difference", "full_scale_hz": 100.0})
    assert decoded(made, np.array([[1, 0]])) == [[0.5]]


def test_the_neurons_of_a_part_are_credited_for_its_action() -> None:
    made = decoder(Tuple([Discrete(3, start=1), MultiBinary(1)]))
    assert made.credit(np.array([[2.0, 0.0]])).tolist() == [[-1, 1, -1, 1, -1]]


def test_a_box_or_a_choice_alone_is_one_part() -> None:
    counts = np.array([[1, 3, 0]])
    assert decoded(decoder(Discrete(3)), counts) == [1]


def test_membranes_and_outputs_give_each_part_its_action() -> None:
    """Outputs: a choice of 2, one of 3 with a tie, a number whose tangent is half of its bound, and a bit."""
    outputs = np.array([[0.0, -1.0, 5.0, 7.0, 7.0, np.arctanh(0.5), 1.0, 1.5]])
    assert n_action_outputs(SPACE) == 8
    assert actions_of_outputs(SPACE)(outputs).tolist() == [[0, 5, 1.0, 1]]
    assert decoded(decoder(SPACE, "membrane"), outputs) == [[0, 5, 1.0, 1]]


def test_decoders_of_one_part_name_the_decoder_of_several() -> None:
    with pytest.raises(
        DecodingError, match=r"needs a Discrete action space; got MultiBinary\(2\).*decoder.name = 'parts'"
    ):
        decoder(MultiBinary(2), "winner", tie="first")
    with pytest.raises(DecodingError, match=r"actions of MultiBinary\(2\) have no mirror image.*model.mirror = false"):
        reflected_actions(MultiBinary(2))
