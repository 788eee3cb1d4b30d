"""Sliding-rate decoder: averages by hand for both kernels, and what a readout makes of them."""

from typing import Any

import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neurosim_rl.bridge import DECODERS
from neurosim_rl.bridge.sliding_rate import GRAIN, SlidingRate
from neurosim_rl.errors import DecodingError, UnknownNameError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from neurosim_rl.optimizees import create_optimizee
from neurosim_rl.training.configure import configure
from tests.components import create

ONE = np.zeros(1, np.int64)
BOX = Box(-1.0, 1.0, (1,), np.float64)


def sliding(space: Any = None, n_batch: int = 1, weights: Any = None, **options: Any) -> SlidingRate:
    table = {"name": "sliding-rate", **options}
    decoder = create("decoder", DECODERS, table, action_space=space or Discrete(3), window_ms=20.0)
    assert isinstance(decoder, SlidingRate)
    network = Network((Population("n", decoder.n_outputs),), (), "n", "n", readout=weights)
    decoder.start([network] * n_batch)
    return decoder


@given(arrays(np.int64, (9, 3), elements=st.integers(0, 20)), st.integers(1, 5))
def test_a_boxcar_is_the_mean_of_the_last_windows(counts: np.ndarray, windows: int) -> None:
    decoder = sliding(kernel="boxcar", windows=windows)
    padded = np.concatenate([np.zeros((windows - 1, 3)), counts])
    for window, own in enumerate(counts):
        expected = padded[window : window + windows].mean(axis=0)
        np.testing.assert_allclose(decoder.average(own[None], ONE)[0], expected, atol=GRAIN)


@given(arrays(np.int64, (9, 3), elements=st.integers(0, 20)), st.floats(1.0, 500.0))
def test_an_exponential_kernel_is_the_sum_of_decayed_counts(counts: np.ndarray, tau_ms: float) -> None:
    decoder = sliding(tau_ms=tau_ms)
    for window, own in enumerate(counts):
        weights = (1 - np.exp(-20.0 / tau_ms)) * np.exp(-20.0 / tau_ms * np.arange(window, -1, -1))
        expected = weights @ counts[: window + 1]
        np.testing.assert_allclose(decoder.average(own[None], ONE)[0], expected, atol=GRAIN)


def test_a_boxcar_of_one_window_is_the_readout_itself() -> None:
    counts = np.random.default_rng(1).integers(0, 9, (30, 2))
    plain = create("decoder", DECODERS, {"name": "rate-difference"}, action_space=BOX, window_ms=20.0)
    decoder = sliding(BOX, n_batch=30, kernel="boxcar", windows=1, readout={"name": "rate-difference"})
    everyone = np.arange(30)
    np.testing.assert_array_equal(decoder.decode(counts, everyone, []), plain.decode(counts, everyone, []))


def test_equal_averages_of_different_windows_are_a_tie() -> None:
    decoder = sliding(kernel="boxcar", windows=3, readout={"name": "winner", "tie": "neutral"})
    actions = [int(decoder.decode(np.array([counts]), ONE, [])[0]) for counts in ([0, 0, 1], [1, 0, 0], [0, 0, 0])]
    assert actions == [2, 1, 1]


def test_weights_that_are_genes_weigh_the_averages() -> None:
    weights = np.array([[1.0], [-0.5]])
    options: dict[str, Any] = {"kernel": "boxcar", "windows": 2, "readout": {"name": "linear", "n_neurons": 2}}
    decoder = sliding(BOX, weights=weights, **options)
    assert decoder.readout_shape == (2, 1)
    # 200 Hz for 20 ms are 4 spikes; (3 + 0) / 2 * 1 - (0 + 2) / 2 * 0.5 = 1 of 4
    found = [decoder.decode(np.array([counts]), ONE, [])[0, 0] for counts in ([3, 0], [0, 2])]
    assert found == [0.375, 0.25]


@pytest.mark.parametrize("kernel", ["boxcar", "exponential"])
def test_each_element_keeps_its_own_average_when_others_end_and_start_forgets(kernel: str) -> None:
    decoder = sliding(n_batch=3, kernel=kernel)
    decoder.average(np.array([[9, 0, 0], [0, 9, 0], [0, 0, 9]]), np.arange(3))
    rest = decoder.average(np.zeros((2, 3), np.int64), np.array([0, 2]))
    alone = sliding(kernel=kernel)
    alone.average(np.array([[0, 0, 9]]), ONE)
    np.testing.assert_array_equal(rest[1], alone.average(np.zeros((1, 3), np.int64), ONE)[0])
    assert rest[1][2] > 0
    decoder.start([Network((Population("n", 3),), (), "n", "n")])
    assert decoder.average(np.zeros((1, 3), np.int64), ONE).tolist() == [[0.0, 0.0, 0.0]]


def test_mirror_image_and_credit_are_those_of_the_readout() -> None:
    decoder = sliding(readout={"name": "winner", "neurons_per_action": 2})
    assert decoder.reflection() == decoder.inner.reflection()
    assert decoder.credit(np.array([2])).tolist() == [[-1, -1, -1, -1, 1, 1]]


def test_a_readout_must_count_spikes() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown decoder\.readout 'membrane'"):
        sliding(readout={"name": "membrane"})


def test_a_decoder_of_a_task_and_its_readout_know_the_grid_of_the_simulator() -> None:
    config = configure("mountain-car", resolution_ms=0.5, decoder={"name": "sliding-rate"})
    decoder = create_optimizee(config).decoder
    assert isinstance(decoder, SlidingRate)
    assert (decoder.resolution_ms, decoder.inner.resolution_ms) == (0.5, 0.5)


def test_a_readout_that_does_not_fit_the_actions_is_named() -> None:
    with pytest.raises(DecodingError, match=r"decoder\.readout\.name = 'winner': WinnerTakesAll needs a Discrete"):
        sliding(BOX)
