"""Tunings: how strongly input neurons answer to values scaled to [0, 1]."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm

from neurosim_rl.bridge import TUNINGS
from neurosim_rl.bridge.tunings import (
    GaussianTuning,
    LinearTuning,
    OneHotTuning,
    OpponentTuning,
    QuantileTuning,
    SignedTuning,
)
from neurosim_rl.errors import ConfigurationError
from tests.components import create

scaled_rows = arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 3)), elements=st.floats(0, 1))


@given(scaled=scaled_rows, n_bins=st.integers(1, 50))
def test_one_hot_wakes_just_one_neuron_a_variable_the_one_whose_bin_holds_the_value(
    scaled: np.ndarray, n_bins: int
) -> None:
    activity = OneHotTuning(n_bins).activity(scaled).reshape(*scaled.shape, n_bins)
    assert (np.sort(activity, axis=-1)[..., :-1] == 0).all()
    assert (activity.max(axis=-1) == 1).all()
    bins = activity.argmax(axis=-1)
    assert (bins / n_bins <= scaled + 1e-15).all()
    assert (scaled <= (bins + 1) / n_bins + 1e-15).all()


@pytest.mark.parametrize(
    ("value", "expected"), [(0.0, 0), (0.2499, 0), (0.25, 1), (0.5, 2), (0.75, 3), (0.9999, 3), (1.0, 3)]
)
def test_a_bin_holds_its_lower_edge_and_the_last_one_the_upper_bound_too(value: float, expected: int) -> None:
    assert OneHotTuning(4).activity(np.array([[value]])).argmax() == expected


def test_one_hot_numbers_neurons_variable_by_variable() -> None:
    assert OneHotTuning(2).activity(np.array([[0.9, 0.1]])).tolist() == [[0, 1, 1, 0]]


def test_gaussian_fields_have_their_centres_on_the_bounds_and_evenly_between() -> None:
    fields = GaussianTuning(n_fields=5, width=0.5)
    activity = fields.activity(np.linspace(0, 1, 5)[:, None])
    np.testing.assert_array_equal(np.diag(activity), 1.0)
    assert activity[0, 1] == pytest.approx(math.exp(-0.5 / 0.5**2))
    assert activity[2, 4] == pytest.approx(math.exp(-0.5 * (2 / 0.5) ** 2))


@given(st.floats(0, 1))
def test_gaussian_fields_are_mirror_symmetric(value: float) -> None:
    one, other = GaussianTuning(7).activity(np.array([[value], [1 - value]]))
    np.testing.assert_allclose(one, other[::-1], rtol=0, atol=1e-12)


@given(st.floats(0, 1))
def test_opponent_neurons_are_never_both_active_and_differ_by_the_signed_value(value: float) -> None:
    on, off = OpponentTuning().activity(np.array([[value]]))[0]
    assert min(on, off) == 0
    assert on - off == SignedTuning().activity(np.array([[value]]))[0, 0]


def test_opponent_lists_all_on_neurons_before_all_off_neurons() -> None:
    assert OpponentTuning().activity(np.array([[1.0, 0.25]])).tolist() == [[1.0, 0.0, 0.0, 0.5]]


def test_linear_and_signed_span_the_bounds() -> None:
    scaled = np.array([[0.0], [0.5], [1.0]])
    assert LinearTuning().activity(scaled).ravel().tolist() == [0, 0.5, 1]
    assert SignedTuning().activity(scaled).ravel().tolist() == [-1, 0, 1]


LOW, HIGH = np.array([-2.4, -3.0, -0.21]), np.array([2.4, 3.0, 0.5])
MEANS, DEVIATIONS = (-0.006, 0.2, 0.005), (1.0, 0.54, 0.091)


@given(unit=arrays(np.float64, (5, 3), elements=st.floats(0, 1)), n_bins=st.integers(1, 30))
def test_a_quantile_bin_is_the_one_between_whose_normal_quantiles_the_observed_value_lies(
    unit: np.ndarray, n_bins: int
) -> None:
    observed = LOW + unit * (HIGH - LOW)
    edges = norm.ppf(np.linspace(0, 1, n_bins + 1))
    tuning = QuantileTuning(n_bins, MEANS, DEVIATIONS).within(LOW, HIGH)
    activity = tuning.activity((observed - LOW) / (HIGH - LOW)).reshape(5, 3, n_bins)
    assert (np.sort(activity, axis=-1)[..., :-1] == 0).all()
    assert (activity.max(axis=-1) == 1).all()
    bins = activity.argmax(axis=-1)
    standardized = (observed - MEANS) / DEVIATIONS
    assert (edges[bins] <= standardized + 1e-9).all()
    assert (standardized <= edges[bins + 1] + 1e-9).all()


def test_normally_distributed_values_fill_quantile_bins_alike() -> None:
    tuning = QuantileTuning(20, (1.0,), (2.0,)).within(np.array([-20.0]), np.array([30.0]))
    observed = norm.ppf((np.arange(20_000) + 0.5) / 20_000, 1.0, 2.0)[:, None]
    assert set(tuning.activity((observed + 20.0) / 50.0).sum(axis=0)) == {1000}


def test_without_means_and_deviations_quantiles_span_the_bounds_by_two_deviations_to_each_side() -> None:
    scaled = np.linspace(0, 1, 101)[:, None]
    given_ones = QuantileTuning(8, (3.0,), (2.0,)).within(np.array([-1.0]), np.array([7.0]))
    np.testing.assert_array_equal(QuantileTuning(8).activity(scaled), given_ones.activity(scaled))


@given(st.floats(0, 0.49))
def test_quantile_bins_have_a_mirror_image_if_their_means_do(value: float) -> None:
    tuning = QuantileTuning(7, (0.0,), (0.3,)).within(np.array([-1.0]), np.array([1.0]))
    one, other = tuning.activity(np.array([[value], [1 - value]]))
    np.testing.assert_array_equal(other, one[tuning.mirrored(1, (0,))])


def test_quantile_bins_around_another_mean_have_no_mirror_image() -> None:
    tuning = QuantileTuning(7, (0.0, 0.1), (0.3, 0.3)).within(-np.ones(2), np.ones(2))
    assert len(tuning.mirrored(2, (0,))) == 14
    with pytest.raises(ConfigurationError, match=r"encoder\.tuning\.means\[1\] is not 0"):
        tuning.mirrored(2, (0, 1))


@pytest.mark.parametrize("name", ["means", "deviations"])
def test_quantiles_of_another_number_of_variables_are_refused(name: str) -> None:
    with pytest.raises(
        ConfigurationError, match=rf"encoder\.tuning\.{name} has 2 values; expected one for each of the 3"
    ):
        create("tuning", TUNINGS, {"name": "quantile", name: [1.0, 1.0]}).within(LOW, HIGH)
