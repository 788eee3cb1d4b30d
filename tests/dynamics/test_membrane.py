"""Closed forms of the membrane, against numbers worked out by hand and against the differential equation."""

import math

import numpy as np
import pytest

from neurosim_rl.dynamics import Membrane
from neurosim_rl.errors import ConfigurationError


def test_the_interval_of_nests_default_neuron_is_the_textbooks() -> None:
    membrane = Membrane()
    assert membrane.resistance_gohm == pytest.approx(0.04)
    assert membrane.interval_ms(500.0) == pytest.approx(2.0 + 10.0 * math.log(20.0 / 5.0), rel=1e-15)
    assert membrane.charging_mv(np.array([membrane.time_to_threshold_ms(500.0)]), 500.0) == pytest.approx(15.0)


@pytest.mark.parametrize("current_pa", [0.0, 375.0, -100.0])
def test_a_current_that_never_reaches_the_threshold_has_an_infinite_interval(current_pa: float) -> None:
    assert Membrane().interval_ms(current_pa) == math.inf
    assert Membrane().interval_on_grid_ms(current_pa, 0.1) == math.inf


def test_a_threshold_that_is_reached_at_a_grid_point_is_reached_there() -> None:
    theta_mv = 20.0 * -math.expm1(-1.0)  # after 10 ms
    membrane = Membrane(theta_mv=theta_mv)
    assert membrane.interval_on_grid_ms(500.0, 0.1) == pytest.approx(12.0)
    assert membrane.interval_on_grid_ms(499.0, 0.1) == pytest.approx(12.1)


def test_the_postsynaptic_potential_solves_the_membrane_equation() -> None:
    membrane, weight_pa = Membrane(), 1000.0
    step_ms = 1e-3
    t = np.arange(0.0, 60.0, step_ms)
    v = membrane.response_mv(t, weight_pa)
    current_pa = weight_pa * math.e / 2.0 * t * np.exp(-t / 2.0)
    slope = -v / membrane.tau_m + current_pa / membrane.c_m_pf
    np.testing.assert_allclose(np.gradient(v, step_ms)[1:-1], slope[1:-1], atol=1e-5)
    assert current_pa.max() == pytest.approx(weight_pa)
    assert 10.0 < v.max() < 15.0


def test_nothing_happens_before_a_spike_arrives_or_a_current_begins() -> None:
    before = np.array([-3.0, -0.1, 0.0])
    assert not Membrane().response_mv(before, 1000.0).any()
    assert not Membrane().charging_mv(before, 500.0).any()


def test_equal_time_constants_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"tau_syn_ms and tau_m are both 10\.0 ms; expected two values"):
        Membrane(tau_syn_ms=10.0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"tau_m": 0.0}, r"tau_m is 0\.0; expected a finite value above 0"),
        ({"c_m_pf": -1.0}, r"c_m_pf is -1\.0; expected a finite value above 0"),
        ({"tau_syn_ms": math.nan}, r"tau_syn_ms is nan; expected a finite value above 0"),
        ({"theta_mv": math.inf}, r"theta_mv is inf; expected a finite value above 0"),
        ({"t_ref_ms": -0.1}, r"t_ref_ms is -0\.1; expected a finite value from 0 up"),
        ({"e_l_mv": math.nan}, r"e_l_mv is nan; expected a finite value"),
    ],
)
def test_values_that_no_membrane_has_are_refused(values: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"Membrane\.{message}"):
        Membrane(**values)
