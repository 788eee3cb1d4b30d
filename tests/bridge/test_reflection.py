"""Mirrors: reflections of layers, and weights that look the same in them."""

import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete
from hypothesis import given
from hypothesis import strategies as st

from neurosim_rl.bridge import TUNINGS
from neurosim_rl.bridge.actions import reflected_actions
from neurosim_rl.bridge.decoder import Decoder
from neurosim_rl.bridge.decoders import LinearReadout, RateDifference, WinnerTakesAll
from neurosim_rl.bridge.reflection import ALONE, Reflection, TiedWeights
from neurosim_rl.bridge.tuned_encoders import CurrentEncoder
from neurosim_rl.bridge.weighted_encoders import WeightedEncoder
from neurosim_rl.errors import ConfigurationError, DecodingError, EncodingError
from neurosim_rl.settings.options import read_component


@st.composite
def reflections(draw: st.DrawFn) -> Reflection:
    """Some pairs that change places, each pair with a sign, and values that stay."""
    signs = draw(st.lists(st.sampled_from([1, -1]), min_size=1, max_size=6))
    n_pairs = draw(st.integers(0, len(signs) // 2))
    order = list(range(len(signs)))
    for k in range(n_pairs):
        order[2 * k], order[2 * k + 1] = 2 * k + 1, 2 * k
        signs[2 * k + 1] = signs[2 * k]
    return Reflection(tuple(order), tuple(signs))


@given(reflections(), reflections(), st.integers(0, 99))
def test_sums_over_tied_weights_are_reflected_as_values_are(one: Reflection, other: Reflection, seed: int) -> None:
    rng = np.random.default_rng(seed)
    tied = TiedWeights.between(one, other)
    weights = tied.expand(rng.normal(size=tied.n_genes))
    values = rng.normal(size=(5, len(one)))
    np.testing.assert_allclose(one.apply(values) @ weights, other.apply(values @ weights), atol=1e-12)


@given(reflections(), reflections())
def test_every_gene_counts_and_no_freedom_is_lost(one: Reflection, other: Reflection) -> None:
    tied = TiedWeights.between(one, other)
    if not tied.n_genes:
        assert not tied.sign.any()
        return
    expanded = np.array([tied.expand(unit).ravel() for unit in np.eye(tied.n_genes)])
    assert np.linalg.matrix_rank(expanded) == tied.n_genes
    whole = np.random.default_rng(1).normal(size=tied.sign.shape)  # its symmetric part must be within reach
    mirrored = np.outer(one.sign, other.sign) * whole[np.ix_(one.order, other.order)]
    symmetric = ((whole + mirrored) / 2).ravel()
    reached = expanded.T @ np.linalg.lstsq(expanded.T, symmetric, rcond=None)[0]
    np.testing.assert_allclose(reached, symmetric, atol=1e-12)


def test_a_bias_of_what_changes_sign_is_zero() -> None:
    tied = TiedWeights.between(ALONE, Reflection.of_signs([-1, 1]))
    np.testing.assert_array_equal(tied.expand(np.array([3.0])), [[0.0, 3.0]])


@pytest.mark.parametrize("tuning", ["gaussian", "one-hot", "opponent"])
def test_input_neurons_answer_to_mirrored_observations_as_their_mirror_images_did(tuning: str) -> None:
    low, high = np.array([-2.0, 0.0, -7.0]), np.array([2.0, 1.0, 7.0])
    encoder = CurrentEncoder(low, high, 20.0, 0.2, read_component("tuning", TUNINGS, {"name": tuning}))
    observations = np.random.default_rng(2).uniform(low, high, (50, 3))
    mirrored = observations * [-1, 1, -1]
    reflected = encoder.reflection((0, 2)).apply(encoder.activity(observations))
    np.testing.assert_allclose(encoder.activity(mirrored), reflected, atol=1e-12)


@pytest.mark.parametrize("tuning", ["linear", "signed"])
def test_a_tuning_without_a_mirror_image_says_what_to_do(tuning: str) -> None:
    encoder = CurrentEncoder(-np.ones(2), np.ones(2), 20.0, 0.2, read_component("tuning", TUNINGS, {"name": tuning}))
    with pytest.raises(ConfigurationError, match="has no mirror image for each input neuron"):
        encoder.reflection((0,))


def test_weighted_observations_have_no_mirror_image() -> None:
    encoder = WeightedEncoder(-np.ones(2), np.ones(2), 20.0, 0.2)
    with pytest.raises(ConfigurationError, match="WeightedEncoder has no mirror image for each input neuron"):
        encoder.reflection((0,))


def test_bounds_that_are_not_symmetric_are_told() -> None:
    encoder = CurrentEncoder(np.array([-1.0, -1.2]), np.array([1.0, 0.6]), 20.0, 0.2)
    with pytest.raises(
        EncodingError, match=r"observation\[1\] has bounds \[-1\.2, 0\.6\]; .* changes sign in the mirror"
    ):
        encoder.reflection((1,))
    with pytest.raises(DecodingError, match="expected bounds symmetric about 0"):
        reflected_actions(Box(0.0, 1.0, (1,)))


def test_output_neurons_of_the_mirror_image_give_the_mirrored_action() -> None:
    rng = np.random.default_rng(3)
    cases: list[tuple[Decoder, int]] = [
        (WinnerTakesAll(Discrete(3), 20.0, neurons_per_action=2), 6),
        (RateDifference(Box(-2.0, 2.0, (2,)), 20.0, neurons_per_side=3), 12),
    ]
    for decoder, n_outputs in cases:
        counts, rows = rng.integers(0, 6, (40, n_outputs)), np.arange(40)
        actions = decoder.decode(counts, rows, [])
        mirrored = decoder.decode(decoder.reflection().apply(counts), rows, [])
        np.testing.assert_allclose(mirrored, 2 - actions if n_outputs == 6 else -actions)
    with pytest.raises(ConfigurationError, match=r"Use decoder\.name = 'winner' or 'rate-difference'"):
        LinearReadout(Box(-1.0, 1.0, (1,)), 20.0).reflection()
