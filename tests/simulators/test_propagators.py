"""NEST's constants: against closed forms in high precision."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim_rl.networks.time_grid import TimeGrid
from neurosim_rl.simulators.compiled_lanes import MINIMUM, N_LANES, RESET, THRESHOLD
from neurosim_rl.simulators.neuron_constants import neuron_constants
from neurosim_rl.simulators.propagators import expm1, expm1_by_series, propagators


@given(st.floats(-3, 3))
def test_nest_s_series_is_expm1_to_a_few_last_bits(x: float) -> None:
    assert expm1_by_series(x) == pytest.approx(math.expm1(x), rel=1e-14, abs=0)


def test_expm1_of_zero_is_zero() -> None:
    assert expm1(0.0) == 0.0


@pytest.mark.parametrize("tau_syn", [0.5, 2.0, 9.99, 10.0, 10.01, 40.0])
def test_propagators_are_the_integrals_that_they_stand_for(tau_syn: float) -> None:
    h, tau_m, c_m = 0.1, 10.0, 250.0
    s = np.linspace(0, h, 20_001)
    response = np.exp(-(h - s) / tau_m) / c_m
    p31, p32 = propagators(tau_syn, tau_m, c_m, h)
    assert p32 == pytest.approx(np.trapezoid(response * np.exp(-s / tau_syn), s), rel=1e-7)
    assert p31 == pytest.approx(np.trapezoid(response * s * np.exp(-s / tau_syn), s), rel=1e-5)


def test_voltages_are_relative_to_rest() -> None:
    found = neuron_constants(
        "iaf_psc_alpha", {"E_L": -60.0, "V_th": -50.0, "V_m": -61.0, "V_min": -90.0}, 2, TimeGrid(100)
    )
    theta, reset, minimum = (found.values[:, place // N_LANES].tolist() for place in (THRESHOLD, RESET, MINIMUM))
    assert (theta, reset, minimum) == ([10.0] * 2, [-10.0] * 2, [-30.0] * 2)
    assert found.initial_mv.tolist() == [-1.0, -1.0]
    assert found.rest_mv.tolist() == [-60.0, -60.0]
