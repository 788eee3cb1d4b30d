"""The STDP window, the dependence on the weight and a weight's course, against the closed forms."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from neurosim_rl.dynamics import PairRule, StdpProtocol, StdpRecord, run_stdp
from neurosim_rl.dynamics.stdp_figure import draw_stdp, plot_traces
from neurosim_rl.errors import ConfigurationError

SMALL = StdpProtocol(largest_dt_ms=40.0, n_weights=5, n_pairs=6)
UNEVEN = replace(SMALL, rule=PairRule(alpha=1.2, mu_plus=0.3, mu_minus=0.8, tau_plus_ms=12.0, tau_minus_ms=30.0))


@pytest.fixture(scope="module", params=["nest", "compiled"])
def record(request: pytest.FixtureRequest) -> StdpRecord:
    return run_stdp(UNEVEN, request.param)


def test_the_window_is_that_of_the_exponentials(record: StdpRecord) -> None:
    dt, w = record.window.dt_ms, 0.5
    after, before = dt > 0, dt < 0
    gain = 1000.0 * 0.01 * (1 - w) ** 0.3 * np.exp(-dt[after] / 12.0)
    loss = 1000.0 * 0.01 * 1.2 * w**0.8 * np.exp(dt[before] / 30.0)
    np.testing.assert_allclose(record.window.change[after], gain, rtol=1e-9)
    np.testing.assert_allclose(record.window.change[before], -loss, rtol=1e-9)
    assert record.window.change[dt == 0] == 0.0
    assert record.window.largest_relative_distance < 1e-9
    assert after.sum() == before.sum() == 40


def test_changes_depend_on_the_weight_by_the_exponents(record: StdpRecord) -> None:
    found = record.dependence
    w = found.weight / 1000.0
    gain, loss = 10.0 * np.exp(-10.0 / 12.0), 12.0 * np.exp(-10.0 / 30.0)
    for k, mu in enumerate((0.0, 0.5, 1.0)):
        potentiation = np.minimum(gain * (1 - w) ** mu, 1000.0 * (1 - w))
        depression = np.minimum(loss * w**mu, 1000.0 * w)
        np.testing.assert_allclose(found.change[0, k], potentiation, atol=1e-9)
        np.testing.assert_allclose(found.change[1, k], -depression, atol=1e-9)
    assert found.largest_distance < 1e-9


def test_the_course_is_that_of_the_reference(record: StdpRecord) -> None:
    found = record.course
    assert found.largest_relative_distance < 1e-12
    assert (np.diff(found.weight[:6]) > 0).all()
    assert (np.diff(found.weight[6:]) < 0).all()


def test_the_reports_parameters_are_the_default() -> None:
    rule = StdpProtocol().rule
    assert (rule.w_max, StdpProtocol().weight, rule.rate) == (1000.0, 500.0, 0.01)
    assert (rule.mu_plus, rule.mu_minus, rule.tau_plus_ms, rule.tau_minus_ms) == (1.0, 1.0, 20.0, 20.0)


def test_a_change_that_is_off_is_found(record: StdpRecord) -> None:
    window = replace(record.window, change=record.window.change * (1 + 1e-6))
    assert window.largest_relative_distance == pytest.approx(1e-6, rel=1e-2)
    assert replace(record.window, change=record.window.change + 1e-9).largest_relative_distance == np.inf


def test_every_axis_of_the_figure_has_a_unit(record: StdpRecord) -> None:
    axes = draw_stdp(record).axes
    weight = "(% of the largest"
    units = (("(ms)", weight), ("(% of the largest)", weight), ("(s)", "(each spike adds 1)"), ("(s)", weight))
    for ax, (x_unit, y_unit) in zip(axes, units, strict=True):
        assert ax.get_xlabel().endswith(x_unit)
        assert y_unit in ax.get_ylabel()
    shown = np.concatenate([line.get_xdata() for line in axes[0].lines if line.get_color() == "black"])
    assert set(shown) <= set(record.window.dt_ms)
    assert len(shown) > 15


def test_traces_are_drawn_around_the_change_of_order(record: StdpRecord) -> None:
    pre, post, change = plot_traces(record).lines
    time_s, expected = np.asarray(pre.get_xdata()), record.course.course
    assert (time_s[0], time_s[-1], np.asarray(change.get_xdata())[0]) == (0.401, 0.8, 0.6)
    np.testing.assert_array_equal(pre.get_ydata(), expected.pre_trace[400:800])
    np.testing.assert_array_equal(post.get_ydata(), expected.post_trace[400:800])
    assert np.argmax(expected.pre_trace[500:600]) < np.argmax(expected.post_trace[500:600])
    assert np.argmax(expected.pre_trace[600:700]) > np.argmax(expected.post_trace[600:700])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"pair_dt_ms": 2.5}, r"pair_dt_ms is 2\.5; expected a multiple of the grid, 1 ms"),
        ({"largest_dt_ms": 0.0}, r"largest_dt_ms is 0\.0; expected a multiple"),
        ({"period_ms": 20.0}, r"period_ms is 20; expected more than twice pair_dt_ms, 10"),
        ({"weight": 1001.0}, r"weight is 1001\.0; expected a value from 0 to the rule's w_max, 1000"),
        ({"n_pairs": 0}, r"n_pairs: the number is 0; expected at least 1"),
        ({"exponents": ()}, r"exponents: the number is 0; expected at least 1"),
    ],
)
def test_protocols_that_cannot_be_simulated_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        StdpProtocol(**values)
