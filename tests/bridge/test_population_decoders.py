"""Population codes of actions: preferred values, preferred directions, and their mirror images."""

from typing import Any

import numpy as np
import pytest
from gymnasium.spaces import Box
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neurosim_rl.bridge import DECODERS, Decoder
from neurosim_rl.bridge.population_vector import preferred_directions
from neurosim_rl.errors import ConfigurationError, DecodingError
from tests.components import create


def decoder_of(name: str, n_dimensions: int, **options: Any) -> Decoder:
    space = Box(-2.0, 2.0, (n_dimensions,), np.float64)
    decoder: Decoder = create("decoder", DECODERS, {"name": name, **options}, action_space=space, window_ms=20.0)
    return decoder


def act(decoder: Decoder, counts: Any) -> np.ndarray:
    return decoder.decode(np.array([counts]), np.zeros(1, np.int64), [])[0]


# --- centre of mass ---


def test_the_action_is_the_mean_preferred_value() -> None:
    decoder = decoder_of("centre-of-mass", 2, neurons_per_dimension=5)  # preferred: -2, -1, 0, 1, 2
    assert act(decoder, [0, 0, 0, 0, 7, 0, 3, 0, 1, 0]).tolist() == [2.0, -0.5]
    assert act(decoder, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]).tolist() == [0.0, 0.0]


@given(arrays(np.int64, 8, elements=st.integers(0, 50)), st.integers(1, 9))
def test_more_spikes_in_the_same_proportion_are_the_same_action(counts: np.ndarray, factor: int) -> None:
    decoder = decoder_of("centre-of-mass", 1)
    np.testing.assert_array_equal(act(decoder, counts), act(decoder, factor * counts))


def test_bounds_that_are_not_symmetric_are_reached() -> None:
    space = Box(np.array([0.1]), np.array([0.7]), dtype=np.float64)
    decoder = create("decoder", DECODERS, {"name": "centre-of-mass"}, action_space=space, window_ms=20.0)
    assert act(decoder, [9, 0, 0, 0, 0, 0, 0, 0]) == pytest.approx(0.1)
    assert act(decoder, [0, 0, 0, 0, 0, 0, 0, 1]) == pytest.approx(0.7)
    with pytest.raises(DecodingError, match="expected bounds symmetric about 0"):
        decoder.reflection()


# --- population vector ---


@pytest.mark.parametrize(("n_neurons", "n_dimensions"), [(2, 1), (6, 1), (10, 2), (6, 3), (64, 3), (20, 8)])
def test_directions_are_unit_vectors_in_opposite_pairs(n_neurons: int, n_dimensions: int) -> None:
    directions = preferred_directions(n_neurons, n_dimensions)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1.0, atol=1e-4)
    np.testing.assert_array_equal(directions[::2], -directions[1::2])
    assert len(np.unique(directions, axis=0)) == (n_neurons if n_dimensions > 1 else 2)
    assert np.linalg.matrix_rank(directions) == n_dimensions


@pytest.mark.parametrize(("n_dimensions", "n_neurons", "error"), [(1, 8, 0.02), (2, 16, 0.05), (3, 200, 0.15)])
def test_rectified_cosine_rates_give_the_wanted_action(n_dimensions: int, n_neurons: int, error: float) -> None:
    decoder = decoder_of("population-vector", n_dimensions, n_neurons=n_neurons, full_scale_hz=1e5)  # 2 000 spikes
    wanted = np.random.default_rng(1).uniform(-1, 1, n_dimensions)
    wanted /= max(1.0, float(np.linalg.norm(wanted)))
    counts = np.round(2000 * np.maximum(preferred_directions(n_neurons, n_dimensions) @ wanted, 0)).astype(int)
    np.testing.assert_allclose(act(decoder, counts), 2.0 * wanted, atol=2 * error)


@given(arrays(np.int64, 12, elements=st.integers(0, 9)), st.integers(0, 9))
def test_a_rate_that_all_neurons_share_cancels(counts: np.ndarray, shared: int) -> None:
    decoder = decoder_of("population-vector", 3, n_neurons=12)
    np.testing.assert_array_equal(act(decoder, counts), act(decoder, counts + shared))


@given(counts=arrays(np.int64, 4, elements=st.integers(0, 9)))
def test_with_one_dimension_it_is_the_rate_difference(counts: np.ndarray) -> None:
    vector = decoder_of("population-vector", 1, n_neurons=4)
    difference = decoder_of("rate-difference", 1, neurons_per_side=2)
    assert act(vector, counts) == pytest.approx(act(difference, counts[[0, 2, 1, 3]]))


@pytest.mark.parametrize(("n_neurons", "n_dimensions"), [(5, 1), (4, 3)])
def test_directions_need_opposite_pairs_in_all_dimensions(n_neurons: int, n_dimensions: int) -> None:
    with pytest.raises(ConfigurationError, match=r"decoder\.n_neurons = .; expected an even number of at least"):
        decoder_of("population-vector", n_dimensions, n_neurons=n_neurons)


# --- both ---


@pytest.mark.parametrize("name", ["centre-of-mass", "population-vector"])
@given(counts=arrays(np.int64, 16, elements=st.integers(0, 9)))
def test_mirrored_neurons_give_the_opposite_action(name: str, counts: np.ndarray) -> None:
    decoder = decoder_of(name, 2)
    np.testing.assert_array_equal(act(decoder, decoder.reflection().apply(counts)), -act(decoder, counts))


@pytest.mark.parametrize("name", ["centre-of-mass", "population-vector"])
def test_a_neuron_gets_most_credit_for_the_action_that_it_asks_for(name: str) -> None:
    decoder = decoder_of(name, 1)
    single = np.eye(decoder.n_outputs, dtype=int) * 1000
    actions = np.array([act(decoder, counts) for counts in single])
    credit = decoder.credit(actions)
    assert np.diag(credit).tolist() == [1.0] * decoder.n_outputs
    assert credit.min() == -1.0
