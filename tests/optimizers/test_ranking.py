"""Rank shaping: by hand, and under transformations that keep the order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, rankdata

from neurosim_rl.optimizers.ranking import centred_ranks, normal_scores, ranks

scores = st.lists(st.sampled_from([-np.inf, -1e6, -2.0, 0.0, 0.5, 3.0, 1e9]), min_size=2, max_size=12)


def test_ranks_begin_at_the_worst_and_ties_share_their_mean() -> None:
    np.testing.assert_array_equal(ranks(np.array([3.0, -np.inf, 7.0, 3.0])), [1.5, 0.0, 3.0, 1.5])


@given(scores)
def test_ranks_are_scipys_average_ranks(values: list[float]) -> None:
    np.testing.assert_array_equal(ranks(np.array(values)), rankdata(values) - 1)


@given(scores)
def test_shaped_scores_have_no_mean_and_know_no_scale(values: list[float]) -> None:
    array = np.array(values)
    for shape in (centred_ranks, normal_scores):
        np.testing.assert_array_equal(shape(array), shape(np.arctan(array)))
    assert abs(centred_ranks(array).sum()) < 1e-12


def test_centred_ranks_reach_from_minus_to_plus_one_half() -> None:
    np.testing.assert_array_equal(centred_ranks(np.array([9.0, -5.0, 0.0])), [0.5, -0.5, 0.0])


def test_normal_scores_are_quantiles() -> None:
    np.testing.assert_allclose(normal_scores(np.array([1.0, 2.0, 30.0])), norm.ppf([1 / 6, 1 / 2, 5 / 6]), atol=1e-15)


def test_if_all_tie_every_score_is_zero() -> None:
    for shape in (centred_ranks, normal_scores):
        np.testing.assert_array_equal(shape(np.full(7, -np.inf)), np.zeros(7))
