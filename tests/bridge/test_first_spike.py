"""First-spike decoder: the earliest group, ties of one step, and silence."""

from typing import Any

import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

from neurosim_rl.bridge import DECODERS
from neurosim_rl.bridge.decoder import NO_SPIKE
from neurosim_rl.bridge.first_spike import FirstSpike
from neurosim_rl.errors import ConfigurationError, DecodingError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from tests.components import create

NEVER = int(NO_SPIKE)
NETWORK = Network((Population("n", 3),), (), "n", "n")


def first_spike(space: Any = None, n_batch: int = 1, **options: Any) -> FirstSpike:
    table = {"name": "first-spike", **options}
    decoder = create("decoder", DECODERS, table, action_space=space or Discrete(3), window_ms=20.0)
    assert isinstance(decoder, FirstSpike)
    decoder.start([NETWORK] * n_batch)
    return decoder


def act(decoder: FirstSpike, *steps: list[int], rngs: Any = ()) -> list[int]:
    """Return the action of each row of first steps."""
    actions: list[int] = decoder.decode(np.array(steps), np.arange(len(steps)), rngs).tolist()
    return actions


def test_the_earliest_spike_selects_the_action() -> None:
    decoder = first_spike(n_batch=3)
    assert act(decoder, [7, 9, NEVER], [NEVER, NEVER, 200], [1001, 1002, 1000]) == [0, 2, 2]


def test_the_earliest_of_a_group_counts_and_actions_begin_where_the_space_does() -> None:
    decoder = first_spike(Discrete(2, start=5), neurons_per_action=2, tie="first", n_batch=2)
    assert act(decoder, [9, 4, 5, 5], [9, 9, NEVER, 8]) == [5, 6]


@pytest.mark.parametrize(("tie", "expected"), [("neutral", [1, 1]), ("first", [0, 1])])
def test_spikes_of_one_step_are_a_tie(tie: str, expected: list[int]) -> None:
    assert act(first_spike(tie=tie, n_batch=2), [3, NEVER, 3], [4, 3, 3]) == expected


def test_a_random_tie_is_drawn_by_the_element_among_the_tied() -> None:
    rngs = [np.random.default_rng(k) for k in range(300)]
    found = act(first_spike(tie="random", n_batch=300), *[[3, NEVER, 3]] * 300, rngs=rngs)
    assert set(found) == {0, 2}
    assert 110 < found.count(0) < 190


def test_silence_is_a_tie_of_all_actions_or_holds_the_last_action() -> None:
    silent = [NEVER] * 3
    assert act(first_spike(tie="first"), silent) == [0]
    decoder = first_spike(silence="hold")
    assert [act(decoder, steps)[0] for steps in (silent, [5, 9, 9], silent, [9, 9, 8], silent)] == [1, 0, 0, 2, 2]
    decoder.start([NETWORK])
    assert act(decoder, silent) == [1]


def test_each_element_holds_its_own_action() -> None:
    decoder = first_spike(silence="hold", n_batch=3)
    assert act(decoder, [1, 2, 2], [2, 2, 1], [NEVER] * 3) == [0, 2, 1]
    assert decoder.decode(np.full((2, 3), NEVER), np.array([1, 2]), []).tolist() == [2, 1]


def test_what_the_winner_needs_it_needs() -> None:
    with pytest.raises(ConfigurationError, match="'neutral' needs a neutral action"):
        first_spike(Discrete(2))
    with pytest.raises(DecodingError, match="FirstSpike needs a Discrete action space"):
        first_spike(Box(-1.0, 1.0, (1,)))
