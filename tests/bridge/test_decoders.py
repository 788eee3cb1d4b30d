"""Decoders: ties, silence, saturation, any action space, and independence of what else is in the batch."""

from typing import Any

import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete, MultiBinary, Space
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neurosim_rl.bridge import DECODERS, Decoder
from neurosim_rl.bridge.decoders import RateDifference
from neurosim_rl.errors import ConfigurationError, DecodingError, ShapeError, UnknownNameError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from tests.components import create

BOX = Box(np.array([[-1.0, 0.0], [-5.0, 2.0]]), np.array([[1.0, 10.0], [5.0, 3.0]]), dtype=np.float64)
SPACES: list[Space] = [Discrete(3), BOX]
OF_ALL_SPACES = {"membrane", "parts"}
"""Decoders that any action space suits."""


def build(name: str, space: Space, window_ms: float = 20.0, **options: Any) -> Decoder:
    return create("decoder", DECODERS, {"name": name, **options}, action_space=space, window_ms=window_ms)


def suitable(name: str, **options: Any) -> Decoder:
    """Return a decoder with a space that suits it, for tests over the registry."""
    for space in SPACES:
        try:
            return build(name, space, **options)
        except DecodingError:
            continue
    raise AssertionError(f"no space suits {name}")


def networks(decoder: Decoder, n_batch: int) -> list[Network]:
    """Return networks that differ in their read-out weights."""
    weights = np.random.default_rng(5).normal(size=(n_batch, *(decoder.readout_shape or (1, 1))))
    return [Network((Population("n", decoder.n_outputs),), (), "n", "n", readout=w) for w in weights]


def decode(decoder: Decoder, counts: list[list[int]], rngs: Any = ()) -> list[Any]:
    return decoder.decode(np.array(counts), np.arange(len(counts)), rngs).tolist()


@pytest.mark.parametrize("name", DECODERS)
def test_silent_output_neurons_give_the_neutral_action(name: str) -> None:
    decoder = suitable(name)
    decoder.start(networks(decoder, 2))
    actions = decoder.decode(np.zeros((2, decoder.n_outputs), np.int64), np.arange(2), [])
    first_of_equals = name in OF_ALL_SPACES
    neutral = (0 if first_of_equals else 1) if isinstance(decoder.action_space, Discrete) else [0.0, 5.0, 0.0, 2.5]
    assert actions.tolist() == [neutral, neutral]


@pytest.mark.parametrize("name", sorted(set(DECODERS) - OF_ALL_SPACES))
def test_an_unsuitable_space_names_another_decoder(name: str) -> None:
    with pytest.raises(DecodingError, match=r"needs a (Box|Discrete) action space; got MultiBinary\(2\)\. Use "):
        build(name, MultiBinary(2))


# --- winner ---


@pytest.mark.parametrize(
    ("tie", "expected"),
    [("neutral", [0, 2, 1, 1, 1, 1]), ("first", [0, 2, 0, 0, 1, 0])],
)
def test_ties_by_rule(tie: str, expected: list[int]) -> None:
    counts = [[5, 4, 0], [0, 4, 5], [5, 5, 0], [5, 0, 5], [0, 5, 5], [3, 3, 3]]
    assert decode(build("winner", Discrete(3), tie=tie), counts) == expected


def test_a_random_tie_picks_each_winner_equally_often_and_never_a_loser() -> None:
    decoder = build("winner", Discrete(3), tie="random")
    actions = decode(decoder, [[4, 0, 4]] * 2000, [np.random.default_rng(k) for k in range(2000)])
    assert set(actions) == {0, 2}
    assert abs(np.mean(actions) - 1.0) < 4 / np.sqrt(2000)


def test_a_random_rule_draws_nothing_without_a_tie() -> None:
    rng = np.random.default_rng(1)
    assert decode(build("winner", Discrete(3), tie="random"), [[4, 0, 1]], [rng]) == [0]
    assert rng.random() == np.random.default_rng(1).random()


def test_actions_are_counted_from_the_first_of_the_space() -> None:
    decoder = build("winner", Discrete(3, start=-7))
    assert decode(decoder, [[9, 0, 0], [0, 0, 9], [0, 0, 0]]) == [-7, -5, -6]


@given(arrays(np.int64, (5, 6), elements=st.integers(0, 6)), st.sampled_from(["neutral", "first"]))
def test_a_strict_winner_wins_under_every_rule(counts: np.ndarray, tie: str) -> None:
    decoder = build("winner", Discrete(3), tie=tie, neurons_per_action=2)
    votes = np.stack([counts[:, :2].sum(1), counts[:, 2:4].sum(1), counts[:, 4:].sum(1)], axis=1)
    for action, vote in zip(decode(decoder, counts.tolist()), votes.tolist(), strict=True):
        winners = [a for a in range(3) if vote[a] == max(vote)]
        expected = winners[0] if len(winners) == 1 or tie == "first" else 1
        assert action == expected


