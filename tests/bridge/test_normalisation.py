"""Normalisation: worked out by hand, and what it does to variables that never move."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neurosim_rl.bridge import NORMALISATIONS, MeasuredNormalisation, Normalisation, RunningNormalisation
from neurosim_rl.errors import ConfigurationError, ShapeError
from tests.components import create

INFINITE = np.full(3, np.inf)
OBSERVED = np.array([[1.0, -4.0, 7.0], [3.0, 2.0, 7.0], [2.0, 2.0, 7.0]])
MEASURED = [name for name, cls in NORMALISATIONS.items() if issubclass(cls, MeasuredNormalisation)]


def build(name: str, **options: Any) -> Normalisation:
    return create("normalisation", NORMALISATIONS, {"name": name, **options}, low=-INFINITE, high=INFINITE)


def measured(name: str, observed: np.ndarray = OBSERVED, **options: Any) -> Normalisation:
    normalisation = build(name, **options)
    assert isinstance(normalisation, MeasuredNormalisation)
    assert not normalisation.is_measured
    done = normalisation.measured(observed)
    assert done.is_measured
    return done


def test_without_normalisation_observations_and_bounds_stay() -> None:
    nothing = build("none")
    assert nothing.apply(OBSERVED) is OBSERVED
    for low, high in (nothing.bounds, nothing.shown_bounds):
        assert low.tolist() == [-np.inf] * 3
        assert high.tolist() == [np.inf] * 3
    assert nothing.measured_options == {}


def test_bounds_are_the_largest_sizes_made_symmetric() -> None:
    bounds = measured("bounds", gain=2.5)
    assert bounds.measured_options == {"steps": 5_000, "seed": 0, "gain": 2.5, "bound": (3.0, 4.0, 7.0)}
    given_values = np.array([[3.0, -4.0, 0.0], [-1.5, 8.0, 7.0]])
    np.testing.assert_allclose(bounds.apply(given_values), [[2.5, -2.5, 0.0], [-1.25, 5.0, 2.5]], rtol=1e-15)
    low, high = bounds.bounds
    assert (low.tolist(), high.tolist()) == ([-2.5] * 3, [2.5] * 3)
    low, high = bounds.shown_bounds
    assert (low.tolist(), high.tolist()) == ([-3.0, -4.0, -7.0], [3.0, 4.0, 7.0])


def test_statistics_are_mean_and_deviation_cut_at_the_limit() -> None:
    statistics = measured("statistics", limit=4.0)
    deviation = np.array([np.sqrt(2 / 3), np.sqrt(8.0), 1.0])  # the last one never moved
    np.testing.assert_allclose(statistics.measured_options["mean"], [2.0, 0.0, 7.0], rtol=1e-15)
    np.testing.assert_allclose(statistics.measured_options["deviation"], deviation, rtol=1e-5)
    values = np.array([[2.0, 8.0, 7.0], [1000.0, -1000.0, 9.0]])
    np.testing.assert_allclose(statistics.apply(values), [[0, np.sqrt(8.0), 0], [4, -4, 2]], rtol=1e-5, atol=1e-12)
    low, high = statistics.bounds
    assert (low.tolist(), high.tolist()) == ([-4.0] * 3, [4.0] * 3)
    low, high = statistics.shown_bounds
    np.testing.assert_allclose(np.stack([low, high]), [2, 0, 7] + np.array([[-3], [3]]) * deviation, rtol=1e-5)


def test_what_never_was_anything_but_zero_is_not_divided_by_it() -> None:
    zeros = np.zeros((5, 3))
    for name in MEASURED:
        np.testing.assert_array_equal(measured(name, zeros).apply(np.ones((1, 3))), np.ones((1, 3)))


@pytest.mark.parametrize("value", [0.1, 1e6 + 0.1, -3.3e-7])
def test_what_never_moved_is_not_divided_by_a_rounding_error(value: float) -> None:
    """The mean of many equal numbers may differ from them in the last bit, and so give a deviation of that size."""
    statistics = measured("statistics", np.full((1001, 3), value))
    assert statistics.measured_options["deviation"] == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("name", MEASURED)
@given(observed=arrays(np.float64, (7, 3), elements=st.floats(-1e6, 1e6)))
def test_what_was_measured_makes_the_same_normalisation_again(name: str, observed: np.ndarray) -> None:
    one = measured(name, observed)
    other = build(name, **{key: list(v) if isinstance(v, tuple) else v for key, v in one.measured_options.items()})
    np.testing.assert_array_equal(one.apply(observed), other.apply(observed))
    low, high = one.bounds
    assert (one.apply(observed) >= low * (1 + 1e-5)).all()
    assert (one.apply(observed) <= high * (1 + 1e-5)).all()


def test_only_what_has_no_mean_looks_the_same_in_the_mirror() -> None:
    assert {name: (measured(name) if name in MEASURED else build(name)).keeps_mirror for name in NORMALISATIONS} == {
        "bounds": True,
        "none": True,
        "running": False,
        "statistics": False,
    }


def test_measurements_of_another_environment_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"normalisation\.bound has shape \(2,\); expected \(3,\)"):
        build("bounds", bound=[1.0, 2.0])
    with pytest.raises(ConfigurationError, match=r"normalisation\.deviation = 0\.0 is out of range"):
        build("statistics", mean=[1.0, 2.0, 3.0], deviation=[1.0, 0.0, 1.0])


@pytest.mark.parametrize("name", ["statistics", "running"])
@pytest.mark.parametrize(("given_name", "missing"), [("mean", "deviation"), ("deviation", "mean")])
def test_half_of_the_statistics_is_refused_and_not_measured_over(name: str, given_name: str, missing: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"{given_name} is set, but normalisation\.{missing} is not"):
        build(name, **{given_name: [1.0, 2.0, 3.0]})


def running(**options: Any) -> RunningNormalisation:
    normalisation = measured("running", **options)
    assert isinstance(normalisation, RunningNormalisation)
    return normalisation


def sums_of(observed: np.ndarray) -> np.ndarray:
    return np.stack([observed.sum(axis=0), np.square(observed).sum(axis=0)])


@given(more=arrays(np.float64, (50, 3), elements=st.floats(-100.0, 100.0)))
def test_running_statistics_are_those_of_random_play_and_all_that_came_later(more: np.ndarray) -> None:
    first = np.random.default_rng(3).normal([2.0, -30.0, 0.0], [1.0, 5.0, 40.0], (200, 3))
    found = measured("running", first, steps=200)
    assert isinstance(found, RunningNormalisation)
    later, everything = found.after(50, sums_of(more)), np.concatenate([first, more])
    np.testing.assert_allclose(later.mean, everything.mean(axis=0), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(later.deviation, everything.std(axis=0), rtol=1e-4)
    assert later.steps == 250
    twice = found.after(20, sums_of(more[:20])).after(30, sums_of(more[20:]))
    np.testing.assert_allclose(twice.mean, later.mean, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(twice.deviation, later.deviation, rtol=1e-4)


def test_the_running_statistics_of_nothing_more_stay() -> None:
    first = running()
    assert first.after(0, np.zeros((2, 3))) == first


@pytest.mark.parametrize("value", [0.0, 7.0, 1e6 + 0.1, -3.3e-7])
def test_what_still_does_not_move_keeps_its_deviation(value: float) -> None:
    first = measured("running", np.full((9, 3), value))
    assert isinstance(first, RunningNormalisation)
    later = first.after(10**6, np.array([[value] * 3, [value**2] * 3]) * 1e6)
    assert later.deviation == first.deviation == (1.0, 1.0, 1.0)


def test_what_begins_to_move_is_measured() -> None:
    first = measured("running", np.full((9, 3), 7.0), steps=10)
    assert isinstance(first, RunningNormalisation)
    moved = np.array([[9.0, 7.0, 5.0]] * 990)
    later = first.after(990, sums_of(moved))
    np.testing.assert_allclose(later.mean, [8.98, 7.0, 5.02], rtol=1e-6)
    assert later.deviation[1] == 1.0
    np.testing.assert_allclose(later.deviation[0], np.sqrt(0.01 * 1 + 0.01 * 0.99 * 2**2), rtol=1e-5)
