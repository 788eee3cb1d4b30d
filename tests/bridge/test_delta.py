"""Delta code: spikes by hand, tracking within a threshold, several spikes, first windows, mirror images."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim_rl.bridge import ENCODERS
from neurosim_rl.bridge.delta import DeltaEncoder
from neurosim_rl.errors import ConfigurationError, EncodingError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from tests.components import create

NETWORK = Network((Population("n", 1),), (), "n", "n")
signals = st.lists(st.floats(-5, 5), min_size=2, max_size=30)


def delta(low: Any = (-1.0,), high: Any = (1.0,), n_batch: int = 1, **options: Any) -> DeltaEncoder:
    table = {"name": "delta", **options}
    window = {"window_ms": 20.0, "resolution_ms": 0.1}
    encoder = create("encoder", ENCODERS, table, low=np.array(low), high=np.array(high), **window)
    assert isinstance(encoder, DeltaEncoder)
    encoder.start([NETWORK] * n_batch)
    return encoder


def windows(encoder: DeltaEncoder, *observations: Any) -> list[list[tuple[int, int]]]:
    """Return input and step of the spikes of each window, for one element."""
    found = []
    for observation in observations:
        drive = encoder.encode(np.atleast_2d(observation), np.zeros(1, np.int64), [])
        found.append(list(zip(drive.input.tolist(), drive.step.tolist(), strict=True)))
    return found


def balance(encoder: DeltaEncoder, observation: float) -> int:
    """Return the number of rises minus falls in a window of one variable."""
    [spikes] = windows(encoder, observation)
    return sum(1 if neuron == 0 else -1 for neuron, _ in spikes)


def test_spikes_by_hand() -> None:
    # The range is 2, so a threshold is 0.2. Neuron 0 spikes for rises, neuron 1 for falls.
    encoder = delta(threshold=0.1)
    rise, fall = (0, 1), (1, 1)
    assert windows(encoder, 0.5, 0.6, 0.71, 0.69, 0.5) == [[], [], [rise], [], [fall]]


def test_a_change_of_several_thresholds_gives_several_spikes_a_millisecond_apart() -> None:
    encoder = delta(threshold=0.1)
    assert windows(encoder, 0.0, 0.65) == [[], [(0, 1), (0, 11), (0, 21)]]
    slower = delta(threshold=0.1, interval_ms=2.5)
    assert windows(slower, 0.0, -0.65) == [[], [(1, 1), (1, 26), (1, 51)]]


def test_what_does_not_fit_into_a_window_follows_in_the_next() -> None:
    encoder = delta(threshold=0.1, interval_ms=9.0)  # at most three spikes in 20 ms
    assert encoder.most_spikes == 3
    assert [balance(encoder, x) for x in (0.0, 1.65, 1.65, 1.65, 1.65)] == [0, 3, 3, 2, 0]


@given(signal=signals)
def test_spikes_times_threshold_follow_the_signal_within_a_threshold(signal: list[float]) -> None:
    encoder = delta(thresholds=[0.7])
    total = 0
    for value in signal:
        total += balance(encoder, value)
        assert abs(value - (signal[0] + 0.7 * total)) < 0.7 * (1 + 1e-8)


def test_a_change_of_exactly_one_threshold_is_enough_in_spite_of_rounding() -> None:
    encoder = delta(thresholds=[0.1])
    assert [balance(encoder, x) for x in (0.0, 0.3, 0.4, 0.1)] == [0, 3, 1, -3]


def test_from_the_middle_the_first_windows_tell_the_absolute_value() -> None:
    encoder = delta((0.0,), (4.0,), threshold=0.25, reference="middle")
    assert [balance(encoder, x) for x in (0.4, 0.4, 2.0)] == [-1, 0, 1]


def test_absolute_thresholds_need_no_bounds_and_relative_ones_do() -> None:
    assert delta((-np.inf,), (np.inf,), thresholds=[0.5]).n_inputs == 2
    relative: list[dict[str, Any]] = [{}, {"thresholds": [0.5], "reference": "middle"}]
    for options in relative:
        with pytest.raises(EncodingError, match=r"observation\[0\] has bounds \[-inf, inf\]; expected finite"):
            delta((-np.inf,), (np.inf,), **options)


def test_each_variable_needs_a_threshold_of_its_own() -> None:
    with pytest.raises(ConfigurationError, match="has 1 values; expected one for each of the 2 observed variables"):
        delta((0.0, 0.0), (1.0, 1.0), thresholds=[0.5])


def test_each_element_keeps_references_of_its_own_and_start_forgets_them() -> None:
    encoder = delta(n_batch=3, threshold=0.1)
    everyone = np.arange(3)
    encoder.encode(np.array([[0.0], [0.5], [1.0]]), everyone, [])
    drive = encoder.encode(np.array([[0.5], [0.5], [0.5]]), everyone, [])
    assert (drive.row.tolist(), drive.input.tolist()) == ([0, 0, 2, 2], [0, 0, 1, 1])
    assert encoder.encode(np.array([[0.5]]), np.array([2]), []).row.tolist() == []
    encoder.start([NETWORK])
    assert windows(encoder, 0.0) == [[]]


@given(signal=st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=1, max_size=10))
@pytest.mark.parametrize("reference", ["first", "middle"])
def test_a_mirrored_signal_gives_the_mirrored_spikes(reference: str, signal: list[tuple[float, float]]) -> None:
    bounds = (-5.0, -5.0), (5.0, 5.0)
    encoder, mirrored = (delta(*bounds, reference=reference, threshold=0.03) for _ in range(2))
    order = encoder.reflection([1]).order
    assert order == (0, 3, 2, 1)
    there = windows(encoder, *signal)
    back = windows(mirrored, *[(x, -y) for x, y in signal])
    assert [sorted((order[neuron], step) for neuron, step in spikes) for spikes in there] == back


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(value: float) -> None:
    with pytest.raises(EncodingError, match=rf"observation\[0\] is {value}; expected a finite value"):
        windows(delta(), value)


def test_the_largest_numbers_are_no_more_than_a_full_window() -> None:
    encoder = delta()
    assert [balance(encoder, x) for x in (-1.7e308, 1.7e308)] == [0, encoder.most_spikes]
