"""Learning curves of several runs as one, worked out by hand."""

import numpy as np
import pytest

from neurosim_rl.comparison.curves import learning_curve


def run(*points: tuple[int, float]) -> tuple[np.ndarray, np.ndarray]:
    """A run with these values after so many evaluations."""
    evaluated, values = zip(*points, strict=True)
    return np.array(evaluated), np.array(values)


@pytest.mark.parametrize("extend", [False, True])
def test_a_curve_is_the_median_and_quartiles_over_runs(extend: bool) -> None:
    runs = [run((3, v), (6, v + 1)) for v in (1.0, 2.0, 6.0)]
    x, low, median, high = learning_curve(runs, extend=extend)
    assert x.tolist() == [3, 6]
    assert (low.tolist(), median.tolist(), high.tolist()) == ([1.5, 2.5], [2.0, 3.0], [4.0, 5.0])


@pytest.mark.parametrize(("extend", "last"), [(False, 4.0), (True, 7.0)])
def test_a_run_keeps_its_value_until_its_next_point(extend: bool, last: float) -> None:
    x, _, median, _ = learning_curve([run((2, 0.0), (4, 10.0)), run((3, 2.0), (6, 4.0))], extend=extend)
    assert x.tolist() == [2, 3, 4, 6]  # the first run ends at 4
    assert median.tolist() == [0.0, 1.0, 6.0, last]


def test_a_curve_ends_where_fewer_than_half_of_the_runs_have_come() -> None:
    runs = [run((3, 1.0)), run((3, 2.0)), run((3, 3.0), (6, 30.0))]
    x, _, median, _ = learning_curve(runs, extend=False)
    assert (x.tolist(), median.tolist()) == ([3], [2.0])
    x, _, median, _ = learning_curve(runs, extend=True)
    assert (x.tolist(), median.tolist()) == ([3, 6], [2.0, 2.0])


def test_values_that_are_nan_do_not_count() -> None:
    x, _, median, _ = learning_curve([run((1, np.nan), (2, np.nan)), run((1, np.nan), (2, 5.0))], extend=True)
    assert (x.tolist(), median.tolist()) == ([2], [5.0])
