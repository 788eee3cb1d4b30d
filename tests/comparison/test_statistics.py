"""Statistics of few seeds, against values that can be worked out by hand or are known."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim_rl.comparison.statistics import (
    interquartile_mean,
    probability_of_improvement,
    quartiles,
    stratified_interval,
    success_interval,
)


def test_quartiles_are_those_of_the_inclusive_method() -> None:
    values = [500.0, 100.0, 480.0, 475.0, 474.0]
    assert quartiles(np.array(values)) == pytest.approx(statistics.quantiles(values, n=4, method="inclusive"))
    assert quartiles(np.array([])) is None


def test_the_wilson_interval_is_that_of_the_formula() -> None:
    z, n, p = 1.959963984540054, 20, 0.9
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    assert success_interval(18, 20) == pytest.approx((centre - half, centre + half), abs=1e-12)


def test_the_interquartile_mean_leaves_out_the_outer_quarters() -> None:
    scores = np.array([[0.0, 100.0], [1.0, 2.0], [3.0, 4.0], [-50.0, 5.0]])
    assert interquartile_mean(scores) == np.mean([1.0, 2.0, 3.0, 4.0])


def test_the_probability_of_improvement_counts_pairs() -> None:
    one, other = np.array([[1.0], [3.0]]), np.array([[0.0], [1.0], [2.0]])
    assert probability_of_improvement(one, other) == (1.5 + 3) / 6
    assert probability_of_improvement(one, one) == 0.5
    two_tasks = np.hstack([one, one + 10])
    assert probability_of_improvement(two_tasks, np.hstack([other, other])) == pytest.approx((0.75 + 1.0) / 2)


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=8), st.lists(st.floats(-10, 10), min_size=2, max_size=8))
def test_the_probabilities_of_both_directions_add_up_to_one(a: list[float], b: list[float]) -> None:
    one, other = np.array(a)[:, None], np.array(b)[:, None]
    assert probability_of_improvement(one, other) + probability_of_improvement(other, one) == pytest.approx(1.0)


def test_the_bootstrap_interval_of_a_mean_is_that_of_the_normal_distribution() -> None:
    scores = np.random.default_rng(1).normal(size=(100, 4))
    low, high = stratified_interval(lambda s: s.mean(axis=(-2, -1)), scores)
    half = 1.96 * np.sqrt((scores.var(axis=0) / 100).sum() / 16)
    assert low == pytest.approx(scores.mean() - half, abs=0.01)
    assert high == pytest.approx(scores.mean() + half, abs=0.01)
    assert (low, high) == stratified_interval(lambda s: s.mean(axis=(-2, -1)), scores)


def test_seeds_are_drawn_within_a_task() -> None:
    scores = np.array([[0.0, 10.0], [0.0, 10.0], [0.0, 10.0]])  # tasks differ, seeds do not
    assert stratified_interval(interquartile_mean, scores) == (5.0, 5.0)
