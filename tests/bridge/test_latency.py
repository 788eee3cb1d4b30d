"""Latency code: spike times by hand, by both laws, and the order of activities."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim_rl.bridge import ENCODERS, SpikeTrains
from neurosim_rl.bridge.latency import LatencyEncoder
from neurosim_rl.errors import ConfigurationError
from tests.components import create

activities = st.lists(st.floats(0, 1), min_size=2, max_size=6)


def latency(n: int = 1, **options: Any) -> LatencyEncoder:
    """Return an encoder with one input neuron for each of n variables, whose activity is the variable."""
    table = {"name": "latency", "tuning": {"name": "linear"}, **options}
    window = {"window_ms": 20.0, "resolution_ms": 0.1}
    encoder = create("encoder", ENCODERS, table, low=np.zeros(n), high=np.ones(n), **window)
    assert isinstance(encoder, LatencyEncoder)
    return encoder


def steps(encoder: LatencyEncoder, *values: float) -> dict[int, int]:
    """Return the step of each neuron's only spike."""
    drive = encoder.encode(np.array([values]), np.zeros(1, np.int64), [])
    assert isinstance(drive, SpikeTrains)
    assert len(set(drive.input.tolist())) == len(drive.input)
    return dict(zip(drive.input.tolist(), drive.step.tolist(), strict=True))


def test_the_linear_law_spreads_activities_over_the_window() -> None:
    # 20 ms * (1 - a), in steps of 0.1 ms; activity 1 spikes in the first step, and below 0.1 there is silence.
    assert steps(latency(6), 1.0, 0.75, 0.5, 0.1, 0.099, 0.0) == {0: 1, 1: 50, 2: 100, 3: 180}


def test_without_a_threshold_even_the_lowest_activity_spikes_at_the_end() -> None:
    assert steps(latency(1, threshold=0.0), 0.0) == {0: 200}


def test_the_latest_time_shortens_the_code() -> None:
    assert steps(latency(3, threshold=0.0, latest_ms=10.0), 1.0, 0.5, 0.0) == {0: 1, 1: 50, 2: 100}


def test_the_logarithmic_law_is_the_time_of_a_leaky_integrator_to_its_threshold() -> None:
    # 5 ms * ln(a / (a - 0.2)): 1.1157 ms for 1, 2.5541 ms for 0.5, 11.98 ms for 0.22; below there is silence.
    encoder = latency(5, law="logarithmic", threshold=0.2)
    assert steps(encoder, 1.0, 0.5, 0.22, 0.2, 0.1) == {0: 12, 1: 26, 2: 120}


def test_a_logarithmic_spike_after_the_latest_time_does_not_come() -> None:
    encoder = latency(2, law="logarithmic", threshold=0.2, latest_ms=10.0)
    assert steps(encoder, 0.5, 0.22) == {0: 26}


@pytest.mark.parametrize("law", ["linear", "logarithmic"])
@given(values=activities)
def test_the_order_of_activities_is_the_order_of_spikes(law: str, values: list[float]) -> None:
    found = steps(latency(len(values), law=law), *values)
    for i, a in enumerate(values):
        for j, b in enumerate(values):
            if a >= b and j in found:
                assert found[i] <= found[j]


@given(a=st.floats(0.11, 1), tau_ms=st.floats(0.5, 8))
def test_a_logarithmic_spike_follows_the_simulated_membrane(a: float, tau_ms: float) -> None:
    found = steps(latency(1, law="logarithmic", tau_ms=tau_ms), a)
    membrane, step = 0.0, 0
    while membrane < 0.1 * (1 - 1e-9) and step <= 200:
        step += 1
        membrane = a * -np.expm1(-step * 0.1 / tau_ms)
    assert found == ({0: step} if step <= 200 else {})


def test_nothing_is_remembered() -> None:
    encoder = latency(2)
    assert steps(encoder, 0.9, 0.3) == steps(encoder, 0.9, 0.3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"latest_ms": 20.1}, r"encoder\.latest_ms = 20\.1; expected at most the window, 20 ms"),
        ({"latest_ms": 0.05}, r"encoder\.latest_ms = 0\.05; expected at least one grid step, 0\.1 ms"),
        ({"law": "logarithmic", "threshold": 0.0}, r"encoder\.threshold = 0 with law 'logarithmic'"),
        ({"tuning": {"name": "signed"}}, r"'signed' gives negative activities.*a latency needs an activity"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        latency(**options)
