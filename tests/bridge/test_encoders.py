"""Encoders: bounds, rates, and independence of what else is in the batch."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neurosim_rl.bridge import ENCODERS, Currents, Encoder, SpikeTrains
from neurosim_rl.bridge.tuned_encoders import CurrentEncoder, PoissonEncoder, RateEncoder, RegularEncoder, TunedEncoder
from neurosim_rl.errors import ConfigurationError, EncodingError, ShapeError, UnknownNameError
from neurosim_rl.networks.network import Network
from neurosim_rl.networks.population import Population
from tests.components import create

LOW, HIGH = np.array([-1.2, 0.0]), np.array([0.6, 10.0])
TUNED = [name for name, cls in ENCODERS.items() if issubclass(cls, TunedEncoder)]
SPIKING = [name for name in TUNED if ENCODERS[name].drives_spikes]
RATES = [name for name, cls in ENCODERS.items() if issubclass(cls, RateEncoder)]
FIRST = np.zeros(1, np.int64)


def build(name: str, low: np.ndarray = LOW, high: np.ndarray = HIGH, **options: Any) -> Encoder:
    window = {"window_ms": options.pop("window_ms", 20.0), "resolution_ms": options.pop("resolution_ms", 0.2)}
    return create("encoder", ENCODERS, {"name": name, **options}, low=low, high=high, **window)


def networks(n_batch: int, read_in: np.ndarray | None = None) -> list[Network]:
    """Return networks of 16 neurons that differ in their read-in weights: one array for all, or random ones."""
    rng = np.random.default_rng(2)
    own = [rng.normal(0, 100, (2, 16)) if read_in is None else read_in for _ in range(n_batch)]
    return [Network((Population("n", 16),), (), "n", "n", read_in=weights) for weights in own]


def generators(n_batch: int) -> list[np.random.Generator]:
    return [np.random.default_rng([3, element]) for element in range(n_batch)]


def currents(encoder: Encoder, *observations: list[float]) -> np.ndarray:
    drive = encoder.encode(np.array(observations), np.arange(len(observations)), [])
    assert isinstance(drive, Currents)
    return drive.pa


@pytest.mark.parametrize("value", [-1.2001, 0.6001, np.inf, -np.inf])
def test_out_of_bounds_is_an_error_unless_clipped_to_the_nearest_bound(value: float) -> None:
    with pytest.raises(EncodingError, match=r"observation\[0\] is .*\[-1\.2, 0\.6\]\. .* set encoder\.clip = true"):
        currents(build("current", clip=False), [value, 5.0])
    beyond, on_bound = currents(build("current"), [value, 5.0], [LOW[0] if value < 0 else HIGH[0], 5.0])
    np.testing.assert_array_equal(beyond, on_bound)


def test_the_bounds_themselves_are_within_bounds() -> None:
    encoder = build("current", clip=False, tuning={"name": "linear"})
    assert currents(encoder, LOW.tolist(), HIGH.tolist()).tolist() == [[0, 0], [1000, 1000]]


@pytest.mark.parametrize(
    ("low", "high"), [(-np.inf, 1.0), (0.0, np.inf), (-np.inf, np.inf), (1.0, 1.0), (2.0, 1.0), (np.nan, 1.0)]
)
def test_a_space_without_finite_ordered_bounds_says_what_to_set(low: float, high: float) -> None:
    with pytest.raises(EncodingError, match=r"observation\[1\] has bounds .*Set environment\.observation_low and"):
        build("current", np.array([0.0, low]), np.array([1.0, high]))


@pytest.mark.parametrize("shape", [(2,), (1, 3), (1, 2, 1)])
def test_observations_of_another_shape_are_refused(shape: tuple[int, ...], rngs: list[np.random.Generator]) -> None:
    with pytest.raises(ShapeError, match=r"observations has shape .*; expected \(n_rows, 2\)"):
        build("current").encode(np.zeros(shape), FIRST, rngs)


@given(st.floats(-1.2, 0.6), st.floats(0, 10), st.floats(0, 5e4), st.floats(-1e3, 1e3))
def test_a_current_is_offset_plus_peak_times_activity(x: float, y: float, peak_pa: float, offset_pa: float) -> None:
    encoder = build("current", tuning={"name": "linear"}, peak_pa=peak_pa, offset_pa=offset_pa)
    (pa,) = currents(encoder, [x, y])
    expected = [offset_pa + peak_pa * (x + 1.2) / 1.8, offset_pa + peak_pa * y / 10]
    np.testing.assert_allclose(pa, expected, rtol=1e-12, atol=1e-6)
    np.testing.assert_array_equal(np.round(pa, 6), pa)


def test_the_published_encoder_gives_40_000_pa_to_one_neuron_a_variable() -> None:
    low, high = np.array([-1.2, -0.07]), np.array([0.6, 0.07])
    encoder = build("current", low, high, peak_pa=40000.0, tuning={"name": "one-hot", "n_bins": 30})
    (pa,) = currents(encoder, [0.6, -0.07])
    assert encoder.n_inputs == 60
    assert np.flatnonzero(pa).tolist() == [29, 30]
    assert set(pa[[29, 30]]) == {40000.0}


# --- weighted observations ---


@given(
    arrays(np.float64, (3, 2), elements=st.floats(-10, 10)), arrays(np.float64, (2, 16), elements=st.floats(-1e3, 1e3))
)
def test_a_weighted_current_is_offset_plus_the_weighted_sum_of_observations(o: np.ndarray, read_in: np.ndarray) -> None:
    encoder = build("weighted", offset_pa=-7.5)
    encoder.start(networks(3, read_in))
    np.testing.assert_allclose(currents(encoder, *o.tolist()), o @ read_in - 7.5, rtol=1e-12, atol=1e-6)


def test_the_weighted_encoder_cuts_nothing() -> None:
    encoder = build("weighted")
    encoder.start(networks(2, np.full((2, 16), 3.0)))
    far, farther = currents(encoder, [100.0, 1000.0], [200.0, 2000.0])
    np.testing.assert_array_equal(farther, 2 * far)


def test_the_weighted_encoder_needs_weights_of_its_shape() -> None:
    encoder = build("weighted")
    assert encoder.read_in_shape == (2, 16)
    assert all(build(name).read_in_shape is None for name in TUNED)
    with pytest.raises(EncodingError, match="needs read-in weights; the network of this model has none"):
        encoder.start([Network((Population("n", 16),), (), "n", "n")])
    with pytest.raises(ShapeError, match=r"read_in has shape \(16, 2\); expected \(2, 16\)"):
        encoder.start(networks(1, np.zeros((16, 2))))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_the_weighted_encoder_refuses_what_is_not_finite(value: float) -> None:
    encoder = build("weighted")
    encoder.start(networks(2))
    with pytest.raises(EncodingError, match=rf"observation\[1\] is {value}; expected a finite value"):
        currents(encoder, [1.0, 2.0], [1.0, value])


# --- rates ---


def spikes_of_windows(encoder: Encoder, observation: float, n_windows: int) -> np.ndarray:
    """Return the grid steps of all spikes of one neuron, counted from the first window."""
    encoder.start(networks(1))
    rngs = generators(1)
    steps = []
    for window in range(n_windows):
        drive = encoder.encode(np.array([[observation]]), FIRST, rngs)
        assert isinstance(drive, SpikeTrains)
        steps.append(window * encoder.n_steps + drive.step)
    return np.concatenate(steps)


def rate_encoder(name: str, **options: Any) -> Encoder:
    return build(name, np.zeros(1), np.ones(1), tuning={"name": "linear"}, **options)


@pytest.mark.parametrize("name", RATES)
def test_rate_zero_is_silence_and_the_highest_rate_a_spike_each_step(name: str) -> None:
    encoder = rate_encoder(name, peak_hz=5000.0)
    assert spikes_of_windows(encoder, 0.0, 3).tolist() == []
    assert spikes_of_windows(encoder, 1.0, 3).tolist() == list(range(1, 301))


@pytest.mark.parametrize("name", RATES)
@pytest.mark.parametrize("rates", [{"peak_hz": 5000.1}, {"peak_hz": 10.0, "floor_hz": 6000.0}])
def test_more_than_one_spike_a_step_is_refused(name: str, rates: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError, match=r"expected at most 5000 Hz, one spike in each step of 0\.2 ms"):
        rate_encoder(name, **rates)


@pytest.mark.parametrize("name", SPIKING)
def test_a_signed_tuning_cannot_be_a_rate(name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"encoder\.tuning 'signed' gives negative activities"):
        build(name, tuning={"name": "signed"})


def test_an_unknown_tuning_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'gaussian'"):
        build("current", tuning={"name": "gausian"})


@pytest.mark.parametrize("value", [0.0, 0.25, 1.0])
def test_rates_go_from_floor_to_peak(value: float) -> None:
    encoder = rate_encoder("poisson", peak_hz=100.0, floor_hz=20.0)
    assert isinstance(encoder, RateEncoder)
    assert encoder.spikes_per_step(np.array([[value]])).item() == pytest.approx((20 + 80 * value) * 0.2e-3)


@pytest.mark.parametrize("rate_hz", [1.0, 12.5, 50.0, 333.0, 777.7, 4999.0])
def test_regular_trains_have_the_exact_mean_rate_also_below_one_spike_a_window(rate_hz: float) -> None:
    n_windows = 500
    steps = spikes_of_windows(rate_encoder("regular", peak_hz=rate_hz), 1.0, n_windows)
    assert len(steps) == int(0.5 + rate_hz * n_windows * 0.02)


@given(st.floats(5.0, 5000.0))
def test_regular_trains_are_evenly_spaced_across_windows(rate_hz: float) -> None:
    steps = spikes_of_windows(rate_encoder("regular", peak_hz=rate_hz), 1.0, 20)
    interval = 5000.0 / rate_hz
    expected = np.ceil(interval * (np.arange(len(steps)) + 0.5) - 1e-6)
    assert np.abs(steps - expected).max(initial=0) <= 1
    assert len(np.unique(np.diff(steps))) <= 2


def test_regular_trains_start_at_half_a_phase_again_after_start() -> None:
    encoder = rate_encoder("regular", peak_hz=30.0)
    first = spikes_of_windows(encoder, 1.0, 5)
    assert spikes_of_windows(encoder, 1.0, 5).tolist() == first.tolist()
    assert first[0] == round(0.5 / (30.0 * 0.2e-3) + 0.5)


def test_each_element_keeps_a_phase_of_its_own_when_others_end() -> None:
    encoder = rate_encoder("regular", peak_hz=100.0, window_ms=6.0)
    encoder.start(networks(2))
    assert isinstance(encoder, RegularEncoder)
    both = encoder.encode(np.array([[0.5], [1.0]]), np.arange(2), [])
    assert (both.row.tolist(), both.step.tolist()) == ([1], [25])
    second = encoder.encode(np.array([[1.0]]), np.array([1]), [])
    assert second.step.tolist() == []
    third = encoder.encode(np.array([[1.0]]), np.array([1]), [])
    assert third.step.tolist() == [15]


@pytest.mark.parametrize("rate_hz", [20.0, 500.0, 4000.0])
def test_poisson_trains_have_the_mean_rate_and_the_variance_of_bernoulli_steps(rate_hz: float) -> None:
    encoder = build("poisson", np.zeros(40), np.ones(40), tuning={"name": "linear"}, peak_hz=rate_hz)
    rng = [np.random.default_rng(11)]
    n_windows = 50
    drives = [encoder.encode(np.ones((1, 40)), FIRST, rng) for _ in range(n_windows)]
    counts = [len(drive.row) for drive in drives if isinstance(drive, SpikeTrains)]
    probability = rate_hz * 0.2e-3
    mean, variance = 40 * 100 * probability, 40 * 100 * probability * (1 - probability)
    assert abs(np.mean(counts) - mean) < 4 * np.sqrt(variance / n_windows)
    assert 0.4 < np.var(counts) / variance < 2.0


def test_poisson_trains_come_from_the_elements_own_generator() -> None:
    encoder = build("poisson", tuning={"name": "linear"})
    assert isinstance(encoder, PoissonEncoder)
    draws = np.random.default_rng([3, 4]).random((2, 100))
    drive = encoder.encode(HIGH[None], np.array([4]), generators(5))
    neuron, step = np.nonzero(draws < 500.0 * 0.2e-3)
    assert (drive.input.tolist(), drive.step.tolist()) == (neuron.tolist(), (step + 1).tolist())


def test_registered_classes_are_encoders() -> None:
    assert ENCODERS["current"] is CurrentEncoder
    assert all(issubclass(cls, Encoder) for cls in ENCODERS.values())
