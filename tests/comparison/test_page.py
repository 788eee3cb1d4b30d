from dataclasses import replace
from pathlib import Path

import numpy as np

from neurosim_rl.comparison.groups import Group
from neurosim_rl.comparison.page import by_task, comparison_page
from neurosim_rl.comparison.run_summary import DAMAGED, RUNNING, RunSummary
from neurosim_rl.training.configure import configure
from tests.analysis.test_document import data_of
from tests.analysis.test_markup import HOSTILE, Found
from tests.comparison.test_figures import result


def two_settings() -> list[Group]:
    one = Group("tie=neutral", tuple(result([v, v + 1.0], "tie=neutral", mean_return=v) for v in (1.0, 2.0, 6.0)))
    return [one, Group("tie=random", (result([0.0, 4.0], "tie=random"),))]


def test_curves_are_medians_and_quartiles_and_points_have_their_intervals() -> None:
    curves, champions = comparison_page(two_settings(), "two").charts
    first = curves.series[0]
    np.testing.assert_array_equal(first.x, [3.0, 6.0])  # three individuals a generation
    np.testing.assert_array_equal(first.y, [2.0, 3.0])
    np.testing.assert_array_equal([first.low, first.high], [[1.5, 2.5], [4.0, 5.0]])
    (points,) = champions.series  # the other setting has no finished run
    np.testing.assert_array_equal(points.x, [1.0, 2.0, 6.0])
    np.testing.assert_array_equal([points.low, points.high], [[0.0, 1.0, 5.0], [3.0, 4.0, 8.0]])
    assert list(champions.levels) == [("solved", -110.0)]


def test_returns_of_different_tasks_share_no_axis() -> None:
    mountain, *_ = two_settings()
    run = replace(result([3.0], "b", mean_return=3.0), config=configure("cart-pole"))
    pole = Group("b", (run,))
    assert list(by_task([mountain, pole])) == ["mountain-car", "cart-pole"]
    charts = comparison_page([mountain, pole], "two").charts
    assert len({chart.identifier for chart in charts}) == len(charts) == 4
    assert [len(chart.series) for chart in charts] == [1, 1, 1, 1]


def test_damaged_runs_are_listed_with_their_reason_and_runs_under_way_reload_the_page() -> None:
    damaged = RunSummary(Path("r"), HOSTILE, None, state=DAMAGED, problem=HOSTILE)
    page = comparison_page([*two_settings(), Group(HOSTILE, (damaged,))], HOSTILE)
    found = Found(page.html())
    assert f"damaged: {HOSTILE}" in "".join(found.texts)
    assert not any(key.startswith("on") for _, attributes in found.elements for key in attributes)
    assert not page.is_under_way
    running = replace(damaged, state=RUNNING)
    assert comparison_page([Group("a", (running,))], "a").is_under_way
    assert data_of(comparison_page([Group("a", (running,))], "a").html())["charts"] == []