def test_the_neutral_action_can_be_set() -> None:
    assert decode(build("winner", Discrete(2), neutral_action=0), [[3, 3], [0, 1]]) == [0, 1]


@pytest.mark.parametrize(
    ("n_actions", "options", "message"),
    [
        (2, {}, r"'neutral' needs .* none of 2 actions is in the middle\. Set decoder\.neutral_action"),
        (3, {"neutral_action": 3}, r"neutral_action = 3; expected at most 2, with 3 actions"),
        (3, {"neutral_action": -2}, "out of range; expected at least -1"),
    ],
)
def test_a_neutral_action_that_does_not_exist_is_refused(n_actions: int, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        build("winner", Discrete(n_actions), **options)


def test_an_even_number_of_actions_needs_no_neutral_one_under_other_rules() -> None:
    assert decode(build("winner", Discrete(2), tie="first"), [[0, 0]]) == [0]


def test_an_unknown_tie_rule_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'random'"):
        build("winner", Discrete(3), tie="randm")


# --- boxes ---


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 2), (1, 2, 3)])
def test_a_box_of_any_shape_has_a_dimension_for_each_entry(shape: tuple[int, ...]) -> None:
    decoder = build("rate-difference", Box(-2.0, 2.0, shape))
    n_dimensions = int(np.prod(shape, dtype=int))
    assert decoder.n_outputs == 2 * n_dimensions
    counts = np.zeros((1, n_dimensions, 2), np.int64)
    counts[0, -1] = [2, 0]
    actions = decoder.decode(counts.reshape(1, -1), np.zeros(1, np.int64), [])
    assert actions.tolist() == [[0.0] * (n_dimensions - 1) + [1.0]]


def test_the_first_group_pushes_up_and_the_second_down_by_mean_rate() -> None:
    decoder = build("rate-difference", Box(-1.0, 1.0, (1,)), neurons_per_side=2, full_scale_hz=100.0)
    # 20 ms at 100 Hz are 2 spikes a neuron; (3 + 1) / 2 - (0 + 1) / 2 = 1.5 of 2
    assert decode(decoder, [[3, 1, 0, 1], [0, 1, 3, 1]]) == [[0.75], [-0.75]]


@pytest.mark.parametrize("n_spikes", [4, 5, 10_000])
def test_actions_saturate_at_the_bounds(n_spikes: int) -> None:
    decoder = build("rate-difference", Box(np.array([-1.0, 0.0]), np.array([3.0, 0.1]), dtype=np.float64))
    assert decode(decoder, [[n_spikes, 0, 0, n_spikes]]) == [[3.0, 0.0]]


@given(st.floats(-100, 99.9), st.floats(0.01, 100), st.integers(0, 9), st.integers(0, 9))
def test_no_rounding_leaves_the_bounds(low: float, width: float, up: int, down: int) -> None:
    decoder = build("rate-difference", Box(low, low + width, (1,), np.float64))
    ((action,),) = decode(decoder, [[up, down]])
    assert low <= action <= low + width


@pytest.mark.parametrize(("low", "high"), [(-np.inf, 1.0), (0.0, np.inf)])
@pytest.mark.parametrize("name", ["linear", "rate-difference"])
def test_an_unbounded_box_says_what_to_set(name: str, low: float, high: float) -> None:
    space = Box(np.array([0.0, low]), np.array([1.0, high]), dtype=np.float64)
    with pytest.raises(DecodingError, match=r"action\[1\] has bounds .* Set environment\.action_low and"):
        build(name, space)


@given(arrays(np.int64, (1, 6), elements=st.integers(0, 20)), arrays(np.float64, (6, 4), elements=st.floats(-10, 10)))
def test_the_linear_readout_is_the_clipped_weighted_sum(counts: np.ndarray, weights: np.ndarray) -> None:
    decoder = build("linear", BOX, n_neurons=6)
    decoder.start([Network((Population("n", 6),), (), "n", "n", readout=weights)])
    (action,) = decoder.decode(counts, np.zeros(1, np.int64), [])
    strength = np.clip(counts[0] @ weights / 4.0, -1, 1)  # 200 Hz for 20 ms are 4 spikes
    low, high = BOX.low.ravel(), BOX.high.ravel()
    np.testing.assert_allclose(action, low + (high - low) * (strength + 1) / 2, rtol=0, atol=1e-12)


def test_the_linear_readout_needs_weights_of_its_shape() -> None:
    decoder = build("linear", BOX, n_neurons=6)
    assert decoder.readout_shape == (6, 4)
    with pytest.raises(DecodingError, match="needs read-out weights; the network of this model has none"):
        decoder.start([Network((Population("n", 6),), (), "n", "n")])
    with pytest.raises(ShapeError, match=r"readout has shape \(4, 6\); expected \(6, 4\)"):
        decoder.start([Network((Population("n", 6),), (), "n", "n", readout=np.zeros((4, 6)))])


def test_decoders_without_readout_want_none_from_the_genome() -> None:
    assert suitable("winner").readout_shape is None
    assert isinstance(suitable("rate-difference"), RateDifference)
